"""Everything attack detection looks at in the pixels, in the one pass over a clip."""

from dataclasses import dataclass, field
from typing import Self

import cv2
import numpy as np

from liveness.pad import screen, surface
from liveness.pad.bands import BandWatch
from liveness.pad.injection import NoiseWatch
from liveness.pad.measurement import Measurement
from liveness.pad.repeats import RepeatWatch
from liveness.pad.screen import ScreenWatch
from liveness.pad.surface import SurfaceWatch
from liveness.pad.texture import TextureWatch
from liveness.video.frame import Glimpse
from models.landmarks import FaceObservation, ImageRgb
from models.pad.passive import PassiveLivenessNetwork
from models.weights import WeightStatus, WeightStore

TEXTURE_WEIGHT = "fr_liveness"


@dataclass(slots=True)
class PadSamplers:
    """One of each watch; a FrameSampler. New ones for every clip.

    A frame is made grey at most once, and only where one of them is due.
    """

    texture: TextureWatch = field(default_factory=TextureWatch)
    surface: SurfaceWatch = field(default_factory=SurfaceWatch)
    screen: ScreenWatch = field(default_factory=ScreenWatch)
    repeats: RepeatWatch = field(default_factory=RepeatWatch)
    bands: BandWatch = field(default_factory=BandWatch)
    noise: NoiseWatch = field(default_factory=NoiseWatch)
    _surface_due_ms: int = 0
    _screen_due_ms: int = 0

    @classmethod
    def of(cls, weights: WeightStore) -> Self:
        """With the optional passive network where its weights are installed. Raises WeightDigestMismatch."""
        if weights.status(TEXTURE_WEIGHT) is WeightStatus.MISSING:
            return cls()
        return cls(texture=TextureWatch(PassiveLivenessNetwork(weights.path(TEXTURE_WEIGHT))))

    def glance(self, time_ms: int, glimpse: Glimpse) -> None:
        """Be told of every frame before anybody decides whether to analyse it."""
        if self.repeats.wants(time_ms):
            self.repeats.look(time_ms, glimpse.thumbnail)

    def look(self, time_ms: int, image_rgb: ImageRgb, face: FaceObservation | None) -> None:
        """Show one frame to those who are due."""
        self.bands.look(time_ms, image_rgb)
        wants_surface = face is not None and time_ms >= self._surface_due_ms
        wants_screen = face is not None and time_ms >= self._screen_due_ms
        wants_noise = self.noise.wants(time_ms)
        if wants_surface or wants_screen or wants_noise:
            grey = np.asarray(cv2.cvtColor(image_rgb, cv2.COLOR_RGB2GRAY), np.uint8)
            if wants_noise:
                self.noise.look(time_ms, grey)
            if face is not None and wants_surface:
                self._surface_due_ms = time_ms + surface.STEP_MS
                self.surface.look(time_ms, grey, face)
            if face is not None and wants_screen:
                early = len(self.screen.edges) < screen.EARLY_LOOKS
                self._screen_due_ms = time_ms + (screen.STEP_MS if early else screen.LATER_STEP_MS)
                self.screen.look(time_ms, grey, face)
        if face is not None:
            self.texture.look(time_ms, image_rgb, face)

    def measure(self) -> tuple[Measurement, ...]:
        """Everything that was seen in the pixels."""
        return (
            self.surface.measure(),
            self.texture.measure(),
            *self.screen.measure(),
            self.repeats.measure(),
            self.bands.measure(),
            self.noise.measure(),
        )
