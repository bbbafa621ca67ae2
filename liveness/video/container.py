"""What a video file is by its bytes, never by its name: a box walk for mp4 and mov, the magic of webm."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from liveness.errors import NotAVideo, VideoTooLarge, VideoTruncated
from liveness.video.limits import MAX_BYTES

HEAD_BYTES: Final = 64
"""As much of the beginning as tells the container, and of webm the length of its one segment."""

STEP_BYTES: Final = 16

_EBML_MAGIC = b"\x1a\x45\xdf\xa3"
_EBML_SEGMENT = b"\x18\x53\x80\x67"
_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"styp")
_HOLD_THE_VIDEO = (b"moov", b"moof", b"mdat")
_BOX_HEADER = 8
_LONG_BOX_HEADER = 16
_MAX_BOXES = 100_000
_LEAST_HEAD = 8


class Container(StrEnum):
    """A family of containers, by the name of the demuxer that reads it."""

    MP4 = "mov"
    WEBM = "matroska"


def sniff_head(head: bytes) -> Container:
    """Tell the container from the first 8 bytes or more, as they come. Raises NotAVideo."""
    if head.startswith(_EBML_MAGIC):
        return Container.WEBM
    if len(head) < _LEAST_HEAD or head[4:8] not in _FIRST_BOXES:
        raise NotAVideo
    return Container.MP4


def sniff(path: Path) -> Container:
    """Tell the container of a file from its first bytes and see that all of its parts are there.

    Raises VideoTooLarge, NotAVideo, VideoTruncated.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise VideoTooLarge
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        container = sniff_head(head)
        walk = structure_of(container, head)
        while (at := walk.next_at) is not None and at < size:
            file.seek(at)
            walk.step(file.read(STEP_BYTES))
    walk.require_whole(size)
    return container


@dataclass(slots=True)
class Structure:
    """The outline of a container, followed as far as its bytes have come.

    next_at: where the next part begins whose first 16 bytes are to be given to `step`, None where nothing
    more is to be learnt. index_first: whether the pictures can be read as they come, None while that is not
    known. ends_at: where the last part that holds pictures ends, as it says itself.
    """

    next_at: int | None = None
    index_first: bool | None = None
    has_index: bool = True
    ends_at: int | None = None
    _boxes: int = 0

    def step(self, head: bytes) -> None:
        """Take the header of the part at `next_at`, shorter only at the end of the file.

        Follows the top-level boxes of an ISO base media file (ISO/IEC 14496-12, 4.2). Raises NotAVideo.
        """
        at = self.next_at
        if at is None:
            return
        self._boxes += 1
        length, kind = int.from_bytes(head[:4]), head[4:8]
        if len(head) < _BOX_HEADER or self._boxes > _MAX_BOXES or 1 < length < _BOX_HEADER:
            self.next_at = None  # some phones append notes that are no boxes
            return
        if length == 1:
            length = int.from_bytes(head[8:_LONG_BOX_HEADER])
            if length < _LONG_BOX_HEADER:
                raise NotAVideo
        self.next_at = at + length if length else None  # nought: to the end of the file, however far that is
        if kind in _HOLD_THE_VIDEO:
            self.ends_at = self.next_at
            self.has_index = self.has_index or kind == b"moov"
            self.index_first = kind == b"moov" if self.index_first is None else self.index_first

    def require_whole(self, size: int) -> None:
        """See that a file of this many bytes holds all that it speaks of. Raises VideoTruncated."""
        if not self.has_index or (self.ends_at is not None and self.ends_at > size):
            raise VideoTruncated


def structure_of(container: Container, head: bytes) -> Structure:
    """Begin to follow a container whose first HEAD_BYTES are given."""
    if container is Container.MP4:
        return Structure(next_at=0, has_index=False)
    return Structure(index_first=True, ends_at=_segment_end(head))


def _segment_end(head: bytes) -> int | None:
    """Where the one segment of a webm ends, None where it says that it does not know (RFC 8794, 6.2)."""
    try:
        at, header_length = _vint(head, len(_EBML_MAGIC))
        if header_length is None or head[at + header_length :][: len(_EBML_SEGMENT)] != _EBML_SEGMENT:
            return None
        at, length = _vint(head, at + header_length + len(_EBML_SEGMENT))
    except IndexError:
        return None
    return None if length is None else at + length


def _vint(data: bytes, at: int) -> tuple[int, int | None]:
    """A variable-length number of EBML: where it ends and its value, None where it is the unknown one."""
    width = 9 - data[at].bit_length()
    if width > 8 or at + width > len(data):
        raise IndexError
    bits = 7 * width
    value = int.from_bytes(data[at : at + width]) & ((1 << bits) - 1)
    return at + width, None if value == (1 << bits) - 1 else value
