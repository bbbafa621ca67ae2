"""What a video says of itself: its header, its tags, the clock of its frames and what each of them weighs.

Evidence of where a file comes from, never proof: a tag is what a writer chose to write.
"""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

TOLD_TAGS: Final = frozenset(
    {
        *("encoder", "writing_application", "muxing_application", "software", "comment"),
        *("major_brand", "minor_version", "compatible_brands", "handler_name", "vendor_id"),
        *("make", "model", "com.apple.quicktime.make", "com.apple.quicktime.model"),
        *("com.apple.quicktime.software", "com.android.version", "com.android.manufacturer"),
        *("com.android.model", "com.android.capture.fps"),
    }
)
"""Tags that tell of the device and the writer. Places, titles and names of people are left behind."""

WRITER_MARKS: Final = (b"x264 - core", b"x265 (build", b"Lavc")
"""What encoders that are programs call themselves in the data they write (H.264 and HEVC user data)."""

LEAST_STEPS: Final = 12
_LONGEST_TAG = 120
_LONGEST_WRITER = 48
_WRITER_WITHIN = 4096
_TICK_SHARE = 1.01
_FINEST_TICK_MS = 0.6


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """One decoded frame: presentation time in ms from the first, bytes as coded, whether it stands alone."""

    time_ms: float
    size_bytes: int
    is_key: bool


@dataclass(frozen=True, slots=True)
class FrameClock:
    """How even the times of the frames are.

    deviation_ms: the farthest that any frame lies from an even beat; a sensor's clock wanders by
    milliseconds, a program that writes frames one after the other does not. is_constant is False where the
    frames are too few to tell.
    """

    frames: int
    median_step_ms: float
    longest_step_ms: float
    deviation_ms: float
    is_constant: bool


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What is known of a file. Width and height as coded, in pixels.

    declared_ms, declared_fps: as the header has them, None where it has none. tags: (where.name, value) of
    the container and the picture's track. bitstream_writer: the name that an encoder left inside the
    picture's data. tick_ms: the finest step that the container's times can have. frames: those decoded so
    far.
    """

    container: str
    codec: str
    width: int
    height: int
    declared_ms: int | None
    encoder: str
    tags: tuple[tuple[str, str], ...] = ()
    bitstream_writer: str = ""
    pixel_format: str = ""
    declared_fps: float | None = None
    tick_ms: float = 1.0
    has_sound: bool = False
    frames: tuple[FrameFacts, ...] = field(default=(), repr=False)

    def tag(self, name: str) -> str:
        """The value of a tag, as `container.encoder` or `picture.handler_name`, empty where it is missing."""
        return dict(self.tags).get(name, "")

    @property
    def clock(self) -> FrameClock:
        """How even the times of the frames decoded so far are."""
        return frame_clock([frame.time_ms for frame in self.frames], tick_ms=self.tick_ms)


def frame_clock(times_ms: list[float], *, tick_ms: float) -> FrameClock:
    """Measure how far times lie from the even beat that fits them best."""
    steps = [after - before for before, after in pairwise(times_ms)]
    if not steps:
        return FrameClock(len(times_ms), 0.0, 0.0, 0.0, is_constant=False)
    beat = statistics.linear_regression(range(len(times_ms)), times_ms)
    away = [abs(time - beat.intercept - beat.slope * index) for index, time in enumerate(times_ms)]
    deviation_ms = max(away)
    even = deviation_ms <= max(tick_ms * _TICK_SHARE, _FINEST_TICK_MS)
    return FrameClock(
        frames=len(times_ms),
        median_step_ms=statistics.median(steps),
        longest_step_ms=max(steps),
        deviation_ms=deviation_ms,
        is_constant=even and len(steps) >= LEAST_STEPS,
    )


def told_tags(*, container: Mapping[str, str], picture: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The tags worth keeping, short and printable."""
    return tuple(
        (f"{where}.{name.lower()}", _printable(value))
        for where, tags in (("container", container), ("picture", picture))
        for name, value in sorted(tags.items())
        if name.lower() in TOLD_TAGS
    )


def bitstream_writer(extradata: bytes, first_packet: bytes) -> str:
    """The name that a software encoder wrote into the picture's data, empty where there is none."""
    for data in (extradata, first_packet[:_WRITER_WITHIN]):
        for mark in WRITER_MARKS:
            at = data.find(mark)
            if at >= 0:
                return _printable(data[at : at + _LONGEST_WRITER].split(b"\0")[0].decode("latin-1"))
    return ""


def _printable(value: str) -> str:
    return "".join(letter for letter in value[:_LONGEST_TAG] if letter.isprintable())
