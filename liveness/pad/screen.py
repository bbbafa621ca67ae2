"""What a screen or a sheet of paper leaves in the picture: moire of two pixel grids, and straight edges."""

from dataclasses import dataclass, field
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from liveness.pad.measurement import Measurement, Unit
from models.landmarks import FaceObservation

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

STEP_MS: Final = 1000
LATER_STEP_MS: Final = 2000
EARLY_LOOKS: Final = 5
LEAST_LOOKS: Final = 3
PATCH_PX: Final = 160
LINES_PX: Final = 320

_LEAST_FREQUENCY, _MOST_FREQUENCY = 0.09, 0.47
_OFF_AXES_DEG = 6.0
_FINE_SIGMA_PX = 2.5
_AROUND_BINS = 21
_UPRIGHT_DEG = 20.0
_LEAST_OVERLAP = 0.5
_NEAR, _FAR, _FAR_BELOW = 0.05, 1.2, 1.5


@dataclass(slots=True)
class ScreenWatch:
    """Looks at the face's patch at full size and at what frames it."""

    moire: list[tuple[int, float]] = field(default_factory=list)
    edges: list[tuple[int, int]] = field(default_factory=list)
    ranges: list[tuple[int, float]] = field(default_factory=list)
    _window: Floats = field(default_factory=lambda: _window(PATCH_PX))
    _looked_at: npt.NDArray[np.bool_] = field(default_factory=lambda: _off_axes(PATCH_PX))

    def look(self, time_ms: int, grey: Grey, face: FaceObservation) -> None:
        """Measure one frame, grey uint8 (h, w)."""
        patch = _patch(grey, face.box)
        if patch is not None:
            self.moire.append((time_ms, interference(patch, self._window, self._looked_at)))
        self.edges.append((time_ms, framing_sides(grey, face.box)))
        left, top, right, bottom = (round(max(edge, 0.0)) for edge in face.box)
        skin = grey[top : bottom + 1, left : right + 1]
        if skin.size:
            dark, bright = np.percentile(skin[::2, ::2], [5, 95])
            self.ranges.append((time_ms, float(bright - dark)))

    def measure(self) -> tuple[Measurement, ...]:
        """Moire (how far a peak stands out of the spectrum), edges (sides) and the light's range."""
        return (
            _median("moire", self.moire, Unit.NATS),
            _mean("screen_edges", self.edges, Unit.COUNT),
            _median("flat_light", self.ranges, Unit.LEVELS),
        )


def interference(patch: Grey, window: Floats, looked_at: npt.NDArray[np.bool_]) -> float:
    """How far the sharpest peak stands out of the spectrum around it, in natural logarithms of power.

    Frequencies along the axes are left out: blocks of a codec, hair and stripes of clothes lie there.
    """
    fine = patch.astype(np.float32)
    fine -= cv2.GaussianBlur(fine, (0, 0), _FINE_SIGMA_PX)
    power = np.abs(np.fft.fftshift(np.fft.rfft2(fine * window), axes=0)) ** 2
    level = np.log(cv2.GaussianBlur(power.astype(np.float32), (3, 3), 0) + 1.0)
    above = level - cv2.blur(level, (_AROUND_BINS, _AROUND_BINS))
    return float(above[looked_at].max())


def framing_sides(grey: Grey, box: tuple[float, float, float, float]) -> int:
    """On how many sides, 0 to 4, a long straight edge runs along the face, as that of a screen does."""
    scale = LINES_PX / max(grey.shape)
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    left, top, right, bottom = (edge * scale for edge in box)
    wide, high = right - left, bottom - top
    found: Any = cv2.HoughLinesP(  # None where there is no line
        cv2.Canny(small, 40, 110), 1, np.pi / 180, 30, minLineLength=0.8 * high, maxLineGap=5
    )
    if found is None:
        return 0
    ends = found[:, 0].astype(np.float64)
    middle = (ends[:, :2] + ends[:, 2:]) / 2
    low, upper = np.minimum(ends[:, :2], ends[:, 2:]), np.maximum(ends[:, :2], ends[:, 2:])
    slope = np.degrees(np.arctan2(ends[:, 3] - ends[:, 1], ends[:, 2] - ends[:, 0])) % 180
    beside = np.minimum(upper[:, 1], bottom) - np.maximum(low[:, 1], top) >= _LEAST_OVERLAP * high
    over = np.minimum(upper[:, 0], right) - np.maximum(low[:, 0], left) >= _LEAST_OVERLAP * wide
    standing = (np.abs(slope - 90) < _UPRIGHT_DEG) & beside
    lying = ((slope < _UPRIGHT_DEG) | (slope > 180 - _UPRIGHT_DEG)) & over
    x, y = middle.T
    sides = (
        standing & (left - _FAR * wide < x) & (x < left - _NEAR * wide),
        standing & (right + _NEAR * wide < x) & (x < right + _FAR * wide),
        lying & (top - _FAR * high < y) & (y < top - 2 * _NEAR * high),
        lying & (bottom + 2 * _NEAR * high < y) & (y < bottom + _FAR_BELOW * high),
    )
    return sum(bool(side.any()) for side in sides)


def _patch(grey: Grey, box: tuple[float, float, float, float]) -> Grey | None:
    """The middle of the face, PATCH_PX square and not scaled; None where the picture is too small."""
    height, width = grey.shape
    if min(height, width) < PATCH_PX:
        return None
    left = round(min(max((box[0] + box[2] - PATCH_PX) / 2, 0.0), width - PATCH_PX))
    top = round(min(max((box[1] + box[3] - PATCH_PX) / 2, 0.0), height - PATCH_PX))
    return grey[top : top + PATCH_PX, left : left + PATCH_PX]


def _window(side: int) -> Floats:
    """Fades a patch out to its rims, (side, side)."""
    return np.outer(np.hanning(side), np.hanning(side)).astype(np.float32)


def _off_axes(side: int) -> npt.NDArray[np.bool_]:
    """Which frequencies of a shifted half spectrum count."""
    down, across = np.fft.fftshift(np.fft.fftfreq(side))[:, None], np.fft.rfftfreq(side)[None]
    distance = np.hypot(down, across)
    angle = np.degrees(np.arctan2(np.abs(down), across))
    fit = (distance > _LEAST_FREQUENCY) & (distance < _MOST_FREQUENCY)
    return np.asarray(fit & (angle > _OFF_AXES_DEG) & (angle < 90 - _OFF_AXES_DEG))


def _median(name: str, values: list[tuple[int, float]], unit: Unit) -> Measurement:
    if len(values) < LEAST_LOOKS:
        return Measurement(name, None, unit, looks=len(values))
    at_ms, _ = max(values, key=lambda item: item[1])
    return Measurement(name, float(np.median([value for _, value in values])), unit, at_ms, looks=len(values))


def _mean(name: str, values: list[tuple[int, int]], unit: Unit) -> Measurement:
    if len(values) < LEAST_LOOKS:
        return Measurement(name, None, unit, looks=len(values))
    at_ms, _ = max(values, key=lambda item: item[1])
    return Measurement(name, float(np.mean([value for _, value in values])), unit, at_ms, looks=len(values))
