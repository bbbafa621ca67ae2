"""Append a revision to a PDF (ISO 32000-1, 7.5.6), with a gap in it for a signature's container.

Plain bytes, and no more of the document is touched than what changes: many times faster than to go through a
tree of objects, and the document stands unchanged before what is appended.
"""

import hashlib
import io
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Self

from pyhanko.pdf_utils.generic import NameObject, PdfObject

from signing.errors import SealRefused
from signing.pdf.source import Source

_RANGE_WIDTH = 60


class Revision:
    """One revision in the making, over the revisions before it."""

    def __init__(self, whole: bytearray, source: Source, *, size: int, previous: int) -> None:
        self._whole = whole
        self._source = source
        self._size = size
        self._previous = previous
        self._offsets: dict[tuple[int, int], int] = {}
        self._gap: tuple[int, int, int] | None = None
        if not whole.endswith((b"\n", b"\r")):
            whole += b"\n"

    @classmethod
    def first(cls, source: Source) -> Self:
        """Begin the revision that follows a document."""
        return cls(bytearray(source.pdf), source, size=source.size, previous=source.last_start)

    def next(self) -> "Revision":
        """Begin the revision that follows this one, which is ended."""
        return Revision(self._whole, self._source, size=self._size, previous=self._previous)

    def number(self) -> int:
        """A number for a new object."""
        self._size += 1
        return self._size - 1

    def put(self, number: int, body: bytes, *, generation: int = 0) -> None:
        """Write an object, new or instead of an older one."""
        self._offsets[number, generation] = len(self._whole)
        self._whole += b"%d %d obj\n%b\nendobj\n" % (number, generation, body)

    def put_stream(self, number: int, data: bytes, entries: bytes = b"") -> None:
        """Write a stream as it is, with what its dictionary has beside the length."""
        self.put(number, stream(data, entries))

    def put_signature(self, number: int, entries: bytes, *, reserved: int) -> None:
        """Write a signature dictionary with a gap of so many bytes for its container."""
        self._offsets[number, 0] = len(self._whole)
        self._whole += b"%d 0 obj\n<<\n%b\n/ByteRange " % (number, entries)
        at = len(self._whole)
        self._whole += b" " * _RANGE_WIDTH + b"\n/Contents "
        begin = len(self._whole)
        self._whole += b"<" + b"0" * (2 * reserved) + b">"
        self._gap = at, begin, len(self._whole)
        self._whole += b"\n>>\nendobj\n"

    def end(self) -> bytes:
        """Write the cross-reference and give the SHA-256 of all that the gap's container is to sign."""
        start = len(self._whole)
        if self._source.reader.has_xref_stream:
            self._end_with_stream(start)
        else:
            self._end_with_table()
        self._whole += b"startxref\n%d\n%%%%EOF\n" % start
        self._previous = start
        at, begin, end = self._need_gap()
        covered = b"[0 %d %d %d]" % (begin, end, len(self._whole) - end)
        self._whole[at : at + len(covered)] = covered
        with memoryview(self._whole) as view:
            digest = hashlib.sha256(view[:begin])
            digest.update(view[end:])
        return digest.digest()

    def fill(self, container: bytes) -> None:
        """Put the container into its gap. Raises SealRefused where it is larger."""
        _, begin, end = self._need_gap()
        written = container.hex().encode()
        if len(written) > end - begin - 2:
            raise SealRefused("The signature with its time stamp is larger than the room made for it.")
        self._whole[begin + 1 : begin + 1 + len(written)] = written

    def content(self) -> bytes:
        """The whole file so far."""
        return bytes(self._whole)

    def _need_gap(self) -> tuple[int, int, int]:
        if self._gap is None:
            raise SealRefused("A revision is sealed by a signature of its own.")
        return self._gap

    def _trailer(self) -> dict[str, bytes]:
        trailer = self._source.reader.trailer
        entries = {"/Size": b"%d" % self._size, "/Root": render(self._source.root)}
        if "/Info" in trailer:
            entries["/Info"] = render(trailer.raw_get("/Info"))
        first = b"<%b>" % secrets.token_hex(16).encode()
        if "/ID" in trailer:
            first = render(trailer["/ID"][0])
        entries["/ID"] = b"[%b <%b>]" % (first, secrets.token_hex(16).encode())
        return {**entries, "/Prev": b"%d" % self._previous}

    def _end_with_table(self) -> None:
        lines = [b"xref\n"]
        for first, run in _runs(self._offsets):
            lines.append(b"%d %d\n" % (first, len(run)))
            lines.extend(b"%010d %05d n \n" % entry for entry in run)
        self._whole += b"".join(lines) + b"trailer\n" + dictionary(self._trailer()) + b"\n"

    def _end_with_stream(self, start: int) -> None:
        """A document whose cross-reference is a stream goes on with streams (7.5.8)."""
        number = self.number()
        self._offsets[number, 0] = start
        rows: list[bytes] = []
        index: list[bytes] = []
        for first, run in _runs(self._offsets):
            index.append(b"%d %d" % (first, len(run)))
            rows.extend(b"\x01" + offset.to_bytes(4, "big") + gen.to_bytes(2, "big") for offset, gen in run)
        entries = {
            "/Type": b"/XRef",
            "/W": b"[1 4 2]",
            "/Index": b"[%b]" % b" ".join(index),
            **self._trailer(),
        }
        body = b"\n".join(b"%b %b" % (name(key), value) for key, value in entries.items())
        self._whole += b"%d 0 obj\n%b\nendobj\n" % (number, stream(b"".join(rows), body))


def render(value: PdfObject) -> bytes:
    """An object as it stands in a file."""
    written = io.BytesIO()
    value.write_to_stream(written)
    return written.getvalue()


def dictionary(entries: Mapping[str, PdfObject | bytes]) -> bytes:
    """A dictionary; bytes stand for values that are written already."""
    parts = [b"<<"]
    for key, value in entries.items():
        parts.append(b"%b %b" % (name(key), value if isinstance(value, bytes) else render(value)))
    return b"\n".join([*parts, b">>"])


@lru_cache(maxsize=256)
def name(value: str) -> bytes:
    """A name as it is written; it begins with its slash."""
    return render(NameObject(value))


def numbers(*values: float) -> bytes:
    """An array of numbers."""
    return b"[%b]" % b" ".join(b"%d" % round(v) if v == round(v) else b"%.4f" % v for v in values)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream object's body."""
    return b"<<\n%b\n/Length %d\n>>\nstream\n%b\nendstream" % (entries, len(data), data)


def text(value: str) -> bytes:
    """A text string, in UTF-16 where it is not plain (7.9.2.2)."""
    if value.isascii() and value.isprintable():
        return b"(%b)" % value.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode()
    return b"<FEFF%b>" % value.encode("utf-16-be").hex().upper().encode()


def date(moment: datetime) -> bytes:
    """A date in UTC (7.9.4)."""
    return moment.astimezone(UTC).strftime("(D:%Y%m%d%H%M%SZ)").encode()


def _runs(offsets: Mapping[tuple[int, int], int]) -> list[tuple[int, list[tuple[int, int]]]]:
    """Object numbers that follow one another, each with offset and generation."""
    runs: list[tuple[int, list[tuple[int, int]]]] = []
    for (number, generation), offset in sorted(offsets.items()):
        if not runs or number != runs[-1][0] + len(runs[-1][1]):
            runs.append((number, []))
        runs[-1][1].append((offset, generation))
    return runs
