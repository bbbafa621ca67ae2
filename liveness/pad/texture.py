"""Does the skin look like skin? An optional network's opinion of single frames, the median of several."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from liveness.pad.measurement import Measurement, Unit
from models.landmarks import FaceObservation, ImageRgb
from models.pad.passive import PassiveLivenessNetwork

STEP_MS: Final = 1000
LATER_STEP_MS: Final = 2000
EARLY_LOOKS: Final = 5
LEAST_LOOKS: Final = 3
LEAST_EYE_DISTANCE_PX: Final = 36.0


@dataclass(slots=True)
class TextureWatch:
    """Scores one frame a second, later every other; without a network nothing is measured."""

    network: PassiveLivenessNetwork | None = None
    scores: list[tuple[int, float]] = field(default_factory=list)
    _due_ms: int = 0

    def look(self, time_ms: int, image_rgb: ImageRgb, face: FaceObservation) -> None:
        """Score the frame where one is due and the face is large enough to have a texture."""
        if self.network is None or time_ms < self._due_ms:
            return
        if float(np.hypot(*(face.points[263, :2] - face.points[33, :2]))) < LEAST_EYE_DISTANCE_PX:
            return
        self._due_ms = time_ms + (STEP_MS if len(self.scores) < EARLY_LOOKS else LATER_STEP_MS)
        self.scores.append((time_ms, self.network.score(image_rgb, face.box)))

    def measure(self) -> Measurement:
        """The median score, 1 for skin and 0 for paper or a screen, and the frame that looked worst."""
        if len(self.scores) < LEAST_LOOKS:
            return Measurement("texture", None, Unit.SHARE, looks=len(self.scores), expected=True)
        at_ms, _ = min(self.scores, key=lambda item: item[1])
        median = float(np.median([score for _, score in self.scores]))
        return Measurement("texture", median, Unit.SHARE, at_ms, looks=len(self.scores))
