"""The crossing seal (骑缝章): one seal cut into strips, one over the right edge of each page.

Put together, the pages show the whole seal; a page that was added, taken out or exchanged breaks it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject

from signing.errors import SealRefused
from signing.pdf.picture import Picture
from signing.pdf.revision import Revision, dictionary, render
from signing.pdf.source import POINTS_PER_MM, UNREADABLE, Sheet, Source, entry, raw
from signing.seal import CrossingSeal

MOST_STRIPS: Final = 12
"""Strips of one seal; a longer document gets several, so that none is narrower than a reader can see."""
MOST_PAGES: Final = 500
INK: Final = b"<</Type/ExtGState/BM/Multiply/CA 1/ca 1>>"
"""As ink does, the red darkens what it covers and hides nothing of it."""


@dataclass(frozen=True, slots=True)
class _Strip:
    """The part of a seal that one page shows: the how-manieth, from 0, of how many."""

    index: int
    count: int


def stamp_edges(
    source: Source, revision: Revision, *, seal: Picture, form: int, crossing: CrossingSeal
) -> dict[int, dict[str, PdfObject | bytes]]:
    """Draw the strips; give each page's new entries by its number. Raises SealRefused."""
    if not 2 <= source.count <= MOST_PAGES:
        raise SealRefused(
            f"A crossing seal goes over 2 to {MOST_PAGES} pages; this document has {source.count}."
        )
    opening = revision.number()
    revision.put_stream(opening, b"q\n")
    pages = {}
    for number, strip in enumerate(_strips(source.count)):
        sheet = source.sheet(number)
        drawing = revision.number()
        revision.put_stream(drawing, _draw(sheet, strip, seal, crossing))
        try:
            pages[number] = _with_strip(sheet, opening=opening, drawing=drawing, form=form)
        except UNREADABLE:
            raise SealRefused(f"Page {number + 1} of the document cannot be read.") from None
    return pages


def _strips(pages: int) -> list[_Strip]:
    """As few seals as will do, each over as many pages as the others or one more."""
    seals = math.ceil(pages / MOST_STRIPS)
    sizes = [pages // seals + (number < pages % seals) for number in range(seals)]
    return [_Strip(index, size) for size in sizes for index in range(size)]


def _draw(sheet: Sheet, strip: _Strip, seal: Picture, crossing: CrossingSeal) -> bytes:
    width_mm, height_mm = sheet.size_mm
    middle = height_mm / 2 if crossing.y_mm is None else crossing.y_mm
    diameter_mm = seal.width / POINTS_PER_MM
    if not diameter_mm / 2 <= middle <= height_mm - diameter_mm / 2:
        raise SealRefused(f"The crossing seal does not fit on page {sheet.number + 1} at {middle:.0f} mm.")
    slice_mm = diameter_mm / strip.count
    x, y = sheet.point(width_mm - (strip.index + 1) * slice_mm, middle + diameter_mm / 2)
    matrix = b"%d %d %d %d %.4f %.4f" % (*sheet.upright, x, y)
    slice_pt = seal.width / strip.count
    window = b"%.4f 0 %.4f %.4f" % (strip.index * slice_pt, slice_pt, seal.height)
    return b"\nQ\n/Artifact BMC\nq /CrossingInk gs %b cm %b re W n /CrossingSeal Do Q\nEMC\n" % (
        matrix,
        window,
    )


def _with_strip(sheet: Sheet, *, opening: int, drawing: int, form: int) -> dict[str, PdfObject | bytes]:
    entries: dict[str, PdfObject | bytes] = {**raw(sheet.entries)}
    old = entry(sheet.entries, "/Contents")
    parts = []
    if isinstance(old, ArrayObject):
        parts = [render(old.raw_get(index)) for index in range(len(old))]
    elif old is not None:
        reference = sheet.entries.raw_get("/Contents")
        if not isinstance(reference, IndirectObject):
            raise TypeError("the content of a page is a stream")
        parts = [render(reference)]
    entries["/Contents"] = b"[%d 0 R %b %d 0 R]" % (opening, b" ".join(parts), drawing)
    resources: dict[str, PdfObject | bytes] = {**raw(sheet.resources)}
    resources["/XObject"] = _and_one(sheet.resources, "/XObject", {"/CrossingSeal": b"%d 0 R" % form})
    resources["/ExtGState"] = _and_one(sheet.resources, "/ExtGState", {"/CrossingInk": INK})
    entries["/Resources"] = dictionary(resources)
    return entries


def _and_one(resources: DictionaryObject, key: str, added: Mapping[str, bytes]) -> bytes:
    old = entry(resources, key)
    known = raw(old) if isinstance(old, DictionaryObject) else {}
    return dictionary({**known, **added})
