"""Bands of light that roll through the picture: a screen's refresh, or a lamp that flickers."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from liveness.pad.depth import Doubles
from liveness.pad.measurement import Measurement, Unit
from models.landmarks import ImageRgb

STEP_MS: Final = 60
ROWS: Final = 32
MARGIN: Final = 0.12
LEAST_FRAMES: Final = 32
MOST_BANDS: Final = 6
LEAST_ROLL_HZ: Final = 0.8
_ROWS_IN_ONE = 4


@dataclass(slots=True)
class BandWatch:
    """Keeps the brightness of the rows at the left and the right edge of the picture."""

    rows: list[Doubles] = field(default_factory=list)
    times_ms: list[int] = field(default_factory=list)
    _due_ms: int = 0

    def look(self, time_ms: int, image_rgb: ImageRgb) -> None:
        """Keep one frame's rows."""
        if time_ms < self._due_ms:
            return
        self._due_ms = time_ms + STEP_MS
        height, width = image_rgb.shape[:2]
        step, margin = max(1, height // (_ROWS_IN_ONE * ROWS)), max(1, round(MARGIN * width))
        sides = (slice(0, margin, step), slice(-margin, None, step))
        edges = np.stack([image_rgb[::step, side, 1].mean(axis=1) for side in sides])
        if edges.shape[1] < ROWS:
            return
        parts = np.linspace(0, edges.shape[1], ROWS + 1).astype(int)
        self.times_ms.append(time_ms)
        self.rows.append(np.add.reduceat(edges, parts[:-1], axis=1) / np.diff(parts))

    def measure(self) -> Measurement:
        """Amplitude of the strongest band that rolls alike at both edges, in grey levels.

        What moves in the room or with the hand differs between the edges, goes both ways and is slow; so only
        what rolls one way and faster than a hand is counted.
        """
        if len(self.rows) < LEAST_FRAMES:
            return Measurement("refresh_bands", None, Unit.LEVELS, looks=len(self.rows))
        shown = np.stack(self.rows)
        shown -= shown.mean(axis=0)
        shown -= shown.mean(axis=2, keepdims=True)
        window = np.hanning(len(shown))[:, None]
        left, right = (np.fft.fft2(shown[:, side] * window) for side in (0, 1))
        alike = (left * right.conj()).real[:, 1 : MOST_BANDS + 1]
        one_way = alike - np.roll(alike[::-1], 1, axis=0)
        step_s = float(np.median(np.diff(self.times_ms))) / 1000.0
        one_way[np.abs(np.fft.fftfreq(len(shown), step_s)) < LEAST_ROLL_HZ] = 0.0
        amplitude = 2 * np.sqrt(max(float(one_way.max()), 0.0)) / (window.sum() * ROWS)
        return Measurement("refresh_bands", float(amplitude), Unit.LEVELS, looks=len(self.rows))
