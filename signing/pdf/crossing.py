"""The crossing seal (骑缝章): one seal cut into strips, one over the right edge of each page.

Put together, the pages show the whole seal; a page that was added, taken out or exchanged breaks it.
"""

from collections.abc import Mapping
from typing import Final

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject

from signing.errors import SealRefused
from signing.pdf.picture import Picture
from signing.pdf.revision import Revision, dictionary, render
from signing.pdf.source import POINTS_PER_MM, UNREADABLE, Sheet, Source, entry, raw
from signing.seal import CrossingSeal
from signing.strips import Strip, middle_mm, strips

INK: Final = b"<</Type/ExtGState/BM/Multiply/CA 1/ca 1>>"
"""As ink does, the red darkens what it covers and hides nothing of it."""


def stamp_edges(
    source: Source, revision: Revision, *, seal: Picture, form: int, crossing: CrossingSeal
) -> dict[int, dict[str, PdfObject | bytes]]:
    """Draw the strips; give each page's new entries by its number. Raises SealRefused."""
    cut = strips(source.count)
    opening = revision.number()
    revision.put_stream(opening, b"q\n")
    pages = {}
    for number, strip in enumerate(cut):
        sheet = source.sheet(number)
        drawing = revision.number()
        revision.put_stream(drawing, _draw(sheet, strip, seal, crossing))
        try:
            pages[number] = _with_strip(sheet, opening=opening, drawing=drawing, form=form)
        except UNREADABLE:
            raise SealRefused(f"Page {number + 1} of the document cannot be read.") from None
    return pages


def _draw(sheet: Sheet, strip: Strip, seal: Picture, crossing: CrossingSeal) -> bytes:
    width_mm, height_mm = sheet.size_mm
    diameter_mm = seal.width / POINTS_PER_MM
    middle = middle_mm(crossing, page=sheet.number, height_mm=height_mm, diameter_mm=diameter_mm)
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
