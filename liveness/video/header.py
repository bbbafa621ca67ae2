"""The header of a video: opened without looking anywhere else, and refused where it cannot be judged."""

from fractions import Fraction
from typing import Final

import av
import av.error
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from liveness.errors import (
    FrameTooLarge,
    NotAVideo,
    NoVideoStream,
    UnsupportedCodec,
    VideoError,
    VideoTooCostly,
    VideoTooLong,
)
from liveness.video.budget import CpuBudget
from liveness.video.container import Container
from liveness.video.facts import VideoFacts, told_tags
from liveness.video.limits import VideoLimits
from liveness.video.source import VideoBytes

CODECS: Final = frozenset({"h264", "hevc", "vp8", "vp9"})

MAX_STREAMS: Final = 32
_READ_BYTES: Final = 1 << 15
_PROBED_US: Final = 1_000_000
_SEEK_CUR, _SEEK_END = 1, 2


class Reader:
    """What the demuxer reads from: bytes within the budget.

    A webm is read forward only and forgotten as it is read. The demuxer of mp4 steps back inside its boxes,
    so there the bytes are kept; where the index comes first, the end is not told, lest it goes there to look.

    What goes wrong is kept in `failure` and ends the bytes: an exception raised inside the demuxer may
    surface in another call, or never.
    """

    def __init__(self, source: VideoBytes, budget: CpuBudget, container: Container) -> None:
        self.container = container
        self.is_streamed = bool(source.structure.index_first)
        self._source = source
        self._budget = budget
        self._at = 0
        self.failure: VideoError | OSError | None = None

    def read(self, count: int) -> bytes:
        """Give at most this many bytes, none at the end."""
        if self.failure is not None:
            return b""
        try:
            self._budget.check()
            piece = self._source.read_at(self._at, count)
        except (VideoError, OSError) as error:
            self.failure = error
            return b""
        self._at += len(piece)
        if not self.seekable():
            self._source.forget_before(self._at)
        return piece

    def seekable(self) -> bool:
        """Whether the demuxer may go back."""
        return self.container is Container.MP4

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place, as in a file; -1 where the end is not known."""
        if whence == _SEEK_END and self.is_streamed:
            return -1
        start = {_SEEK_CUR: self._at, _SEEK_END: self._source.size}.get(whence, 0)
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        """Where the next read begins."""
        return self._at

    def require_no_failure(self) -> None:
        """Raise what went wrong while the demuxer was reading."""
        if self.failure is not None:
            raise self.failure


def open_container(reader: Reader, limits: VideoLimits) -> InputContainer:
    """Read the header. Raises NotAVideo, VideoTooCostly, and what the reader met."""
    try:
        file = av.open(
            reader,
            mode="r",
            format=reader.container.value,
            options={
                "fflags": "+ignidx" if reader.is_streamed else "-ignidx",
                "max_pixels": str(2 * limits.max_pixels),
                "max_streams": str(MAX_STREAMS),
                "analyzeduration": str(_PROBED_US),
                "threads": "1",
            },
            metadata_errors="replace",
            buffer_size=_READ_BYTES,
            io_open=_open_nothing_else,
        )
    except MemoryError as error:
        raise VideoTooCostly from error
    except av.error.FFmpegError as error:
        reader.require_no_failure()
        raise NotAVideo from error
    try:
        reader.require_no_failure()
    except BaseException:
        file.close()
        raise
    return file


def picture_stream(file: InputContainer, limits: VideoLimits) -> VideoStream:
    """The track that holds the picture. Raises NoVideoStream, UnsupportedCodec, FrameTooLarge."""
    for stream in file.streams.video:
        if stream.disposition & Disposition.attached_pic:
            continue  # the cover of a song
        if stream.codec_context is None or stream.codec_context.name not in CODECS:
            raise UnsupportedCodec
        require_size(stream.codec_context.width, stream.codec_context.height, limits)
        # More than one thread costs more processor time, and holds frames back.
        stream.codec_context.thread_count = 1
        stream.codec_context.options = {"max_pixels": str(2 * limits.max_pixels)}
        return stream
    raise NoVideoStream


def read_header(file: InputContainer, stream: VideoStream, limits: VideoLimits) -> VideoFacts:
    """What the header says. Raises VideoTooLong."""
    codec = stream.codec_context
    declared_ms = _declared_ms(file, stream)
    if declared_ms is not None and declared_ms > limits.last_ms:
        raise VideoTooLong
    rate = stream.average_rate or stream.base_rate
    return VideoFacts(
        container=file.format.name,
        codec=codec.name,
        width=codec.width,
        height=codec.height,
        declared_ms=declared_ms,
        encoder=file.metadata.get("encoder", ""),
        tags=told_tags(container=file.metadata, picture=stream.metadata),
        pixel_format=codec.pix_fmt or "",
        declared_fps=float(rate) if rate else None,
        tick_ms=float(Fraction(stream.time_base or Fraction(1, 1000)) * 1000),
        has_sound=bool(file.streams.audio),
    )


def require_size(width: int, height: int, limits: VideoLimits) -> None:
    """See that a picture is no larger than phones record. Raises FrameTooLarge."""
    if width * height > limits.max_pixels or max(width, height) > limits.max_side_px:
        raise FrameTooLarge


def _declared_ms(file: InputContainer, stream: VideoStream) -> int | None:
    if stream.duration is not None and stream.time_base is not None and stream.duration > 0:
        return round(stream.duration * Fraction(stream.time_base) * 1000)
    if file.duration is not None and file.duration > 0:
        return round(file.duration / 1000)
    return None


def _open_nothing_else(url: str, flags: int, options: object) -> object:
    """Refuse what a container names beside itself: lists of parts, references to other files."""
    del url, flags, options
    raise PermissionError
