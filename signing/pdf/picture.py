"""A page of vectors as a form that can be drawn in any document: read once, numbered anew for each."""

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject, StreamObject
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.pdf.revision import Revision, name, numbers, render

Part = bytes | int
"""Bytes as they are written, or the place (from 0) of an object that is referred to."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Objects in parts; the first of them is the form that is drawn. Width and height in points."""

    objects: tuple[tuple[Part, ...], ...]
    width: float
    height: float

    def put(self, revision: Revision) -> int:
        """Write the objects and give the number of the form."""
        given = [revision.number() for _ in self.objects]
        for number, parts in zip(given, self.objects, strict=True):
            written = (b"%d 0 R" % given[part] if isinstance(part, int) else part for part in parts)
            revision.put(number, b"".join(written))
        return given[0]


@lru_cache(maxsize=64)
def read_picture(pdf: bytes) -> Picture:
    """Make a form of the first page of a PDF of ours; its ground stays clear."""
    page = PdfFileReader(io.BytesIO(pdf)).root["/Pages"]["/Kids"][0]
    left, lower, right, upper = (float(edge) for edge in page["/MediaBox"])
    collector = _Collector()
    data = zlib.compress(page["/Contents"].data)
    form = (
        b"<</Type/XObject/Subtype/Form/BBox %b/Filter/FlateDecode/Length %d/Resources "
        % (numbers(left, lower, right, upper), len(data)),
        *collector.parts(page.raw_get("/Resources")),
        b">>\nstream\n%b\nendstream" % data,
    )
    return Picture((form, *collector.objects()), right - left, upper - lower)


class _Collector:
    """Takes objects apart and gives each that is referred to its place, from 1: 0 is the form's."""

    def __init__(self) -> None:
        self._places: dict[tuple[int, int], int] = {}
        self._found: list[PdfObject] = []

    def objects(self) -> Iterator[tuple[Part, ...]]:
        """All that was referred to, and what that refers to."""
        for value in self._found:  # grows while it is walked
            yield tuple(self.parts(value))

    def parts(self, value: PdfObject) -> Iterator[Part]:
        match value:
            case IndirectObject():
                yield self._place(value)
            case DictionaryObject():
                yield b"<<"
                for key in value:
                    yield name(key) + b" "
                    yield from self.parts(value.raw_get(key))
                    yield b"\n"
                yield b">>"
                if isinstance(value, StreamObject):
                    yield b"\nstream\n%b\nendstream" % value.encoded_data
            case ArrayObject():
                yield b"["
                for index in range(len(value)):
                    yield from self.parts(value.raw_get(index))
                    yield b" "
                yield b"]"
            case _:
                yield render(value)

    def _place(self, reference: IndirectObject) -> int:
        key = reference.idnum, reference.generation
        if key not in self._places:
            self._found.append(reference.get_object())
            self._places[key] = len(self._found)
        return self._places[key]
