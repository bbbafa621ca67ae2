"""A phone's camera in a hand: it trembles, its sensor is noisy, its exposure breathes, frames come late."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from liveness.synthesis.portrait import ImageRgb

NOISE_TILES = 6


@dataclass(frozen=True, slots=True)
class Camera:
    """How the scene is taken.

    tremor_px: amplitude of the hand's movement at 480 pixels' width. noise_sigma: in grey levels of 0-255.
    gain: relative change of the exposure. variable_rate: share of the frame time by which a frame may be
    late; with it some frames are dropped too, as phones do in poor light.
    """

    width: int = 480
    height: int = 854
    fps: float = 30.0
    tremor_px: float = 3.0
    noise_sigma: float = 2.5
    gain: float = 0.008
    variable_rate: float = 0.0

    def __post_init__(self) -> None:
        if self.width % 2 or self.height % 2 or not 64 <= min(self.width, self.height) <= 4096:
            raise ValueError("width and height are even and from 64 to 4096 pixels")
        if not 1 <= self.fps <= 120:
            raise ValueError("fps is from 1 to 120")
        if not 0 <= self.variable_rate < 1:
            raise ValueError("variable_rate is a share from 0 to below 1")
        if min(self.tremor_px, self.noise_sigma, self.gain) < 0:
            raise ValueError("tremor, noise and gain are not negative")

    def times_ms(self, duration_s: float, *, random: np.random.Generator) -> tuple[int, ...]:
        """Give the presentation times of all frames, strictly rising from 0."""
        step_ms = 1000 / self.fps
        count = max(1, round(duration_s * self.fps))
        if not self.variable_rate:
            return tuple(round(number * step_ms) for number in range(count))
        late = random.uniform(0, self.variable_rate, count) * step_ms
        kept = random.random(count) > 0.1 * self.variable_rate
        kept[[0, -1]] = True
        times = [round(number * step_ms + late[number]) for number in range(count) if kept[number]]
        return tuple(time - times[0] for time in times)


class Hand:
    """The hand and the sensor of one recording; the same seed gives the same recording."""

    def __init__(self, camera: Camera, *, random: np.random.Generator) -> None:
        self._camera = camera
        self._random = random
        self._phases = random.uniform(0, 2 * np.pi, 8)
        self._rates = random.uniform(0.25, 1.1, 8)
        shape = (camera.height, camera.width, 3)
        self._noise = [
            np.round(random.normal(0, camera.noise_sigma, shape)).astype(np.int16)
            for _ in range(NOISE_TILES if camera.noise_sigma else 0)
        ]

    def take(self, picture: ImageRgb, *, time_s: float) -> ImageRgb:
        """Give the picture as this hand and sensor take it at that time."""
        camera = self._camera
        waves = np.sin(2 * np.pi * self._rates * time_s + self._phases)
        reach = camera.tremor_px * camera.width / 480
        roll_deg = 0.12 * camera.tremor_px * waves[4]
        scale = 1.01 + 0.0015 * camera.tremor_px * waves[5]
        matrix = cv2.getRotationMatrix2D((camera.width / 2, camera.height / 2), float(roll_deg), float(scale))
        shift = np.column_stack([np.zeros((2, 2)), reach * (0.7 * waves[:2] + 0.3 * waves[2:4])])
        taken = cv2.warpAffine(
            picture, matrix + shift, (camera.width, camera.height), borderMode=cv2.BORDER_REFLECT_101
        )
        gain = 1 + camera.gain * waves[6]
        if self._noise:
            return self._noisy(np.asarray(taken, np.uint8), gain=float(gain))
        return np.asarray(cv2.convertScaleAbs(taken, alpha=float(gain)), np.uint8)

    def _noisy(self, taken: ImageRgb, *, gain: float) -> ImageRgb:
        """Scale by the gain and add one tile of noise, shifted by a random number of rows."""
        tile: npt.NDArray[np.int16] = self._noise[int(self._random.integers(NOISE_TILES))]
        shift = int(self._random.integers(len(tile)))
        brighter = cv2.convertScaleAbs(taken, alpha=gain)
        noisy = np.empty_like(taken)
        split = len(tile) - shift
        for rows, source in ((slice(0, split), tile[shift:]), (slice(split, None), tile[:shift])):
            if len(source):
                noisy[rows] = cv2.add(brighter[rows], source, dtype=cv2.CV_8U)
        return noisy


def film(pictures: Iterator[tuple[int, ImageRgb]], hand: Hand) -> Iterator[tuple[int, ImageRgb]]:
    """Take each (time in ms, picture) with the hand."""
    for time_ms, picture in pictures:
        yield time_ms, hand.take(picture, time_s=time_ms / 1000)
