"""Draw a certificate: PDF/A-2b from a typst template, the same bytes for the same content.

The template is data: `catalogue/_certificate/certificate.typ`, or a `certificate.typ` in a matter's folder.
It marks with `<seal>` where the seal goes, unless the matter's `certificate.toml` names a text for it.
"""

import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import segno

from filing.certificates import CertificateContent
from signing.pdf.finding import find_place
from signing.pdf.source import Source
from signing.seal import CrossingSeal, SealPlace
from signing.typesetting import typeset, typeset_marked

CATALOGUE = Path(__file__).parent / "catalogue"
COMMON_TEMPLATE = CATALOGUE / "_certificate" / "certificate.typ"
TEMPLATE_NAME = "certificate.typ"


@dataclass(frozen=True, slots=True)
class Printing:
    """What the paper shows beside its content.

    `verify_url` goes into the QR code. `seal_mm` is the room left for the seal. `mark` is printed across the
    paper and `mark_note` in its foot, where the seal is a demonstration.
    """

    verify_url: str
    seal_mm: float
    mark: str = ""
    mark_note: str = ""


_DARK = re.compile(b"\x01+")
QR_MASK = 3
"""One of the eight that any reader takes; to weigh all of them costs four times the rest of the code."""
DEMONSTRATION_MARK = "演示 DEMONSTRATION"
DEMONSTRATION_NOTE = "演示文件，由演示认证机构盖章，没有法律效力。 For demonstration only; no legal force."


@dataclass(frozen=True, slots=True)
class DrawnCertificate:
    """A certificate before it is sealed, where the seal goes, and whether one crosses all pages."""

    pdf: bytes
    seal_place: SealPlace
    crossing: CrossingSeal | None = None


def draw_certificate(content: CertificateContent, printing: Printing) -> DrawnCertificate:
    """Draw a certificate.

    Raises GlyphMissing, which names the characters that the font lacks: without it a rare name would silently
    lose them. Raises TypesettingFailed where the template is broken, SealRefused where the text that the seal
    goes to is not there, or more than once.
    """
    template = template_for(content.matter_id)
    inputs = {"content": json.dumps(_shown(content, printing), ensure_ascii=False, sort_keys=True)}
    made_at, placement = int(content.approved_at.timestamp()), content.placement
    if placement.anchor is not None:
        pdf = typeset(template, inputs, made_at=made_at)
        place = find_place(Source(pdf), placement.anchor)
    else:
        pdf, told = typeset_marked(template, inputs, "<seal>", made_at=made_at)
        marked = json.loads(told)
        place = SealPlace(marked["page"], marked["x_mm"], marked["y_mm"])
    if placement.crossing is None:
        return DrawnCertificate(pdf, place)
    return DrawnCertificate(pdf, place, placement.crossing_over(Source(pdf).count))


def template_for(matter_id: str) -> Path:
    """A matter's own template, or the common one."""
    own = CATALOGUE / Path(matter_id).name / TEMPLATE_NAME
    return own if own.is_file() else COMMON_TEMPLATE


def _shown(content: CertificateContent, printing: Printing) -> dict[str, object]:
    """What the template reads."""
    lines = [[line.label_zh, line.label_en, line.value] for line in content.lines]
    return {
        "title_zh": content.title_zh,
        "title_en": content.title_en,
        "number": content.number,
        "organ_name_zh": content.organ_name_zh,
        "lines": [*lines, ["有效期", "Valid", validity(content.valid_from, content.valid_until)]],
        "issued_zh": chinese_date(content.valid_from),
        "notes": list(content.notes_zh),
        "basis": [f"依据：{'、'.join(content.legal_basis_zh)}"] if content.legal_basis_zh else [],
        "verify_url": printing.verify_url,
        "qr": _qr_code(printing.verify_url),
        "seal_mm": printing.seal_mm,
        "mark": printing.mark,
        "mark_note": printing.mark_note,
    }


def validity(begin: date, until: date | None) -> str:
    """How long a certificate holds, in words."""
    if until is None:
        return f"{chinese_date(begin)}起长期有效"
    return f"{chinese_date(begin)} 至 {chinese_date(until)}"


def chinese_date(day: date) -> str:
    """A day as a Chinese paper writes it."""
    return f"{day.year}年{day.month}月{day.day}日"


def _qr_code(text: str) -> str:
    """A QR code as SVG, error correction M: a fold or a seal's edge may cover 15 % of it.

    A row's dark modules are drawn run by run, as strokes of one path.
    """
    rows = segno.make(text, error="m", micro=False, mask=QR_MASK).matrix
    size = len(rows)
    strokes = (
        f"M{run.start()} {y}.5h{run.end() - run.start()}"
        for y, row in enumerate(rows)
        for run in _DARK.finditer(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">'
        f'<path stroke="#1d1a16" d="{"".join(strokes)}"/></svg>'
    )
