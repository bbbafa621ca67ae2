"""Where the bytes of a video come from: a file, or somebody who pushes them as they are recorded."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

from liveness.errors import VideoTooLarge
from liveness.video.container import HEAD_BYTES, STEP_BYTES, Container, Structure, sniff_head, structure_of


class VideoBytes(Protocol):
    """Bytes that can be read at any place that was not forgotten, waiting for those still to come."""

    structure: Structure

    @property
    def size(self) -> int:
        """How many bytes there are so far."""
        ...

    @property
    def has_ended(self) -> bool:
        """Whether no more will come."""
        ...

    def begin(self) -> Container:
        """Tell the container and whether its index comes first. Raises NotAVideo, VideoTruncated."""
        ...

    def read_at(self, position: int, count: int) -> bytes:
        """At most `count` bytes from there, at least one; none only past the end."""
        ...

    def forget_before(self, position: int) -> None:
        """Say that nothing before this place is read again."""
        ...

    def require_whole(self) -> None:
        """See that nothing is missing, once all bytes are there. Raises VideoTruncated."""
        ...

    def close(self) -> None: ...


class FileBytes:
    """The bytes of a file."""

    def __init__(self, path: Path, *, max_bytes: int) -> None:
        self._size = path.stat().st_size
        if self._size > max_bytes:
            raise VideoTooLarge
        self._file: BinaryIO = path.open("rb")
        self.structure = Structure()

    @property
    def size(self) -> int:
        return self._size

    @property
    def has_ended(self) -> bool:
        return True

    def begin(self) -> Container:
        """Follow the whole outline: what is missing is told before anything is decoded."""
        head = self.read_at(0, HEAD_BYTES)
        container = sniff_head(head)
        self.structure = structure_of(container, head)
        while (at := self.structure.next_at) is not None and at < self._size:
            self.structure.step(self.read_at(at, STEP_BYTES))
        self.require_whole()
        return container

    def read_at(self, position: int, count: int) -> bytes:
        if position >= self._size:
            return b""  # a demuxer may go farther than a file can be long
        if self._file.tell() != position:
            self._file.seek(position)
        return self._file.read(count)

    def forget_before(self, position: int) -> None:
        """A file costs no memory."""

    def require_whole(self) -> None:
        self.structure.require_whole(self._size)

    def close(self) -> None:
        self._file.close()


class PushedBytes:
    """Bytes as they come. `wait` is called where more are needed and returns when something changed."""

    def __init__(self, *, max_bytes: int, wait: Callable[[], None]) -> None:
        self._max_bytes = max_bytes
        self._wait = wait
        self._held = bytearray()
        self._forgotten = 0
        self._ended = False
        self.structure = Structure()

    @property
    def size(self) -> int:
        return self._forgotten + len(self._held)

    @property
    def has_ended(self) -> bool:
        return self._ended

    @property
    def held(self) -> int:
        """How many of them are in memory."""
        return len(self._held)

    def push(self, piece: bytes) -> None:
        """Take the next bytes. Raises VideoTooLarge."""
        if self._ended:
            raise ValueError("the video was said to have ended")
        if self.size + len(piece) > self._max_bytes:
            raise VideoTooLarge
        self._held += piece

    def end(self) -> None:
        """Say that no more bytes come."""
        self._ended = True

    def begin(self) -> Container:
        """Follow the outline until it is known whether the index comes first; where not, to the end."""
        head = self._read_fully(0, HEAD_BYTES)
        container = sniff_head(head)
        self.structure = structure_of(container, head)
        while self.structure.index_first is None and self._follow(wait=True):
            pass
        if not self.structure.index_first:
            self._await_end()
            self.require_whole()
        return container

    def read_at(self, position: int, count: int) -> bytes:
        while position >= self.size and not self._ended:
            self._wait()
        start = position - self._forgotten
        return bytes(self._held[start : start + count]) if start >= 0 else b""

    def forget_before(self, position: int) -> None:
        """Let go of what was read, but for headers that the outline still needs."""
        while self._follow(wait=False):
            pass
        at = self.structure.next_at
        count = min(position, self.size if at is None else at) - self._forgotten
        if count > 0:
            del self._held[:count]
            self._forgotten += count

    def require_whole(self) -> None:
        self._await_end()
        while self._follow(wait=True):
            pass
        self.structure.require_whole(self.size)

    def close(self) -> None:
        self._held.clear()

    def _follow(self, *, wait: bool) -> bool:
        """Take one more step of the outline; whether there was one to take."""
        at = self.structure.next_at
        if at is None or (not wait and at + STEP_BYTES > self.size):
            return False
        head = self._read_fully(at, STEP_BYTES)
        if not head:
            return False
        self.structure.step(head)
        return True

    def _read_fully(self, position: int, count: int) -> bytes:
        while position + count > self.size and not self._ended:
            self._wait()
        return self.read_at(position, count)

    def _await_end(self) -> None:
        while not self._ended:
            self._wait()
