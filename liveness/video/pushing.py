"""A video that is read while it is recorded: bytes in as they come, frames out as they can be had."""

import queue
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Final, Self

from liveness.errors import VideoError
from liveness.video.decoding import Decoding
from liveness.video.facts import VideoFacts
from liveness.video.frame import Frame, Glimpse, Wanted
from liveness.video.limits import VideoLimits
from liveness.video.source import PushedBytes

_CLOSING_S: Final = 2.0


class _Hungry:
    """The decoder wants more bytes."""


class _Done:
    """There is nothing more to decode."""


class _Closed(VideoError):
    """The reader was closed."""


_Message = Frame | type[_Hungry] | type[_Done] | Exception


class PushedVideo:
    """One video whose bytes are pushed. Use it by `with`, from one thread.

    Push a piece, then take `frames()`: those that the bytes so far allow, the same ones and at the same times
    as `Video` gives for the same bytes in a file. After `end()` the last ones follow, and whatever is wrong
    with the end. The demuxer reads by waiting, hence a thread; it and the caller take turns, so that nothing
    is decoded before it is asked for and one frame at a time is in memory. Of a webm, bytes are forgotten as
    they are read. An mp4 whose index is at its end gives its frames after `end()`.
    """

    def __init__(self, *, limits: VideoLimits | None = None) -> None:
        self._limits = limits or VideoLimits()
        self._bytes = PushedBytes(max_bytes=self._limits.max_bytes, wait=self._wait)
        self._decoding = Decoding(self._bytes, self._limits)
        self._messages: queue.SimpleQueue[_Message] = queue.SimpleQueue()
        self._turn = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._work, name="pushed-video", daemon=True)
        self._wanted: Wanted | None = None
        self._is_open = False
        self._is_over = False
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def received(self) -> int:
        """Bytes pushed so far."""
        return self._bytes.size

    @property
    def held(self) -> int:
        """Bytes of them still in memory."""
        return self._bytes.held

    @property
    def has_facts(self) -> bool:
        """Whether the header has been read."""
        return self._is_open

    @property
    def facts(self) -> VideoFacts:
        """What the video says of itself, with the frames decoded so far; only where `has_facts`."""
        if not self._is_open:
            raise ValueError("the header has not come yet")
        return self._decoding.facts

    @property
    def duration_ms(self) -> int:
        """Time of the last frame decoded so far."""
        return self._decoding.last_ms

    @property
    def frames_decoded(self) -> int:
        """Frames decoded so far, analysed or not."""
        return self._decoding.decoded

    def push(self, piece: bytes) -> None:
        """Take the next bytes. Raises VideoTooLarge."""
        self._bytes.push(piece)

    def end(self) -> None:
        """Say that no more bytes come."""
        self._bytes.end()

    def frames(self, wanted: Wanted | None = None) -> Iterator[Frame]:
        """Give the frames that the bytes so far allow: those that are due, or that `wanted` wants.

        Raises VideoError as soon as it is known.
        """
        self._wanted = wanted
        while not self._is_over and not self._is_closed:
            if self._thread.ident is None:
                self._thread.start()
            else:
                self._turn.release()
            message = self._messages.get()
            if isinstance(message, Frame):
                yield message
            elif message is _Hungry:
                return
            else:
                self._is_over = True
                if isinstance(message, Exception):
                    raise message

    def close(self) -> None:
        """Let go of everything, whatever is still under way. Closing twice does no harm."""
        self._is_closed = True
        if self._thread.ident is not None:
            self._turn.release()
            self._thread.join(_CLOSING_S)

    def _work(self) -> None:
        try:
            self._decoding.open()
            self._is_open = True
            for frame in self._decoding.frames(self._is_wanted):
                self._tell(frame)
            last: _Message = _Done
        except Exception as error:  # noqa: BLE001  it is raised in the thread of the caller
            last = error
        finally:
            self._decoding.close()
        self._messages.put(last)

    def _is_wanted(self, time_ms: int, glimpse: Glimpse) -> bool:
        return glimpse.is_due if self._wanted is None else self._wanted(time_ms, glimpse)

    def _wait(self) -> None:
        """Let the caller know that more bytes are needed, and come back when it has its next turn."""
        self._tell(_Hungry)

    def _tell(self, message: _Message) -> None:
        self._messages.put(message)
        self._turn.acquire()
        if self._is_closed:
            raise _Closed
