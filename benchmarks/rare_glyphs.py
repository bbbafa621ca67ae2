"""What a rare character costs an OFD certificate: python -m benchmarks.rare_glyphs

The common characters are cut out of the font once on a machine. A certificate with a character outside of
them brings a font of its own, cut for it alone. A character that no font has is refused before anything is
sealed.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median

from filing.certificates import CertificateContent, CertificateLine
from filing.ofd_rendering import draw_ofd_certificate
from filing.rendering import Printing
from signing.errors import GlyphMissing
from signing.ofd.fonts import FontShelf, common_characters

PRINTING = Printing(verify_url="https://example.org/verify?number=JY24201020000018", seal_mm=42)
NAMES = {
    "no rare character": "江岸区老味道小面馆",
    "one (㛃)": "江岸区㛃记小面馆",
    "three (㛃龘犇)": "江岸区㛃龘犇小面馆",
}
MISSING = "江岸区𠮷记小面馆"


def make_content(name: str) -> CertificateContent:
    """A certificate of an ordinary size for a holder of this name."""
    return CertificateContent(
        number="JY24201020000018",
        organ_id="jiangan-approval",
        organ_name_zh="江岸区行政审批局",
        organ_name_en="Jiang'an District Approval Bureau",
        seal_id="jiangan-approval",
        case_id="case-1",
        matter_id="catering-under-150",
        matter_version="1",
        matter_name_zh="小餐饮备案",
        matter_name_en="Small catering",
        title_zh="小餐饮备案凭证",
        title_en="Certificate of Filing: Small Catering",
        holder=name,
        lines=(
            CertificateLine("经营者名称", "Operator", name),
            CertificateLine("经营场所", "Premises", "湖北省武汉市江岸区中山大道 1234 号"),
            CertificateLine("经营项目", "Items", "热食类食品制售，冷食类食品制售，自制饮品制售"),
        ),
        legal_basis_zh=("中华人民共和国食品安全法",),
        notes_zh=("备案不免除经营者的食品安全责任。",),
        approved_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
        valid_from=date(2026, 3, 2),
        valid_until=date(2029, 3, 1),
    )


def milliseconds(work: Callable[[], object], runs: int) -> float:
    """The median of some runs."""
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return median(taken)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=20, help="certificates of each kind")
    runs = parser.parse_args().runs
    write = sys.stdout.write
    with tempfile.TemporaryDirectory() as folder:
        shelf = FontShelf(Path(folder))
        once = milliseconds(lambda: shelf.common, 1)
        size = len(shelf.common.content)
        write(f"common cut: {len(common_characters())} characters, {size / 1e6:.2f} MB, ")
        write(f"{once:.0f} ms once on a machine\n\n")
        plain = 0.0
        for label, name in NAMES.items():
            content = make_content(name)

            def draw(content: CertificateContent = content) -> object:
                return draw_ofd_certificate(content, PRINTING, shelf)

            draw()
            taken = milliseconds(draw, runs)
            plain = plain or taken
            parts = draw_ofd_certificate(content, PRINTING, shelf).parts
            added = sum(len(part) for part in parts.values()) - size
            write(f"{label:<20} {taken:7.1f} ms to draw   {taken / plain:5.1f} x   ")
            write(f"{added / 1000:6.1f} kB beside the cut\n")
        try:
            draw_ofd_certificate(make_content(MISSING), PRINTING, shelf)
        except GlyphMissing as refused:
            write(f"\n{refused.characters}: refused: {refused}\n")


if __name__ == "__main__":
    main()
