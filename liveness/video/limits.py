"""How much of a video is read, and at what cost."""

from dataclasses import dataclass
from typing import Final

MAX_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """What is read of a video. A recorder stops a little late, hence the tolerance in seconds.

    opening_cpu_s and decoding_cpu_s bound the processor time of reading alone, not that of whoever looks at
    the frames: an honest clip takes a hundredth of them.
    """

    max_bytes: int = MAX_BYTES
    max_seconds: float = 30.0
    tolerance_s: float = 1.0
    max_side_px: int = 4096
    max_pixels: int = 3840 * 2160
    max_frames: int = 30 * 240
    analysed_side_px: int = 720
    analysed_fps: float = 12.0
    opening_cpu_s: float = 2.0
    decoding_cpu_s: float = 60.0

    def __post_init__(self) -> None:
        if min(self.max_bytes, self.max_pixels, self.max_frames, self.analysed_side_px) <= 0:
            raise ValueError("limits must be positive")
        if min(self.max_seconds, self.analysed_fps, self.opening_cpu_s, self.decoding_cpu_s) <= 0:
            raise ValueError("limits must be positive")

    @property
    def last_ms(self) -> float:
        """The time, in ms from the first frame, after which a video is too long."""
        return (self.max_seconds + self.tolerance_s) * 1000
