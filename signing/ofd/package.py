"""The package of an OFD document: a ZIP file, written plainly and read strictly."""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from signing.errors import PackageRefused
from signing.gm.sm2 import sm3

LARGEST_PACKAGE: Final = 32 << 20
LARGEST_PART: Final = 16 << 20
LARGEST_WHOLE: Final = 64 << 20
MOST_PARTS: Final = 1000
_STORED_SUFFIXES: Final = (".otf", ".ttf", ".png", ".jpg", ".esl", ".dat")
"""Parts that deflating would hardly make smaller."""

SHARED_SIZE: Final = 16 << 10
DEFLATED_SIZE: Final = 1 << 10
_EPOCH = (0, 1 << 5 | 1)
"""Time and date of every part as ZIP writes them: midnight of the first of January 1980."""

_VERSION = 20
_MADE_BY = 3 << 8 | _VERSION
_REGULAR_FILE = (stat.S_IFREG | 0o644) << 16
_LOCAL = b"PK\x03\x04"
_LOCAL_SIZE = 30
_ENTRY_SIZE = 46
_ENTRY = b"PK\x01\x02"
_NAME = re.compile(r"(?:[A-Za-z0-9_\-]+/)*[A-Za-z0-9_\-]+\.[A-Za-z0-9]+")
_END_RECORD = b"PK\x05\x06"
_END_SIZE = 22


@dataclass(frozen=True, slots=True)
class _Packed:
    """A part as it lies in a package, and its SM3."""

    content: bytes
    method: int
    crc: int
    size: int


def pack(parts: Mapping[str, bytes]) -> bytes:
    """Write a package; the same parts give the same bytes. Raises PackageRefused where they are too large.

    By hand, since zipfile takes longer for it than all else that a document costs. Large parts are those that
    many documents share (fonts, background, seal), so that they are deflated and summed once.
    """
    pieces: list[bytes] = []
    directory: list[bytes] = []
    at = 0
    for name, content in parts.items():
        pack_one = _pack_shared if len(content) >= SHARED_SIZE else _pack_one
        packed = pack_one(content, name.endswith(_STORED_SUFFIXES))
        told = (_VERSION, 0, packed.method, *_EPOCH, packed.crc, len(packed.content), packed.size)
        named = name.encode("ascii")
        pieces += [struct.pack("<4s5H3I2H", _LOCAL, *told, len(named), 0), named, packed.content]
        entry = struct.pack("<4s6H3I5H2I", _ENTRY, _MADE_BY, *told, len(named), 0, 0, 0, 0, _REGULAR_FILE, at)
        directory += [entry, named]
        at += _LOCAL_SIZE + len(named) + len(packed.content)
    if at > LARGEST_PACKAGE:
        raise PackageRefused(f"The package is larger than {LARGEST_PACKAGE >> 20} MiB.")
    listed = b"".join(directory)
    end = struct.pack("<4s4H2IH", _END_RECORD, 0, 0, len(parts), len(parts), len(listed), at, 0)
    return b"".join((*pieces, listed, end))


def digest(content: bytes) -> bytes:
    """SM3 of a part; of large ones, which many documents share, it is kept."""
    return _digest_shared(content) if len(content) >= SHARED_SIZE else sm3(content)


def _pack_one(content: bytes, stored: bool) -> _Packed:
    if stored or len(content) < DEFLATED_SIZE:
        return _Packed(content, zipfile.ZIP_STORED, zlib.crc32(content), len(content))
    # The quickest level: beside its fonts a document's own text is small.
    deflater = zlib.compressobj(1, wbits=-zlib.MAX_WBITS)
    packed = deflater.compress(content) + deflater.flush()
    return _Packed(packed, zipfile.ZIP_DEFLATED, zlib.crc32(content), len(content))


_pack_shared = lru_cache(maxsize=16)(_pack_one)
_digest_shared = lru_cache(maxsize=16)(sm3)


def unpack(package: bytes) -> dict[str, bytes]:
    """Read a package, refusing every form in which two readers could see different documents.

    1. It begins with a part and ends with its directory; nothing stands before, between or behind. 2. Names
    are plain and relative, none twice, not even by another case. 3. Every part is a regular, unencrypted
    file, stored or deflated, whose own header says the same as the directory, without fields beside it (which
    could give it another name). 4. Sizes are bounded and true, and nothing hides behind what is deflated.
    Raises PackageRefused with the reason.
    """
    if len(package) > LARGEST_PACKAGE:
        raise PackageRefused(f"The package is larger than {LARGEST_PACKAGE >> 20} MiB.")
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as file:
            entries = file.infolist()
            _require_tight(package, file, entries)
            _require_plain(entries)
            return {entry.filename: _content(package, entry) for entry in entries}
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
    ):
        raise PackageRefused("This is no readable package.") from None
    except UnicodeDecodeError:
        raise PackageRefused("A name in the package is not plain.") from None


def _require_plain(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_PARTS:
        raise PackageRefused(f"The package has more than {MOST_PARTS} parts.")
    seen: set[str] = set()
    for entry in entries:
        if not _NAME.fullmatch(entry.filename) or entry.filename != entry.orig_filename:
            raise PackageRefused("A name in the package is not plain.")
        if entry.filename.lower() in seen:
            raise PackageRefused(f"The package has two parts named {entry.filename}.")
        seen.add(entry.filename.lower())
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or entry.is_dir():
            raise PackageRefused(f"{entry.filename} is no regular file.")
        if entry.extra or entry.comment:
            raise PackageRefused(f"{entry.filename} says more of itself than it may.")
        if entry.flag_bits & ~0x0806 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise PackageRefused(f"{entry.filename} is packed in an unusual way.")
        if entry.file_size > LARGEST_PART:
            raise PackageRefused(f"{entry.filename} is larger than {LARGEST_PART >> 20} MiB.")
    if sum(entry.file_size for entry in entries) > LARGEST_WHOLE:
        raise PackageRefused(f"The package unpacks to more than {LARGEST_WHOLE >> 20} MiB.")


def _require_tight(package: bytes, file: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    """Every byte belongs to a part or to the one directory at the end."""
    at = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset != at:
            raise PackageRefused("There is something between the parts of the package.")
        signature, _, flags, method, _, _, crc, packed, size, name_length, extra_length = struct.unpack_from(
            "<4s5H3I2H", package, at
        )
        name = package[at + _LOCAL_SIZE : at + _LOCAL_SIZE + name_length].decode("utf-8")
        same = (signature, flags, method, crc, packed, size, name, extra_length)
        if same != (
            _LOCAL,
            entry.flag_bits,
            entry.compress_type,
            entry.CRC,
            entry.compress_size,
            entry.file_size,
            entry.filename,
            0,
        ):
            raise PackageRefused(f"The two headers of {entry.filename} differ.")
        at += _LOCAL_SIZE + name_length + packed
    if file.start_dir != at or file.comment:
        raise PackageRefused("There is something beside the parts of the package.")
    end = len(package) - _END_SIZE
    count, whole = len(entries), sum(_ENTRY_SIZE + len(entry.filename) for entry in entries)
    record = struct.pack("<4s4H2IH", _END_RECORD, 0, 0, count, count, whole, at, 0)
    if at + whole != end or package.find(_END_RECORD, at) != end or package[end:] != record:
        raise PackageRefused("There is something behind the package.")


def _content(package: bytes, entry: zipfile.ZipInfo) -> bytes:
    """The content of a part, whose packed form is that and nothing else."""
    start = entry.header_offset + _LOCAL_SIZE + len(entry.filename)
    packed = package[start : start + entry.compress_size]
    content, is_whole = packed, len(packed) == entry.compress_size
    if entry.compress_type == zipfile.ZIP_DEFLATED:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        content = inflater.decompress(packed, entry.file_size + 1)
        is_whole = inflater.eof and not inflater.unused_data
    if not is_whole or len(content) != entry.file_size:
        raise PackageRefused(f"{entry.filename} is not as large as it says.")
    if zlib.crc32(content) != entry.CRC:
        raise PackageRefused(f"{entry.filename} is damaged.")
    return content
