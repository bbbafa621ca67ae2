"""From bytes to chosen frames: the one core behind a file and behind bytes that are pushed.

A container whose index comes first (webm, fragmented mp4, mp4 made for streaming) is read as a stream, so
that its frames are there as soon as their bytes are; any other is read when it is whole. Which of the two it
is, is told by the bytes alone: the same bytes give the same frames, whichever way they came.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Final

import av.error
import av.logging
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from liveness.errors import (
    NotAVideo,
    UnsupportedCodec,
    VideoDamaged,
    VideoError,
    VideoTooCostly,
    VideoTooLong,
    VideoTruncated,
)
from liveness.video.budget import CpuBudget
from liveness.video.facts import FrameFacts, VideoFacts, bitstream_writer
from liveness.video.frame import Frame, Glimpse, UprightPictures, Wanted
from liveness.video.header import Reader, open_container, picture_stream, read_header, require_size
from liveness.video.limits import VideoLimits
from liveness.video.source import VideoBytes

_PACKETS_PER_FRAME: Final = 4
_DAMAGED_AT_ONCE: Final = 300

_log = logging.getLogger(__name__)


class Decoding:
    """The reading of one video, once: `open`, then `frames`, then `close`. The first two raise VideoError.

    last_ms: time of the last frame decoded so far; decoded: how many there were, analysed or not.
    """

    def __init__(self, source: VideoBytes, limits: VideoLimits) -> None:
        self.last_ms = 0
        self.decoded = 0
        self._source = source
        self._limits = limits
        self._budget = CpuBudget(limits.opening_cpu_s)
        self._file: InputContainer | None = None
        self._sizes: dict[int, int] = {}
        self._frames: list[FrameFacts] = []
        self._writer = ""
        self._packets = 0
        self._damaged = 0

    def open(self) -> None:
        """Read the header and refuse what cannot be judged."""
        av.logging.set_level(None)
        container = self._source.begin()
        self._reader = Reader(self._source, self._budget, container)
        try:
            with self._budget.counted():
                self._file = open_container(self._reader, self._limits)
                self._stream = picture_stream(self._file, self._limits)
                self._header = read_header(self._file, self._stream, self._limits)
        except VideoError:
            if self._source.has_ended:
                self._source.require_whole()
            raise
        aspect = float(self._stream.sample_aspect_ratio or 1)
        self._upright = UprightPictures(self._limits.analysed_side_px, pixel_aspect=aspect)

    def close(self) -> None:
        """Let go of everything."""
        if self._file is not None:
            self._file.close()
        self._source.close()

    @property
    def facts(self) -> VideoFacts:
        """What is known so far."""
        return replace(self._header, bitstream_writer=self._writer, frames=tuple(self._frames))

    def frames(self, wanted: Wanted | None = None) -> Iterator[Frame]:
        """Give the frames to analyse: those that are due, `analysed_fps` a second, times strictly increasing.

        With `wanted`, those that it wants: every frame is shown to it, and one that it passes over leaves the
        next one due.
        """
        due_ms, step_ms = 0.0, 1000.0 / self._limits.analysed_fps
        for time_ms, frame in self._timed():
            is_due = time_ms + 1 >= due_ms
            if not (is_due if wanted is None else wanted(time_ms, Glimpse(frame, is_due=is_due))):
                continue
            if is_due:
                # A late frame does not delay those after it; what a gap left out is not made up for.
                due_ms = max(due_ms, time_ms - step_ms / 2) + step_ms
            yield Frame(time_ms=time_ms, image=self._picture(frame), is_due=is_due)
        self._source.require_whole()
        self._require_enough()

    def _picture(self, frame: VideoFrame) -> npt.NDArray[np.uint8]:
        try:
            with self._budget.counted():
                return self._upright.picture(frame)
        except MemoryError as error:
            raise VideoTooCostly from error
        except av.error.FFmpegError as error:
            raise UnsupportedCodec from error  # colours that cannot be converted

    def _timed(self) -> Iterator[tuple[int, VideoFrame]]:
        first: Fraction | None = None
        last_ms = -1
        for frame in self._decode():
            self.decoded += 1
            if self.decoded == 1:
                self._budget.allow(self._limits.decoding_cpu_s)
            require_size(frame.width, frame.height, self._limits)
            if self.decoded > self._limits.max_frames:
                raise VideoTooLong
            at = self._presentation_time(frame)
            first = at if first is None else first
            exact_ms = (at - first) * 1000
            if exact_ms > self._limits.last_ms:
                raise VideoTooLong
            size_bytes = self._sizes.pop(frame.pts, 0) if frame.pts is not None else 0
            self._frames.append(FrameFacts(float(exact_ms), size_bytes, is_key=bool(frame.key_frame)))
            time_ms = round(exact_ms)
            if time_ms <= last_ms:
                continue
            last_ms = self.last_ms = time_ms
            yield time_ms, frame

    def _decode(self) -> Iterator[VideoFrame]:
        """Decode packet by packet, since one damaged packet must not end the clip."""
        packets = self._demux()
        while (packet := self._next(packets)) is not None:
            self._packets += 1
            if self._packets > self._limits.max_frames * _PACKETS_PER_FRAME:
                raise VideoTooLong
            if packet.pts is not None:
                self._sizes[packet.pts] = packet.size
            if self._packets == 1:
                self._writer = bitstream_writer(self._stream.codec_context.extradata or b"", bytes(packet))
            try:
                with self._budget.counted():
                    frames = packet.decode()
            except MemoryError as error:
                raise VideoTooCostly from error
            except av.error.FFmpegError:
                self._damaged += 1
                if self._damaged > max(_DAMAGED_AT_ONCE, self.decoded):
                    raise VideoDamaged from None
                continue
            yield from frames

    def _demux(self) -> "Iterator[Packet[VideoStream]]":
        if self._file is None:
            raise ValueError("the video is not open")
        return self._file.demux(self._stream)

    def _next(self, packets: "Iterator[Packet[VideoStream]]") -> "Packet[VideoStream] | None":
        try:
            with self._budget.counted():
                packet = next(packets, None)
        except MemoryError as error:
            raise VideoTooCostly from error
        except av.error.FFmpegError as error:
            _log.info("demuxing ended early", extra={"reason": type(error).__name__})
            self._damaged += 1
            packet = None
        self._reader.require_no_failure()
        return packet

    def _presentation_time(self, frame: VideoFrame) -> Fraction:
        if frame.pts is not None and frame.time_base is not None:
            return frame.pts * Fraction(frame.time_base)
        rate = self._stream.average_rate or Fraction(30)
        return Fraction(self.decoded) / Fraction(rate)

    def _require_enough(self) -> None:
        declared_ms = self._header.declared_ms
        if self.decoded == 0:
            raise VideoTruncated if declared_ms else NotAVideo
        if self._damaged > max(2, self.decoded // 20):
            raise VideoDamaged
        if declared_ms and declared_ms - self.last_ms > max(1000, declared_ms * 0.1):
            raise VideoTruncated
