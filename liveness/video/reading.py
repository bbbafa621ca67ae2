"""Frames of a phone video: decoded once, at their presentation times, upright, no larger than needed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from liveness.video.decoding import Decoding
from liveness.video.facts import VideoFacts
from liveness.video.frame import Frame, Glimpse, Wanted
from liveness.video.limits import VideoLimits
from liveness.video.source import FileBytes

__all__ = ["Frame", "Glimpse", "Video", "VideoFacts", "VideoLimits", "Wanted", "video_sha256"]


class Video:
    """One video file, to be read once. Use it by `with`.

    Raises, when entered or while frames are read: VideoTooLarge, NotAVideo, NoVideoStream, UnsupportedCodec,
    FrameTooLarge, VideoTooLong, VideoTooCostly, VideoTruncated, VideoDamaged.
    """

    def __init__(self, path: Path, *, limits: VideoLimits | None = None) -> None:
        self._path = path
        self._limits = limits or VideoLimits()

    def __enter__(self) -> Self:
        self._decoding = Decoding(FileBytes(self._path, max_bytes=self._limits.max_bytes), self._limits)
        try:
            self._decoding.open()
        except BaseException:
            self._decoding.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._decoding.close()

    @property
    def facts(self) -> VideoFacts:
        """What the file says of itself, with the frames decoded so far."""
        return self._decoding.facts

    @property
    def duration_ms(self) -> int:
        """Time of the last frame decoded so far."""
        return self._decoding.last_ms

    @property
    def frames_decoded(self) -> int:
        """Frames decoded so far, analysed or not."""
        return self._decoding.decoded

    def frames(self, wanted: Wanted | None = None) -> Iterator[Frame]:
        """Give the frames to analyse: those that are due, `analysed_fps` a second, times strictly increasing.

        With `wanted`, those that it wants: every frame is shown to it.
        """
        return self._decoding.frames(wanted)


def video_sha256(path: Path) -> str:
    """SHA-256 of a video file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
