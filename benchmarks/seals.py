"""What a seal costs: this project's PDF and OFD seals, stock pyHanko, the parts alone, verification, memory.

Run: .venv/bin/python benchmarks/seals.py [--seals 60] [--memory 2000]

One process, processor milliseconds, medians; all in one run, so that the ratios compare like with like.
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
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]

from asn1crypto import x509  # noqa: E402 - after the path
from cryptography.hazmat.primitives import serialization  # noqa: E402
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: E402
from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: E402
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter  # noqa: E402
from pyhanko.sign.signers.pdf_cms import SimpleSigner  # noqa: E402
from pyhanko.sign.signers.pdf_signer import (  # noqa: E402
    DSSContentSettings,
    PdfSignatureMetadata,
    PdfSigner,
    SigDSSPlacementPreference,
    TimestampDSSContentSettings,
)
from pyhanko.sign.validation.ades import ades_lta_validation  # noqa: E402
from pyhanko.sign.validation.policy_decl import PdfSignatureValidationSpec  # noqa: E402
from pyhanko.stamp import StaticStampStyle  # noqa: E402
from pyhanko_certvalidator import ValidationContext  # noqa: E402
from pyhanko_certvalidator.registry import SimpleCertificateStore  # noqa: E402

from filing.certificates import CertificateContent, CertificateLine  # noqa: E402
from filing.ofd_rendering import draw_ofd_certificate  # noqa: E402
from filing.rendering import DrawnCertificate, Printing, draw_certificate  # noqa: E402
from signing import demonstration  # noqa: E402
from signing.appearance import draw_seal  # noqa: E402
from signing.ofd import demonstration as ofd_demonstration  # noqa: E402
from signing.ofd.fonts import FontShelf  # noqa: E402
from signing.ofd.office import OfdOffice  # noqa: E402
from signing.seal import Seal  # noqa: E402
from signing.stamp_tokens import request_token  # noqa: E402
from signing.trust import specify  # noqa: E402
from signing.verification import verify_pdf  # noqa: E402
from tests.signing.stock import AuthorityTimeStamper  # noqa: E402

SEAL = Seal("jiangan-approval", "江岸区行政审批局", "4201020000001")
PRINTING = Printing(verify_url="https://example.org/verify?number=JY24201020000018", seal_mm=SEAL.diameter_mm)
STEPS = (100, 500, 1000, 2000)


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


class Stock:
    """pyHanko as documented, with a key that is read once."""

    def __init__(self, folder: Path, office: demonstration.Demonstration, now: datetime) -> None:
        credential = office.credential(SEAL.organ_id)
        key = office.keys.private_key(credential.key_name)
        file = folder / "stock.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(b"stock"),
            )
        )
        names = {
            "certificate": credential.certificate,
            "issuing": credential.chain[0],
            "root": credential.root,
        }
        for name, der in names.items():
            (folder / f"{name}.der").write_bytes(der)
        signer = SimpleSigner.load(
            str(file),
            str(folder / "certificate.der"),
            ca_chain_files=(str(folder / "issuing.der"), str(folder / "root.der")),
            key_passphrase=b"stock",
        )
        if signer is None or not isinstance(signer.cert_registry, SimpleCertificateStore):
            raise SystemExit("pyHanko cannot read its key")
        self._signer = signer
        self._office = office
        self._now = now
        self._stamper = AuthorityTimeStamper(office.time_stamp_authority())
        self._picture = folder / "seal.pdf"
        self._picture.write_bytes(draw_seal(SEAL))
        self._root = x509.Certificate.load(credential.root)

    def seal(self, drawn: DrawnCertificate) -> bytes:
        metadata = PdfSignatureMetadata(
            field_name="Seal",
            md_algorithm="sha256",
            certify=True,
            subfilter=SigSeedSubFilter.PADES,
            embed_validation_info=True,
            use_pades_lta=True,
            validation_context=ValidationContext(
                trust_roots=[self._root],
                crls=list(self._office.crls(self._now)),
                allow_fetching=False,
                revocation_mode="require",
            ),
            docmdp_permissions=MDPPerm.FILL_FORMS,
            dss_settings=DSSContentSettings(
                include_vri=False,
                placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE,
                next_ts_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
            ),
        )
        signer = PdfSigner(
            metadata,
            self._signer,
            timestamper=self._stamper,
            stamp_style=StaticStampStyle.from_pdf_file(str(self._picture), border_width=0),
            new_field_spec=SigFieldSpec("Seal", box=(500, 60, 620, 180)),
        )
        return bytes(signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(drawn.pdf))).getvalue())


def cost(work: Callable[[int], object], count: int) -> float:
    """Processor milliseconds of one, the median, after three that do not count."""
    spent = []
    for number in range(count + 3):
        begin = time.process_time()
        work(number)
        spent.append((time.process_time() - begin) * 1000)
    return statistics.median(spent[3:])


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
    parser.add_argument("--seals", type=int, default=60, help="how many of each are made (default 60)")
    parser.add_argument("--memory", type=int, default=2000, help="seals for the look at memory; 0: none")
    given = parser.parse_args()
    now = datetime.fromtimestamp(int(time.time()), UTC)
    with tempfile.TemporaryDirectory() as made:
        measure(Path(made), now, given.seals, given.memory)


def measure(folder: Path, now: datetime, count: int, memory: int) -> None:
    office = demonstration.create(folder / "pki", [SEAL], lambda: now)
    ofd_demonstration.create(folder / "pki", office, [SEAL], lambda: now)
    shelf = FontShelf(folder / "fonts")
    sealer = office.sealer(SEAL.organ_id)
    ofd_sealer = OfdOffice(folder / "pki", office, lambda: now).sealer(SEAL.organ_id)
    stock = Stock(folder, office, now)
    key_name = office.credential(SEAL.organ_id).key_name
    authority = office.time_stamp_authority()

    def seal_pdf(number: int) -> bytes:
        drawn = draw_certificate(content(number), PRINTING)
        return sealer.seal(drawn.pdf, reason=f"小餐饮备案凭证 {number}", place=drawn.seal_place).pdf

    def seal_ofd(number: int) -> bytes:
        drawn = draw_ofd_certificate(content(number), PRINTING, shelf)
        return ofd_sealer.seal(drawn.parts, place=drawn.seal_place).ofd

    drawn = draw_certificate(content(0), PRINTING)
    sealed = seal_pdf(0)
    costs = {
        "PDF: drawn and sealed": cost(lambda number: seal_pdf(1000 + number), count),
        "PDF: stock pyHanko, drawn and sealed": cost(
            lambda number: stock.seal(draw_certificate(content(3000 + number), PRINTING)), count
        ),
        "PDF: sealed, without drawing": cost(
            lambda _: sealer.seal(drawn.pdf, reason="1", place=drawn.seal_place), count
        ),
        "part: typst": cost(lambda number: draw_certificate(content(5000 + number), PRINTING), count),
        "part: signature": cost(lambda _: office.sealing_keys.sign(key_name, bytes(200)), count),
        "part: time stamp": cost(lambda _: request_token(authority, b"novisit"), count),
        "OFD: drawn and sealed": cost(lambda number: seal_ofd(7000 + number), count),
        "verification": cost(lambda _: verify_pdf(sealed, anchors=office.anchors, at=now), count),
        "verification: bare pyHanko LTA": cost(lambda _: bare_verification(sealed, office.anchors), count),
    }
    for name, spent in costs.items():
        print(f"{name:<40} {spent:8.2f} ms {1000 / spent:9.1f}/s")
    ours = costs["PDF: drawn and sealed"]
    parts = costs["part: typst"] + costs["part: signature"] + 2 * costs["part: time stamp"]
    print(f"\nbare pyHanko says: {bare_verification(sealed, office.anchors)}")
    ratio = costs["verification"] / costs["verification: bare pyHanko LTA"]
    for name, value, bar in (
        ("seals a second, ours to stock", costs["PDF: stock pyHanko, drawn and sealed"] / ours, "at least 5"),
        ("time of a seal to the sum of its parts", ours / parts, "at most 1.5"),
        ("OFD seals a second to PDF seals", ours / costs["OFD: drawn and sealed"], "at least 4"),
        ("time of verification, ours to bare", ratio, "at most 1.5"),
    ):
        print(f"{name:<40} {value:8.2f}    {bar}")
    for number in range(1, memory + 1):
        seal_pdf(100_000 + number)
        if number in STEPS or number == memory:
            print(f"resident after {number:>5} seals {resident_mib():18.1f} MiB", flush=True)


if __name__ == "__main__":
    main()
