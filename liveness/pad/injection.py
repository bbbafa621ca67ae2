"""What a file shows that was not filmed: a clock without jitter, no sensor noise, a desktop's encoder.

Each is a hint for the reviewer and proves nothing: a phone may write a constant rate, compression eats noise,
and any tag can be forged or stripped.
"""

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from liveness.pad.measurement import Measurement, Unit
from liveness.video.facts import LEAST_STEPS, VideoFacts

DESKTOP_WRITERS: Final = (
    *(
        "lavf",
        "lavc",
        "handbrake",
        "x264",
        "x265",
        "obs-output",
        "obs studio",
        "adobe",
        "davinci",
        "mencoder",
    ),
    *("gstreamer", "l-smash", "virtualdub", "manycam", "capcut"),
)
NOISE_STEP_MS: Final = 1000
LEAST_LOOKS: Final = 3

_BLOCK_PX = 8
_QUIET_SHARE = 0.2
_MOST_GAP_MS = 200


def clock_jitter(facts: VideoFacts) -> Measurement:
    """How far the frames lie from an even beat at most, in ms.

    What the container's own ticks round, a millisecond in webm, is no jitter: an even clock reads 0.
    """
    clock = facts.clock
    if clock.frames <= LEAST_STEPS:
        return Measurement("frame_clock", None, Unit.MILLISECONDS, looks=clock.frames)
    value = 0.0 if clock.is_constant else clock.deviation_ms
    return Measurement("frame_clock", value, Unit.MILLISECONDS, looks=clock.frames)


def desktop_encoder(facts: VideoFacts) -> Measurement:
    """Whether the file names software that no phone records with, in its tags or its pictures: 1 or 0."""
    told = " ".join([facts.encoder, facts.bitstream_writer, *(value for _, value in facts.tags)]).lower()
    found = any(name in told for name in DESKTOP_WRITERS)
    return Measurement("encoder", float(found), Unit.COUNT, looks=1)


@dataclass(slots=True)
class NoiseWatch:
    """Compares neighbouring frames where least moves, once a second: a sensor is never quiet."""

    levels: list[tuple[int, float]] = field(default_factory=list)
    _before: npt.NDArray[np.uint8] | None = field(default=None, repr=False)
    _before_ms: int = 0

    def wants(self, time_ms: int) -> bool:
        """Whether it looks at the frame of this time: pairs of neighbours, one pair a second."""
        if self._before is not None:
            return True
        return not self.levels or time_ms >= self.levels[-1][0] + NOISE_STEP_MS

    def look(self, time_ms: int, grey: npt.NDArray[np.uint8]) -> None:
        """Keep a frame, or compare it with the one kept, uint8 (h, w). Less than a block is left out."""
        if min(grey.shape) < _BLOCK_PX:
            return
        before, self._before = self._before, None
        if before is None or before.shape != grey.shape or time_ms - self._before_ms > _MOST_GAP_MS:
            self._before, self._before_ms = grey, time_ms
            return
        rows, columns = (side // _BLOCK_PX * _BLOCK_PX for side in grey.shape)
        change = cv2.absdiff(grey[:rows, :columns], before[:rows, :columns]).astype(np.float32)
        size = (columns // _BLOCK_PX, rows // _BLOCK_PX)
        self.levels.append(
            (
                time_ms,
                float(np.quantile(cv2.resize(change, size, interpolation=cv2.INTER_AREA), _QUIET_SHARE)),
            )
        )

    def measure(self) -> Measurement:
        """Mean change in the quietest fifth of the picture, in grey levels, median over the looks."""
        if len(self.levels) < LEAST_LOOKS:
            return Measurement("sensor_noise", None, Unit.LEVELS, looks=len(self.levels))
        at_ms, _ = min(self.levels, key=lambda item: item[1])
        value = float(np.median([level for _, level in self.levels]))
        return Measurement("sensor_noise", value, Unit.LEVELS, at_ms, looks=len(self.levels))
