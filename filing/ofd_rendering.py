"""Draw a certificate as OFD: what the typst template shows, laid out here, since OFD says where each line is.

Facts that do not fit on one page go on on further ones; the organ's name, date and seal stand on the last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from filing.certificates import CertificateContent
from filing.ofd_ornaments import (
    FAINT,
    GOLD,
    HEIGHT_MM,
    INK,
    PALE,
    RED,
    WIDTH_MM,
    background,
    qr_code,
    rules,
)
from filing.rendering import Printing, chinese_date, validity
from signing.errors import TypesettingFailed
from signing.ofd.document import DocumentFacts, build
from signing.ofd.fonts import FontShelf
from signing.ofd.pages import MM_PER_POINT, Page, Path, Text
from signing.ofd.stamps import find_place
from signing.ofd.typesetting import Style, Typesetter
from signing.seal import CrossingSeal, SealPlace

Objects = tuple[Text | Path, ...]

TABLE: Final = (40.0, 257.0)
LABEL_X: Final = 42.0
LABEL_END: Final = 108.0
VALUE_X: Final = 114.0
VALUE_WIDTH: Final = 141.0
TABLE_TOP: Final = 60.8
TABLE_TOP_FURTHER: Final = 38.0
BOTTOM: Final = 185.0
SEAL_X: Final = 215.0
QR_SIDE: Final = 27.0
NOTES_X: Final = 72.0
NOTES_WIDTH: Final = 108.0
NOTE_STEP: Final = 4.2
CAP_EM: Final = 0.73
LINE_EM: Final = 1.28
BOLD_EM: Final = 0.022
REMARK = "本文件加盖电子印章，电子文件为原件，打印件仅供查阅。扫码核验真伪（Scan to verify）："

_TITLE = Style(33 * MM_PER_POINT, INK, tracking_em=0.22, bold_em=BOLD_EM)
_WIDEST_TITLE = 220.0
_ENGLISH = Style(10 * MM_PER_POINT, FAINT, tracking_em=0.06)
_NUMBER = Style(12 * MM_PER_POINT, INK, tracking_em=0.06)
_ORGAN = Style(13.5 * MM_PER_POINT, INK, bold_em=BOLD_EM)
_WIDEST_ORGAN = 84.0
_DATE = Style(13 * MM_PER_POINT, INK)
_NOTE = Style(8 * MM_PER_POINT, FAINT)
_MARK_NOTE = Style(8 * MM_PER_POINT, RED)
_MARK = Style(54 * MM_PER_POINT, RED, tracking_em=0.2, turn_deg=-24, alpha=26)


@dataclass(frozen=True, slots=True)
class DrawnOfd:
    """A certificate's parts before they are sealed, where the seal goes, and whether one crosses pages."""

    parts: dict[str, bytes]
    seal_place: SealPlace
    crossing: CrossingSeal | None = None


@dataclass(frozen=True, slots=True)
class _Fit:
    """How large the facts are set: with more of them, smaller."""

    size_mm: float
    gap_mm: float

    def height(self, lines: int) -> float:
        return 2 * self.gap_mm + (CAP_EM + LINE_EM * (lines - 1)) * self.size_mm


_FITS = (
    _Fit(13 * MM_PER_POINT, 3.3),
    _Fit(11.5 * MM_PER_POINT, 1.55),
    _Fit(10 * MM_PER_POINT, 0.9),
)


@dataclass(frozen=True, slots=True)
class _Row:
    """One fact: both labels and the lines of its value."""

    label_zh: str
    label_en: str
    value: tuple[str, ...]


def draw_ofd_certificate(content: CertificateContent, printing: Printing, shelf: FontShelf) -> DrawnOfd:
    """Draw a certificate; the same content gives the same parts.

    Raises GlyphMissing, which names the characters that no font here has: without it a rare name would
    silently lose them. Raises TypesettingFailed where one fact alone is larger than a page, SealRefused where
    the text that the seal goes to is not there, or more than once.
    """
    return _Drawing(content, printing, Typesetter(shelf)).draw()


class _Drawing:
    """One certificate while it is laid out."""

    def __init__(self, content: CertificateContent, printing: Printing, setter: Typesetter) -> None:
        self._content = content
        self._printing = printing
        self._set = setter
        self._lower = self._notes()
        self._lower_top = BOTTOM - max(printing.seal_mm, QR_SIDE, NOTE_STEP * len(self._lower))

    def draw(self) -> DrawnOfd:
        fit, pages_of_rows = self._spread()
        last = len(pages_of_rows) - 1
        pages = []
        for index, rows in enumerate(pages_of_rows):
            head = self._title() if index == 0 else self._further()
            top = TABLE_TOP if index == 0 else TABLE_TOP_FURTHER
            foot = self._foot() if index == last else ()
            objects = (*self._mark(), *head, *self._table(rows, fit, top), *foot)
            pages.append(Page(WIDTH_MM, HEIGHT_MM, objects))
        content = self._content
        facts = DocumentFacts(
            document_id=content.digest[:32],
            title=f"{content.title_zh} {content.number}",
            author=content.organ_name_zh,
            made_at=content.approved_at,
        )
        anchor = content.placement.anchor
        place = find_place(pages, anchor) if anchor else SealPlace(last, SEAL_X, self._seal_y)
        parts = build(facts, pages, self._set.fonts, background=background())
        return DrawnOfd(parts, place, content.placement.crossing_over(len(pages)))

    @property
    def _seal_y(self) -> float:
        return BOTTOM - self._printing.seal_mm / 2

    def _spread(self) -> tuple[_Fit, list[list[_Row]]]:
        """The largest letters in which all facts fit on one page, or else the smallest, on several."""
        for fit in _FITS:
            rows = self._rows(fit)
            if _height(rows, fit) <= self._lower_top - TABLE_TOP:
                return fit, [rows]
        return _FITS[-1], self._over_pages(self._rows(_FITS[-1]), _FITS[-1])

    def _over_pages(self, rows: list[_Row], fit: _Fit) -> list[list[_Row]]:
        pages: list[list[_Row]] = []
        top = TABLE_TOP
        while _height(rows, fit) > self._lower_top - top:
            count = next(
                (at for at in range(len(rows)) if _height(rows[: at + 1], fit) > BOTTOM - top), len(rows) - 1
            )
            if not count and pages:
                raise TypesettingFailed("A fact of the certificate is larger than a page.")
            pages.append(rows[:count])
            rows, top = rows[count:], TABLE_TOP_FURTHER
        return [*pages, rows]

    def _rows(self, fit: _Fit) -> list[_Row]:
        content, style = self._content, Style(fit.size_mm, INK)
        facts = [(line.label_zh, line.label_en, line.value) for line in content.lines]
        facts.append(("有效期", "Valid", validity(content.valid_from, content.valid_until)))
        return [
            _Row(zh, en, self._set.wrapped(value, style, width_mm=VALUE_WIDTH)) for zh, en, value in facts
        ]

    def _title(self) -> Objects:
        content, middle = self._content, WIDTH_MM / 2
        style = self._no_wider(content.title_zh, _TITLE, _WIDEST_TITLE)
        number = f"编号  {content.number}"
        reach = self._set.width(number, _NUMBER) / 2 + 4
        lines = [(middle - reach - 46, middle - reach, 52.8), (middle + reach, middle + reach + 46, 52.8)]
        return (
            *self._set.centred(content.title_zh, style, x_mm=middle, y_mm=35.8),
            *self._set.centred(content.title_en, _ENGLISH, x_mm=middle, y_mm=45.4),
            *self._set.centred(number, _NUMBER, x_mm=middle, y_mm=54.3),
            rules(lines, GOLD, width_mm=0.25),
        )

    def _further(self) -> Objects:
        """The head of every page but the first."""
        content = self._content
        title = f"{content.title_zh}（续）  编号  {content.number}"
        return self._set.centred(title, _NUMBER, x_mm=WIDTH_MM / 2, y_mm=31)

    def _mark(self) -> Objects:
        text = self._printing.mark
        return self._set.centred(text, _MARK, x_mm=WIDTH_MM / 2, y_mm=109) if text else ()

    def _table(self, rows: Sequence[_Row], fit: _Fit, top: float) -> Objects:
        value, small = Style(fit.size_mm, INK), Style(fit.size_mm * 0.6, FAINT)
        label = Style(fit.size_mm, INK, bold_em=BOLD_EM)
        objects: list[Text | Path] = []
        lines: list[tuple[float, float, float]] = []
        for row in rows:
            bottom = top + fit.height(len(row.value))
            middle = (top + bottom) / 2 + CAP_EM / 2 * fit.size_mm
            objects += self._set.line(row.label_zh, label, x_mm=LABEL_X, y_mm=middle)
            objects += self._set.right(row.label_en, small, x_mm=LABEL_END, y_mm=middle)
            first = top + fit.gap_mm + CAP_EM * fit.size_mm
            for number, line in enumerate(row.value):
                y = first + number * LINE_EM * fit.size_mm
                objects += self._set.line(line, value, x_mm=VALUE_X, y_mm=y)
            lines.append((*TABLE, bottom))
            top = bottom
        return (*objects, rules(lines, PALE, width_mm=0.2)) if lines else ()

    def _foot(self) -> Objects:
        """Verification at the left; organ and date at the right, where the seal covers both (骑年盖月)."""
        content, printing = self._content, self._printing
        objects: list[Text | Path] = [
            qr_code(printing.verify_url, x_mm=TABLE[0], y_mm=BOTTOM + 1 - QR_SIDE, side_mm=QR_SIDE)
        ]
        for above, (line, style) in enumerate(reversed(self._lower)):
            objects += self._set.line(line, style, x_mm=NOTES_X, y_mm=BOTTOM + 0.4 - above * NOTE_STEP)
        organ = self._no_wider(content.organ_name_zh, _ORGAN, _WIDEST_ORGAN)
        objects += self._set.centred(content.organ_name_zh, organ, x_mm=SEAL_X, y_mm=self._seal_y - 3.6)
        date = chinese_date(content.valid_from)
        objects += self._set.centred(date, _DATE, x_mm=SEAL_X, y_mm=self._seal_y + 7.6)
        return tuple(objects)

    def _notes(self) -> list[tuple[str, Style]]:
        content, printing = self._content, self._printing
        told = [(note, _NOTE) for note in content.notes_zh]
        if content.legal_basis_zh:
            told.append((f"依据：{'、'.join(content.legal_basis_zh)}", _NOTE))
        told += [(REMARK, _NOTE), (printing.verify_url, _NOTE)]
        if printing.mark_note:
            told.append((printing.mark_note, _MARK_NOTE))
        return [
            (line, style)
            for text, style in told
            for line in self._set.wrapped(text, style, width_mm=NOTES_WIDTH)
        ]

    def _no_wider(self, text: str, style: Style, width_mm: float) -> Style:
        """The style, or a smaller one in which a line is no wider than this."""
        ratio = min(1.0, width_mm / self._set.width(text, style))
        return Style(style.size_mm * ratio, style.colour, style.tracking_em, style.bold_em)


def _height(rows: Sequence[_Row], fit: _Fit) -> float:
    return sum(fit.height(len(row.value)) for row in rows)
