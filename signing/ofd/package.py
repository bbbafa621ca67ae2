"""The package of an OFD document: a ZIP file, written plainly and read strictly."""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final

from signing.errors import PackageRefused

LARGEST_PACKAGE: Final = 32 << 20
LARGEST_PART: Final = 16 << 20
LARGEST_WHOLE: Final = 64 << 20
MOST_PARTS: Final = 1000
_STORED_SUFFIXES: Final = (".otf", ".ttf", ".png", ".jpg", ".esl", ".dat")
"""Parts that deflating would hardly make smaller."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_NAME = re.compile(r"(?:[A-Za-z0-9_\-]+/)*[A-Za-z0-9_\-]+\.[A-Za-z0-9]+")
_END_RECORD = b"PK\x05\x06"
_END_SIZE = 22


def pack(parts: Mapping[str, bytes]) -> bytes:
    """Write a package; the same parts give the same bytes."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            entry.compress_type = (
                zipfile.ZIP_STORED if name.endswith(_STORED_SUFFIXES) else zipfile.ZIP_DEFLATED
            )
            package.writestr(entry, content)
    return written.getvalue()


def unpack(package: bytes) -> dict[str, bytes]:
    """Read a package, refusing every form in which two readers could see different documents.

    1. It begins with a part and ends with its directory; nothing stands before, between or behind. 2. Names
    are plain and relative, none twice, not even by another case. 3. Every part is a regular, unencrypted
    file, stored or deflated, whose own header says the same as the directory. 4. Sizes are bounded and true.
    Raises PackageRefused with the reason.
    """
    if len(package) > LARGEST_PACKAGE:
        raise PackageRefused(f"The package is larger than {LARGEST_PACKAGE >> 20} MiB.")
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as file:
            entries = file.infolist()
            _require_tight(package, file, entries)
            _require_plain(entries)
            return {entry.filename: _content(file, entry) for entry in entries}
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
        name = package[at + 30 : at + 30 + name_length].decode("utf-8")
        same = (signature, flags, method, crc, packed, size, name, extra_length)
        if same != (
            b"PK\x03\x04",
            entry.flag_bits,
            entry.compress_type,
            entry.CRC,
            entry.compress_size,
            entry.file_size,
            entry.filename,
            0,
        ):
            raise PackageRefused(f"The two headers of {entry.filename} differ.")
        at += 30 + name_length + packed
    if file.start_dir != at or file.comment:
        raise PackageRefused("There is something beside the parts of the package.")
    end = len(package) - _END_SIZE
    count, whole = len(entries), end - at
    record = struct.pack("<4s4H2IH", _END_RECORD, 0, 0, count, count, whole, at, 0)
    if package.find(_END_RECORD, at) != end or package[end:] != record:
        raise PackageRefused("There is something behind the package.")


def _content(file: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with file.open(entry) as part:
        content = part.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise PackageRefused(f"{entry.filename} is not as large as it says.")
    return content
