"""Where the face stands in the picture, how fast it moves, whether glasses shine: frame by frame."""

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from models.landmarks import FaceObservation, Floats, ImageRgb

GLARE_STEP_MS: Final = 250
"""Reflections come and go slowly; they are looked for four times a second."""

SPEED_STEP_MS: Final = 120
"""Speed is read over at least this long, so that the jitter of single frames does not count."""

BRIGHT: Final = 235
BRIGHTEST: Final = 250
BRIGHTER_THAN_FACE: Final = 10
BRIGHTER_THAN_AROUND: Final = 30
AROUND_QUANTILE: Final = 0.7
WASHED_OUT_FACE: Final = 225
"""On a brighter face nothing can be told: skin without detail shines as lenses do."""

COLOURLESS: Final = 60

_NOTHING = float("nan")
# Half width, and reach above and below the eye of the region in which a lens lies, in eye distances.
_LENS = (0.38, 0.26, 0.24)
_AROUND = 0.06
_SKIN_STEP = 4
_SQUARE = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Framing:
    """How the face stands in one frame; numbers are NaN where they could not be measured.

    size: the larger of face width over picture width and face height over picture height. outside: share of
    the face's box beyond the edges. off_centre: distance of the face's middle from that of the picture, in
    picture widths or heights, 0.5 at the edge. speed: of the face's middle, in face widths a second. glare:
    share of the worse eye's region that is a colourless reflection, in [0, 1].
    """

    time_ms: int
    size: float = _NOTHING
    outside: float = _NOTHING
    off_centre: float = _NOTHING
    speed: float = _NOTHING
    glare: float = _NOTHING


@dataclass(slots=True)
class FramingWatch:
    """A FrameSampler that keeps one Framing per analysed frame. One per clip."""

    readings: list[Framing] = field(default_factory=list)
    _anchor: tuple[int, float, float] | None = None
    _speed: float = _NOTHING
    _glare_due_ms: int = 0
    _glare: float = _NOTHING

    def look(self, time_ms: int, image_rgb: ImageRgb, face: FaceObservation | None) -> None:
        """Measure one frame."""
        if face is None:
            self._anchor, self._speed, self._glare, self._glare_due_ms = None, _NOTHING, _NOTHING, 0
            self.readings.append(Framing(time_ms))
            return
        height, width = image_rgb.shape[:2]
        left, top, right, bottom = face.box
        across, along = (left + right) / 2, (top + bottom) / 2
        self._measure_speed(time_ms, across, along, max(1.0, right - left))
        if time_ms >= self._glare_due_ms:
            self._glare_due_ms = time_ms + GLARE_STEP_MS
            self._glare = measure_glare(image_rgb, face.five_points)
        self.readings.append(
            Framing(
                time_ms=time_ms,
                size=max((right - left) / width, (bottom - top) / height),
                outside=_outside(face.box, width, height),
                off_centre=max(abs(across / width - 0.5), abs(along / height - 0.5)),
                speed=self._speed,
                glare=self._glare,
            )
        )

    @property
    def latest(self) -> Framing:
        """The reading of the frame that was seen last. Raises IndexError where none was."""
        return self.readings[-1]

    def _measure_speed(self, time_ms: int, across: float, along: float, face_px: float) -> None:
        if self._anchor is None:
            self._anchor = (time_ms, across, along)
            return
        before_ms, before_x, before_y = self._anchor
        if time_ms - before_ms >= SPEED_STEP_MS:
            moved = float(np.hypot(across - before_x, along - before_y)) / face_px
            self._speed = 1000.0 * moved / (time_ms - before_ms)
            self._anchor = (time_ms, across, along)


def measure_glare(image_rgb: ImageRgb, five_points: Floats) -> float:
    """Share of the worse eye's region that shines without colour and stands out from around it, or NaN.

    five_points as in a Probe, in pixels. A lens in front of the eye shines in a patch; the small light in a
    pupil and the white of the eye stay below a hundredth.
    """
    eye_distance = float(np.linalg.norm(five_points[1] - five_points[0]))
    low, high = five_points.min(axis=0).tolist(), five_points.max(axis=0).tolist()
    middle = _cut(image_rgb, low[0], low[1], high[0], high[1])
    if not middle.size:
        return _NOTHING
    sparse = middle[::_SKIN_STEP, ::_SKIN_STEP]
    skin = float(np.median(np.maximum(np.maximum(sparse[..., 0], sparse[..., 1]), sparse[..., 2])))
    if skin > WASHED_OUT_FACE:
        return _NOTHING
    level = max(BRIGHT, min(skin + BRIGHTER_THAN_FACE, BRIGHTEST))
    aside, above, below = (share * eye_distance for share in _LENS)
    width = max(2, round(_AROUND * eye_distance))
    regions = (
        _cut(image_rgb, x - aside, y - above, x + aside, y + below) for x, y in five_points[:2].tolist()
    )
    return max((_shine(region, level, width) for region in regions if region.size), default=_NOTHING)


def _shine(region: ImageRgb, level: float, width: int) -> float:
    """Share of a region that shines, if it stands out from what lies around it; bright skin does not."""
    if float(region.max()) < level:
        return 0.0
    hsv = cv2.cvtColor(region, cv2.COLOR_RGB2HSV)
    value = np.ascontiguousarray(hsv[..., 2])
    bright = ((value >= level) & (hsv[..., 1] < COLOURLESS)).astype(np.uint8)
    shining = cv2.countNonZero(bright)
    if not shining:
        return 0.0
    around = value[cv2.dilate(bright, _SQUARE, iterations=width) > cv2.dilate(bright, _SQUARE)]
    if not around.size:
        return 0.0
    step = cv2.mean(value, bright)[0] - float(np.quantile(around, AROUND_QUANTILE))
    return shining / bright.size if step >= BRIGHTER_THAN_AROUND else 0.0


def _cut(image_rgb: ImageRgb, left: float, top: float, right: float, bottom: float) -> ImageRgb:
    height, width = image_rgb.shape[:2]
    rows = slice(int(min(max(top, 0), height)), int(min(max(bottom + 1, 0), height)))
    columns = slice(int(min(max(left, 0), width)), int(min(max(right + 1, 0), width)))
    return np.ascontiguousarray(image_rgb[rows, columns])


def _outside(box: tuple[float, float, float, float], width: int, height: int) -> float:
    left, top, right, bottom = box
    area = max(1e-6, (right - left) * (bottom - top))
    inside = max(0.0, min(right, width) - max(left, 0.0)) * max(0.0, min(bottom, height) - max(top, 0.0))
    return 1.0 - inside / area
