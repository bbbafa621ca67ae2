"""What a seal costs: this project's PDF and OFD seals, stock pyHanko, the parts alone, verification, memory.

Run: .venv/bin/python benchmarks/seals.py [--seals 60] [--memory 2000]

One process, processor milliseconds, medians. All of it takes turns within one run, so that the ratios compare
like with like on a machine that has other work too; each turn does the work twice and counts the second, as
whoever seals many does one thing after the other.
`--seals 0` leaves only the look at memory, `--memory 0` only the cost.
A seal is a certificate drawn from its content and sealed at PAdES-B-LTA with the local time-stamp authority.
Stock is pyHanko as its documentation has it used: PdfSigner with a SimpleSigner that loads its file once, a
PDF stamp, embedded validation data, DocMDP and LTA, over the same drawn page and the same authority.
"""

import argparse
import asyncio
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]

from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: E402 - after the path
from pyhanko.sign.validation.ades import ades_lta_validation  # noqa: E402
from pyhanko.sign.validation.policy_decl import PdfSignatureValidationSpec  # noqa: E402

from benchmarks.stock_seals import Stock  # noqa: E402
from filing.certificates import CertificateContent, CertificateLine  # noqa: E402
from filing.ofd_rendering import draw_ofd_certificate  # noqa: E402
from filing.rendering import Printing, draw_certificate  # noqa: E402
from signing import demonstration  # noqa: E402
from signing.ofd import demonstration as ofd_demonstration  # noqa: E402
from signing.ofd.fonts import FontShelf  # noqa: E402
from signing.ofd.office import OfdOffice  # noqa: E402
from signing.office import DemonstrationOffice  # noqa: E402
from signing.seal import Seal  # noqa: E402
from signing.stamp_tokens import request_token  # noqa: E402
from signing.trust import specify  # noqa: E402
from signing.verdict import SealStatus  # noqa: E402
from signing.verification import verify_pdf  # noqa: E402

SEAL = Seal("jiangan-approval", "江岸区行政审批局", "4201020000001")
PRINTING = Printing(verify_url="https://example.org/verify?number=JY24201020000018", seal_mm=SEAL.diameter_mm)
SAMPLES = 40
SETTLED = 0.5
"""The share of the seals after which a process has all that it keeps: fonts, caches, heaps."""
FLAT_KIB = 1.0
"""Growth for each seal that is still called flat: 2 MiB over 2,000 of them."""


def content(number: int) -> CertificateContent:
    """A certificate like no other."""
    return CertificateContent(
        number=f"JY2420102{number:07}",
        organ_id=SEAL.organ_id,
        organ_name_zh=SEAL.holder,
        organ_name_en="Jiang'an District Approval Bureau",
        seal_id=SEAL.organ_id,
        case_id=f"case-{number}",
        matter_id="catering-under-150",
        matter_version="1",
        matter_name_zh="小餐饮备案",
        matter_name_en="Small catering",
        title_zh="小餐饮备案凭证",
        title_en="Certificate of Filing: Small Catering",
        holder=f"江岸小面馆第{number}店",
        lines=(
            CertificateLine("经营者名称", "Operator", f"江岸小面馆第{number}店"),
            CertificateLine("经营场所", "Premises", f"湖北省武汉市江岸区中山大道 {number} 号"),
        ),
        legal_basis_zh=("中华人民共和国食品安全法",),
        notes_zh=("备案不免除经营者的食品安全责任。",),
        approved_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
        valid_from=date(2026, 3, 2),
        valid_until=date(2029, 3, 1),
    )


def costs_of(works: Mapping[str, Callable[[int], object]], count: int) -> dict[str, float]:
    """Processor milliseconds of each, the median, in turns; the first three turns do not count."""
    spent: dict[str, list[float]] = {name: [] for name in works}
    for number in range(count + 3):
        for name, work in works.items():
            work(number)
            begin = time.process_time()
            work(count + 3 + number)
            spent[name].append((time.process_time() - begin) * 1000)
    return {name: statistics.median(taken[3:]) for name, taken in spent.items()}


def bare_verification(pdf: bytes, anchors: tuple[bytes, ...]) -> str:
    """pyHanko's LTA validation alone; gives its indication."""
    reader = PdfFileReader(io.BytesIO(pdf))
    _, for_stamps = specify(reader, anchors, ())
    result = asyncio.run(
        ades_lta_validation(reader.embedded_regular_signatures[0], PdfSignatureValidationSpec(for_stamps))
    )
    return str(result.ades_subindic)


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--seals", type=int, default=60, help="how many of each are made (default 60); 0: none"
    )
    parser.add_argument("--memory", type=int, default=2000, help="seals for the look at memory; 0: none")
    given = parser.parse_args()
    now = datetime.fromtimestamp(int(time.time()), UTC)
    with tempfile.TemporaryDirectory() as made:
        bench = Bench(Path(made), now)
        if given.seals:
            bench.compare(given.seals)
        if given.memory:
            bench.watch_memory(given.memory)


class Bench:
    """An installation in a folder, with one sealer that is kept."""

    def __init__(self, folder: Path, now: datetime) -> None:
        demonstration.create(folder / "pki", [SEAL], lambda: now)
        office = DemonstrationOffice(folder / "pki", lambda: now)
        ofd_demonstration.create(folder / "pki", office, [SEAL], lambda: now)
        self._shelf = FontShelf(folder / "fonts")
        self._sealer = office.sealer(SEAL.organ_id)
        self._ofd_sealer = OfdOffice(folder / "pki", office, lambda: now).sealer(SEAL.organ_id)
        self._stock = Stock(folder, office, SEAL.organ_id, now)
        self._office = office
        self._now = now

    def seal_pdf(self, number: int) -> bytes:
        drawn = draw_certificate(content(number), PRINTING)
        reason = f"小餐饮备案凭证 {number}"
        return self._sealer.seal(
            drawn.pdf, reason=reason, place=drawn.seal_place, crossing=drawn.crossing
        ).pdf

    def seal_ofd(self, number: int) -> bytes:
        drawn = draw_ofd_certificate(content(number), PRINTING, self._shelf)
        return self._ofd_sealer.seal(drawn.parts, place=drawn.seal_place).ofd

    def verify(self, pdf: bytes) -> None:
        verification = verify_pdf(pdf, anchors=self._office.anchors, at=self._now)
        if verification.status is not SealStatus.TOTAL_PASSED:
            raise SystemExit(f"a seal does not verify: {verification.sub_indication}")

    def compare(self, count: int) -> None:
        """Print what each costs, and the ratios beside what they should be."""
        office, stock = self._office, self._stock
        key_name = office.credential(SEAL.organ_id).key_name
        authority = office.time_stamp_authority()
        drawn = draw_certificate(content(0), PRINTING)
        sealed = self.seal_pdf(0)
        costs = costs_of(
            {
                "PDF: drawn and sealed": lambda number: self.seal_pdf(1000 + number),
                "PDF: stock pyHanko, drawn and sealed": lambda number: stock.seal(
                    draw_certificate(content(3000 + number), PRINTING)
                ),
                "PDF: sealed, without drawing": lambda _: self._sealer.seal(
                    drawn.pdf, reason="1", place=drawn.seal_place
                ),
                "part: typst": lambda number: draw_certificate(content(5000 + number), PRINTING),
                "part: signature": lambda _: office.sealing_keys.sign(key_name, bytes(200)),
                "part: time stamp": lambda _: request_token(authority, b"novisit"),
                "OFD: drawn and sealed": lambda number: self.seal_ofd(7000 + number),
                "verification": lambda _: self.verify(sealed),
                "verification: bare pyHanko LTA": lambda _: bare_verification(sealed, office.anchors),
            },
            count,
        )
        for name, spent in costs.items():
            print(f"{name:<40} {spent:8.2f} ms {1000 / spent:9.1f}/s")
        ours = costs["PDF: drawn and sealed"]
        parts = costs["part: typst"] + costs["part: signature"] + 2 * costs["part: time stamp"]
        print(f"\nbare pyHanko says: {bare_verification(sealed, office.anchors)}")
        ratio = costs["verification"] / costs["verification: bare pyHanko LTA"]
        for name, value, bar in (
            (
                "seals a second, ours to stock",
                costs["PDF: stock pyHanko, drawn and sealed"] / ours,
                "at least 5",
            ),
            ("time of a seal to the sum of its parts", ours / parts, "at most 1.5"),
            ("OFD seals a second to PDF seals", ours / costs["OFD: drawn and sealed"], "at least 4"),
            ("time of verification, ours to bare", ratio, "at most 1.5"),
        ):
            print(f"{name:<40} {value:8.2f}    {bar}")

    def watch_memory(self, count: int) -> None:
        """Seal so many, verify each tenth, and say whether the process grows."""
        begin = time.monotonic()
        taken: list[tuple[int, float]] = []
        for number in range(1, count + 1):
            pdf = self.seal_pdf(100_000 + number)
            if number % 10 == 0:
                self.verify(pdf)
            if number % max(1, count // SAMPLES) == 0:
                taken.append((number, resident_mib()))
            if number % max(1, count // 8) == 0:
                print(f"resident after {number:>5} seals {resident_mib():18.1f} MiB", flush=True)
        settled = [(sealed, mib) for sealed, mib in taken if sealed >= SETTLED * count]
        slope_kib = statistics.linear_regression(*zip(*settled, strict=True)).slope * 1024
        verdict = "flat" if slope_kib <= FLAT_KIB else "GROWS"
        print(f"slope of the second half      {slope_kib:21.2f} KiB a seal, at most {FLAT_KIB}: {verdict}")
        print(f"all in {time.monotonic() - begin:44.0f} s")


if __name__ == "__main__":
    main()
