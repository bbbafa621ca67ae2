"""Frames of a phone video: decoded once, at their presentation times, upright, no larger than needed."""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import av
import av.error
import av.logging
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
from av.video.stream import VideoStream

from liveness.errors import (
    FrameTooLarge,
    NotAVideo,
    NoVideoStream,
    UnsupportedCodec,
    VideoDamaged,
    VideoTooLarge,
    VideoTooLong,
    VideoTruncated,
)
from liveness.video.container import MAX_BYTES, sniff

CODECS: Final = frozenset({"h264", "hevc", "vp8", "vp9"})

_WORTH_SCALING = 0.8
_LEAST_ASPECT = 0.25

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """What is read of a video. A recorder stops a little late, hence the tolerance in seconds."""

    max_bytes: int = MAX_BYTES
    max_seconds: float = 30.0
    tolerance_s: float = 1.0
    max_side_px: int = 4096
    max_pixels: int = 3840 * 2160
    max_frames: int = 30 * 240
    analysed_side_px: int = 720
    analysed_fps: float = 15.0

    def __post_init__(self) -> None:
        if min(self.max_bytes, self.max_pixels, self.max_frames, self.analysed_side_px) <= 0:
            raise ValueError("limits must be positive")
        if self.max_seconds <= 0 or self.analysed_fps <= 0:
            raise ValueError("limits must be positive")

    @property
    def last_ms(self) -> float:
        """The time, in ms from the first frame, after which a video is too long."""
        return (self.max_seconds + self.tolerance_s) * 1000


@dataclass(frozen=True, slots=True)
class Frame:
    """One analysed frame: uint8 RGB (h, w, 3), upright, square pixels, time in ms from the first frame."""

    time_ms: int
    image: npt.NDArray[np.uint8] = field(repr=False)


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What a file says of itself before it is decoded. Width and height as coded, in pixels."""

    container: str
    codec: str
    width: int
    height: int
    declared_ms: int | None
    encoder: str


class Video:
    """One video file, to be read once. Use it by `with`.

    Raises, when entered or while frames are read: VideoTooLarge, NotAVideo, NoVideoStream, UnsupportedCodec,
    FrameTooLarge, VideoTooLong, VideoTruncated, VideoDamaged.
    """

    def __init__(self, path: Path, *, limits: VideoLimits | None = None) -> None:
        self._path = path
        self._limits = limits or VideoLimits()
        self._last_ms = 0
        self._decoded = 0
        self._damaged = 0

    def __enter__(self) -> Self:
        av.logging.set_level(None)
        if self._path.stat().st_size > self._limits.max_bytes:
            raise VideoTooLarge
        family = sniff(self._path)
        try:
            self._file: InputContainer = av.open(
                str(self._path),
                format=family.value,
                options={"protocol_whitelist": "file"},
                metadata_errors="replace",
            )
        except av.error.FFmpegError as error:
            raise NotAVideo from error
        try:
            self._stream = self._picture_stream()
            self.facts = self._read_facts()
            self._pixel_aspect = float(self._stream.sample_aspect_ratio or 1)
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def duration_ms(self) -> int:
        """Time of the last frame decoded so far."""
        return self._last_ms

    @property
    def frames_decoded(self) -> int:
        """Frames decoded so far, analysed or not."""
        return self._decoded

    def frames(self) -> Iterator[Frame]:
        """Give the frames to analyse, at most `analysed_fps` of them a second, times strictly increasing."""
        due_ms, step_ms = 0.0, 1000.0 / self._limits.analysed_fps
        for time_ms, frame in self._timed():
            if time_ms + 1 < due_ms:
                continue
            due_ms = due_ms + step_ms if due_ms + step_ms > time_ms + step_ms / 3 else time_ms + step_ms
            yield Frame(time_ms=time_ms, image=self._picture(frame))
        self._require_whole()

    def _picture(self, frame: VideoFrame) -> npt.NDArray[np.uint8]:
        return upright_rgb(frame, self._limits.analysed_side_px, pixel_aspect=self._pixel_aspect)

    def _timed(self) -> Iterator[tuple[int, VideoFrame]]:
        first: Fraction | None = None
        last_ms = -1
        for frame in self._decode():
            self._decoded += 1
            self._require_size(frame.width, frame.height)
            if self._decoded > self._limits.max_frames:
                raise VideoTooLong
            at = self._presentation_time(frame)
            first = at if first is None else first
            time_ms = round((at - first) * 1000)
            if time_ms > self._limits.last_ms:
                raise VideoTooLong
            if time_ms <= last_ms:
                continue
            last_ms = self._last_ms = time_ms
            yield time_ms, frame

    def _decode(self) -> Iterator[VideoFrame]:
        """Decode packet by packet, since one damaged packet must not end the clip."""
        try:
            for packet in self._file.demux(self._stream):
                try:
                    yield from packet.decode()
                except av.error.FFmpegError:
                    self._damaged += 1
        except av.error.FFmpegError as error:
            _log.info("demuxing ended early", extra={"reason": type(error).__name__})
            self._damaged += 1

    def _presentation_time(self, frame: VideoFrame) -> Fraction:
        if frame.pts is not None and frame.time_base is not None:
            return frame.pts * Fraction(frame.time_base)
        rate = self._stream.average_rate or Fraction(30)
        return Fraction(self._decoded) / Fraction(rate)

    def _require_whole(self) -> None:
        if self._decoded == 0:
            raise VideoTruncated if self.facts.declared_ms else NotAVideo
        if self._damaged > max(2, self._decoded // 20):
            raise VideoDamaged
        declared_ms = self.facts.declared_ms
        if declared_ms and declared_ms - self._last_ms > max(1000, declared_ms * 0.1):
            raise VideoTruncated

    def _picture_stream(self) -> VideoStream:
        for stream in self._file.streams.video:
            if "attached_pic" not in str(stream.disposition):
                stream.codec_context.options = {"max_pixels": str(2 * self._limits.max_pixels)}
                stream.thread_type = "AUTO"
                stream.thread_count = 2
                return stream
        raise NoVideoStream

    def _read_facts(self) -> VideoFacts:
        codec = self._stream.codec_context
        if codec.name not in CODECS:
            raise UnsupportedCodec
        self._require_size(codec.width, codec.height)
        declared_ms = self._declared_ms()
        if declared_ms is not None and declared_ms > self._limits.last_ms:
            raise VideoTooLong
        return VideoFacts(
            container=self._file.format.name,
            codec=codec.name,
            width=codec.width,
            height=codec.height,
            declared_ms=declared_ms,
            encoder=self._file.metadata.get("encoder", ""),
        )

    def _declared_ms(self) -> int | None:
        stream = self._stream
        if stream.duration is not None and stream.time_base is not None and stream.duration > 0:
            return round(stream.duration * Fraction(stream.time_base) * 1000)
        if self._file.duration is not None and self._file.duration > 0:
            return round(self._file.duration / 1000)
        return None

    def _require_size(self, width: int, height: int) -> None:
        if width * height > self._limits.max_pixels or max(width, height) > self._limits.max_side_px:
            raise FrameTooLarge


def upright_rgb(frame: VideoFrame, longest_px: int, *, pixel_aspect: float = 1.0) -> npt.NDArray[np.uint8]:
    """Turn a decoded frame upright, once, into uint8 RGB (h, w, 3) of square pixels.

    Its longer side is at most a quarter more than `longest_px`: scaling by less costs more than it saves.
    """
    wide = frame.width * min(max(pixel_aspect, _LEAST_ASPECT), 1 / _LEAST_ASPECT)
    scale = longest_px / max(wide, frame.height)
    scale = 1.0 if scale > _WORTH_SCALING else scale
    image = frame.to_ndarray(
        format="rgb24",
        width=max(2, round(wide * scale)),
        height=max(2, round(frame.height * scale)),
        interpolation=Interpolation.BILINEAR,
    )
    quarter_turns = round(frame.rotation / 90)  # counter-clockwise, as libavutil's display matrix has it
    turned: npt.NDArray[np.uint8] = np.ascontiguousarray(np.rot90(image, quarter_turns))
    return turned


def video_sha256(path: Path) -> str:
    """SHA-256 of a video file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
