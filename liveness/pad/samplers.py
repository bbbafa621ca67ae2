"""Everything attack detection looks at in the pixels, in the one pass over a clip."""

from dataclasses import dataclass, field
from typing import Self

from liveness.pad.stillness import RepeatWatch
from liveness.pad.texture import TextureWatch
from models.landmarks import FaceObservation, ImageRgb
from models.pad.passive import PassiveLivenessNetwork
from models.weights import WeightStatus, WeightStore

TEXTURE_WEIGHT = "fr_liveness"


@dataclass(slots=True)
class PadSamplers:
    """One of each watch; a FrameSampler. New ones for every clip."""

    texture: TextureWatch = field(default_factory=TextureWatch)
    repeats: RepeatWatch = field(default_factory=RepeatWatch)

    @classmethod
    def of(cls, weights: WeightStore) -> Self:
        """With the optional passive network where its weights are installed. Raises WeightDigestMismatch."""
        if weights.status(TEXTURE_WEIGHT) is WeightStatus.MISSING:
            return cls()
        return cls(texture=TextureWatch(PassiveLivenessNetwork(weights.path(TEXTURE_WEIGHT))))

    def look(self, time_ms: int, image_rgb: ImageRgb, face: FaceObservation | None) -> None:
        """Show one frame to each."""
        for watch in (self.texture, self.repeats):
            watch.look(time_ms, image_rgb, face)
