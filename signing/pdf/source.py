"""The document that is to be sealed: its pages, and what an appended revision has to know of it."""

import io
from dataclasses import dataclass

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.errors import SealRefused
from signing.seal import LARGEST_PDF

POINTS_PER_MM = 72 / 25.4
UNREADABLE = (PdfError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError)
"""What pyHanko raises for a malformed document."""

Box = tuple[float, float, float, float]
"""Left, lower, right and upper edge in points."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: its number from 0, its object, its own entries, its resources, what of it is shown.

    `box` is its visible part in points, `turn` the clockwise rotation at which it is shown, in degrees.
    """

    number: int
    reference: IndirectObject
    entries: DictionaryObject
    resources: DictionaryObject
    box: Box
    turn: int

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height as shown."""
        left, lower, right, upper = self.box
        width, height = (right - left) / POINTS_PER_MM, (upper - lower) / POINTS_PER_MM
        return (height, width) if self.turn % 180 else (width, height)

    def point(self, x_mm: float, y_mm: float) -> tuple[float, float]:
        """Where a point lies in the page's own space, given from the upper left corner as shown."""
        left, lower, right, upper = self.box
        x, y = x_mm * POINTS_PER_MM, y_mm * POINTS_PER_MM
        match self.turn:
            case 90:
                return left + y, lower + x
            case 180:
                return right - x, lower + y
            case 270:
                return right - y, upper - x
            case _:
                return left + x, upper - y

    def shown(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the page's own space is shown: the inverse of `point`."""
        left, lower, right, upper = self.box
        match self.turn:
            case 90:
                across, down = y - lower, x - left
            case 180:
                across, down = right - x, y - lower
            case 270:
                across, down = upper - y, right - x
            case _:
                across, down = x - left, upper - y
        return across / POINTS_PER_MM, down / POINTS_PER_MM

    @property
    def upright(self) -> tuple[int, int, int, int]:
        """The matrix (a, b, c, d) under which a drawing stands upright on the page as it is shown."""
        return {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[self.turn]


class Source:
    """An unsigned, unencrypted document in memory."""

    def __init__(self, pdf: bytes) -> None:
        """Read a document. Raises SealRefused for what cannot be sealed."""
        if len(pdf) > LARGEST_PDF:
            raise SealRefused(f"A document to be sealed has at most {LARGEST_PDF // 1024**2} MiB.")
        if not pdf.startswith(b"%PDF-"):
            raise SealRefused("This is not a readable PDF.")
        self.pdf = pdf
        self._sheets: dict[int, Sheet] = {}
        try:
            self.reader = reader = PdfFileReader(io.BytesIO(pdf))
            encrypted = reader.encrypted
            signed = not encrypted and any(True for _ in reader.embedded_signatures)
            self.count = 0 if encrypted else int(reader.root["/Pages"]["/Count"])
            self.root: IndirectObject = reader.trailer.raw_get("/Root")
            self.size = int(reader.trailer["/Size"])
            self.last_start = int(reader.last_startxref or 0)
        except UNREADABLE:
            raise SealRefused("This is not a readable PDF.") from None
        if encrypted:
            raise SealRefused("An encrypted PDF cannot be sealed; make it without a password.")
        if signed:
            raise SealRefused("This document carries a signature or seal already.")
        if self.count < 1:
            raise SealRefused("The document has no page.")

    def sheet(self, number: int) -> Sheet:
        """A page, from 0, read once. Raises SealRefused where there is none."""
        if number not in self._sheets:
            self._sheets[number] = self._read_sheet(number)
        return self._sheets[number]

    def _read_sheet(self, number: int) -> Sheet:
        try:
            reference, resources = self.reader.find_page_for_modification(number)
            entries = reference.get_object()
            turned = _inherited(entries, "/Rotate")
            turn = turned % 360 if isinstance(turned, int) else 0
            box = _shown(entries)
        except UNREADABLE:
            raise SealRefused(f"The document has no page {number + 1} for the seal.") from None
        if turn % 90:
            raise SealRefused(f"Page {number + 1} is turned by {turn} degrees, not by a right angle.")
        return Sheet(number, reference, entries, resources.get_object(), box, turn)


def raw(entries: DictionaryObject) -> dict[str, PdfObject]:
    """A dictionary's entries with references left as they are, in a copy."""
    return {key: entries.raw_get(key) for key in entries}


def entry(entries: DictionaryObject, key: str) -> PdfObject | None:
    """An entry with its reference followed; pyHanko's own `get` gives the reference."""
    if key not in entries:
        return None
    found: PdfObject = entries[key]
    return found


def _inherited(entries: DictionaryObject, key: str) -> PdfObject | None:
    """An entry of a page or of what it inherits from (ISO 32000-1, 7.7.3.4)."""
    node: DictionaryObject = entries
    for _ in range(64):
        if key in node:
            found: PdfObject = node[key]
            return found
        if "/Parent" not in node:
            return None
        node = node["/Parent"]
    raise PdfError("the page tree is a loop")


def _shown(entries: DictionaryObject) -> Box:
    """The crop box within the media box."""
    media = _inherited(entries, "/MediaBox")
    crop = _inherited(entries, "/CropBox")
    left, lower, right, upper = _box(media)
    if isinstance(crop, ArrayObject):
        inner = _box(crop)
        cropped = max(left, inner[0]), max(lower, inner[1]), min(right, inner[2]), min(upper, inner[3])
        if cropped[0] < cropped[2] and cropped[1] < cropped[3]:
            return cropped
    return left, lower, right, upper


def _box(array: PdfObject | None) -> Box:
    if not isinstance(array, ArrayObject) or len(array) != 4:
        raise PdfError("a page has no size")
    x1, y1, x2, y2 = (float(array[index]) for index in range(4))
    box = min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)
    if box[2] - box[0] < 1 or box[3] - box[1] < 1:
        raise PdfError("a page has no size")
    return box
