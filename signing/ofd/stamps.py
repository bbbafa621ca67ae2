"""Where the pictures of a seal stand on the pages of an OFD document (GB/T 33190, 18.2.3, StampAnnot)."""

from collections.abc import Sequence
from typing import Final

from signing.anchor_choice import Occurrence, choose
from signing.ofd.pages import Page, Text, numbers
from signing.seal import CrossingSeal, SealAnchor, SealPlace
from signing.strips import middle_mm, strips

MIDDLE_EM: Final = 0.38
"""How far above its baseline the middle of a line is."""

Size = tuple[float, float]


def stamps(
    place: SealPlace,
    crossing: CrossingSeal | None,
    *,
    page_ids: Sequence[int],
    sizes_mm: Sequence[Size],
    side_mm: float,
) -> str:
    """The pictures as XML: the seal at its place, and a strip of it over the right edge of each page.

    A strip is the whole picture, put partly beside the page and cut to what the page shows. Raises
    SealRefused.
    """
    half = side_mm / 2
    drawn = [_stamp(1, page_ids[place.page], (place.x_mm - half, place.y_mm - half, side_mm, side_mm))]
    for page, strip in enumerate(strips(len(page_ids)) if crossing is not None else ()):
        width_mm, height_mm = sizes_mm[page]
        middle = middle_mm(crossing or CrossingSeal(), page=page, height_mm=height_mm, diameter_mm=side_mm)
        slice_mm = side_mm / strip.count
        box = (width_mm - (strip.index + 1) * slice_mm, middle - half, side_mm, side_mm)
        drawn.append(_stamp(page + 2, page_ids[page], box, (strip.index * slice_mm, 0, slice_mm, side_mm)))
    return "".join(drawn)


def find_place(pages: Sequence[Page], anchor: SealAnchor) -> SealPlace:
    """Where a text of a document lies that is being laid out. Raises SealTextUnclear, SealRefused."""
    text = anchor.text.strip()
    found = [
        Occurrence(number, *_middle(line, at, len(text)))
        for number, page in enumerate(pages)
        for line in page.objects
        if isinstance(line, Text) and not line.turn_deg
        for at in _all(line.text, text)
    ]
    return choose(found, anchor, size_mm=lambda page: (pages[page].width_mm, pages[page].height_mm))


def _stamp(number: int, page_id: int, box: Sequence[float], clip: Sequence[float] | None = None) -> str:
    cut = "" if clip is None else f' Clip="{numbers(clip)}"'
    return f'<ofd:StampAnnot ID="{number}" PageRef="{page_id}" Boundary="{numbers(box)}"{cut}/>'


def _all(line: str, text: str) -> list[int]:
    found, at = [], line.find(text)
    while at >= 0:
        found.append(at)
        at = line.find(text, at + len(text))
    return found


def _middle(line: Text, at: int, length: int) -> tuple[float, float]:
    """The middle of a part of a line, in millimetres."""
    left = line.x_mm + sum(line.advances_mm[:at])
    last = line.x_mm + sum(line.advances_mm[: at + length - 1])
    return (left + last + line.size_mm) / 2, line.y_mm - MIDDLE_EM * line.size_mm
