"""Of which frames a picture of the head is kept: four a second, and wherever the face moved since the last.

To cut out and compress a head costs a millisecond and 60-100 kB. Whoever looks for the picture of a moment
takes the nearest, which shows the same: that of an open mouth shows it as open as it was.
"""

from dataclasses import dataclass
from typing import Final

from liveness.observation.signals import Sample

HEAD_STEP_MS: Final = 250

BLINK_STEP: Final = 0.12
MOUTH_STEP: Final = 0.05
SMILE_STEP: Final = 0.2
TURN_STEP_DEG: Final = 4.0


@dataclass(slots=True)
class HeadPlan:
    """Remembers how the face was when its head was kept last. One per clip."""

    _last: Sample | None = None

    def wants(self, sample: Sample) -> bool:
        """Whether the head of this frame, which shows a face, is to be kept; taken as kept where it is."""
        last = self._last
        if last is None or sample.time_ms - last.time_ms >= HEAD_STEP_MS or _moved(last, sample):
            self._last = sample
            return True
        return False


def _moved(last: Sample, sample: Sample) -> bool:
    turn_deg = max(
        abs(getattr(sample, angle) - getattr(last, angle)) for angle in ("pitch_deg", "yaw_deg", "roll_deg")
    )
    blink = max(abs(sample.right_blink - last.right_blink), abs(sample.left_blink - last.left_blink))
    return (
        blink > BLINK_STEP
        or abs(sample.mouth - last.mouth) > MOUTH_STEP
        or abs(sample.smile - last.smile) > SMILE_STEP
        or turn_deg > TURN_STEP_DEG
    )
