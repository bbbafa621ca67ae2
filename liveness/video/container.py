"""What a video file is by its bytes, never by its name: a box walk for mp4 and mov, the magic of webm."""

from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

from liveness.errors import NotAVideo, VideoTooLarge, VideoTruncated

MAX_BYTES: Final = 64 * 1024 * 1024

_EBML_MAGIC = b"\x1a\x45\xdf\xa3"
_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"styp")
_HOLD_THE_VIDEO = (b"moov", b"moof", b"mdat")
_BOX_HEADER = 8
_LONG_BOX_HEADER = 16
_MAX_BOXES = 100_000


class Container(StrEnum):
    """A family of containers, by the name of the demuxer that reads it."""

    MP4 = "mov"
    WEBM = "matroska"


def sniff(path: Path) -> Container:
    """Tell the container of a file from its first bytes and see that all of its boxes are there.

    Raises VideoTooLarge, NotAVideo, VideoTruncated.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise VideoTooLarge
    with path.open("rb") as file:
        container = sniff_head(file.read(_LONG_BOX_HEADER))
        if container is Container.MP4:
            _walk_boxes(file, size)
    return container


def sniff_head(head: bytes) -> Container:
    """Tell the container from the first 8 bytes or more, as they come. Raises NotAVideo."""
    if head.startswith(_EBML_MAGIC):
        return Container.WEBM
    if head[4:8] not in _FIRST_BOXES:
        raise NotAVideo
    return Container.MP4


def _walk_boxes(file: BinaryIO, size: int) -> None:
    """Follow the top-level boxes of an ISO base media file (ISO/IEC 14496-12, 4.2) to its end."""
    at, kinds = 0, set()
    for _ in range(_MAX_BOXES):
        if size - at < _BOX_HEADER:
            break
        file.seek(at)
        head = file.read(_LONG_BOX_HEADER)
        length, kind = int.from_bytes(head[:4]), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16])
            if length < _LONG_BOX_HEADER:
                raise NotAVideo
        elif length == 0:
            length = size - at
        elif length < _BOX_HEADER:
            break
        kinds.add(kind)
        at += length
        if at > size:
            if kind in _HOLD_THE_VIDEO:
                raise VideoTruncated
            break  # some phones append notes that are no boxes
    if b"moov" not in kinds:
        raise VideoTruncated
