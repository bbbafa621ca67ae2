"""Which frames of a video are analysed: fewer while the face rests, more while its eyes change.

Twelve frames a second are due. The places of the eyes and of the mouth in each are compared with those of the
last analysed one, in the luma alone. A due frame in which they look the same and have not moved is passed
over, if another comes in time; then the next one is due. A picture that stands still as a whole is no resting
face, and none of it is passed over. One between two due ones is analysed where an eye
changed, since a natural blink can be over in between.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from liveness.video.reading import Glimpse
from models.landmarks import (
    LEFT_EYE_CORNERS,
    LEFT_MOUTH_CORNER,
    RIGHT_EYE_CORNERS,
    RIGHT_MOUTH_CORNER,
    FaceObservation,
    ImageRgb,
)

SAME_EYE: Final = 0.94
"""Correlation, at the best place, from which on an eye looks as before.

At 0.90 one blink in fifty of the labelled recordings was missed.
"""

SAME_MOUTH: Final = 0.8
"""The same of the mouth, which changes more while it rests and opens for longer than eyes close."""

RESTING_SHIFT: Final = 0.07
"""How far eyes and mouth of a resting face may have moved, in widths of an eye: a turn by 1.5 degrees.

At 0.15 the ends of slow nods were passed over and one in sixteen was missed.
"""

LONGEST_REST_MS: Final = 170
"""Two steps of the due frames: no movement is out of sight for as long as would break it."""

UNCHANGED_LEVELS: Final = 0.1
"""Mean change of a picture, in grey levels, below which it is the same one."""

MOST_A_SECOND: Final = 12
LEAST_STEP_MS: Final = 50
"""So many frames that are not due are analysed at most, and none so soon after another."""

_LOOKED_PX = (36, 24)
_WITHIN = (slice(4, 20), slice(6, 30))
"""What is compared within what is looked at; the rest is how far it may have moved."""
_WITHIN_AT = (_WITHIN[1].start, _WITHIN[0].start)
_REACH_ACROSS, _REACH_ALONG = 0.9, 0.6
_EYE_WIDTH_PX = _LOOKED_PX[0] / (2 * _REACH_ACROSS)
_MOUTH_SHARE = 0.6
"""Half of what is looked at around a mouth is this share of what would be around an eye as wide."""

Patch = npt.NDArray[np.uint8]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Feature:
    """An eye or the mouth in the last analysed frame: where to look for it, and how it looked."""

    box: Box
    patch: Patch = field(repr=False)

    def compare(self, glimpse: Glimpse) -> tuple[float, float]:
        """Correlation at the best place, and how far away that is, in pixels of what is looked at.

        (1, 0) where there is nothing to see.
        """
        patch = glimpse.cut(self.box)
        if min(patch.shape) < 2:
            return 1.0, 0.0
        found = cv2.matchTemplate(_looked_at(patch), self.patch, cv2.TM_CCOEFF_NORMED)
        _, likeness, _, at = cv2.minMaxLoc(found)
        return likeness, math.hypot(at[0] - _WITHIN_AT[0], at[1] - _WITHIN_AT[1])


@dataclass(slots=True)
class Attention:
    """Remembers eyes and mouth of the last analysed frame. One per clip; asked about every frame of it."""

    _eyes: tuple[Feature, ...] = ()
    _mouth: tuple[Feature, ...] = ()
    _last_ms: int = 0
    _before_ms: int = 0
    _due_picture: npt.NDArray[np.float32] | None = None
    _taken_ms: list[int] = field(default_factory=list)

    def note(self, time_ms: int, image_rgb: ImageRgb, face: FaceObservation | None) -> None:
        """An analysed frame, uint8 RGB (h, w, 3), and its face."""
        self._last_ms = time_ms
        self._eyes = self._mouth = ()
        if face is not None:
            self._eyes = tuple(_features(image_rgb, face, (RIGHT_EYE_CORNERS, LEFT_EYE_CORNERS), 1.0))
            lips = (RIGHT_MOUTH_CORNER, LEFT_MOUTH_CORNER)
            self._mouth = tuple(_features(image_rgb, face, (lips,), _MOUTH_SHARE))

    def wants(self, time_ms: int, glimpse: Glimpse) -> bool:
        """Whether a frame is to be analysed; of those that are not due at most MOST_A_SECOND."""
        step_ms, self._before_ms = time_ms - self._before_ms, time_ms
        since_ms = time_ms - self._last_ms
        if glimpse.is_due:
            stands_still = self._stands_still(glimpse)
            return stands_still or since_ms + step_ms > LONGEST_REST_MS or not self._rests(glimpse)
        if since_ms < LEAST_STEP_MS:
            return False
        self._taken_ms = [taken for taken in self._taken_ms if time_ms - taken < 1000]
        if len(self._taken_ms) >= MOST_A_SECOND:
            return False
        if all(eye.compare(glimpse)[0] >= SAME_EYE for eye in self._eyes):
            return False
        self._taken_ms.append(time_ms)
        return True

    def _stands_still(self, glimpse: Glimpse) -> bool:
        """Whether the whole picture is the one before: then it is measured for how long."""
        before, self._due_picture = self._due_picture, glimpse.thumbnail
        return before is not None and float(np.abs(before - self._due_picture).mean()) < UNCHANGED_LEVELS

    def _rests(self, glimpse: Glimpse) -> bool:
        if not self._eyes or not self._mouth:
            return False
        for features, same in ((self._eyes, SAME_EYE), (self._mouth, SAME_MOUTH)):
            for feature in features:
                likeness, shift_px = feature.compare(glimpse)
                if likeness < same or shift_px > RESTING_SHIFT * _EYE_WIDTH_PX:
                    return False
        return True


def _features(
    image_rgb: ImageRgb, face: FaceObservation, corners: Iterable[tuple[int, int]], reach: float
) -> list[Feature]:
    height, width = image_rgb.shape[:2]
    found = []
    for outer, inner in corners:
        one, other = face.points[outer, :2], face.points[inner, :2]
        (x, y), (aside, below) = ((one + other) / 2).tolist(), (one - other).tolist()
        size = reach * math.hypot(aside, below)
        across, along = _REACH_ACROSS * size, _REACH_ALONG * size
        left, right = (min(max(at, 0.0), width) for at in (x - across, x + across))
        top, bottom = (min(max(at, 0.0), height) for at in (y - along, y + along))
        box = (left / width, top / height, right / width, bottom / height)
        patch = image_rgb[round(top) : round(bottom), round(left) : round(right)]
        if min(patch.shape[:2]) > 1:
            grey = np.asarray(cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY), np.uint8)
            found.append(Feature(box, _looked_at(grey)[_WITHIN].copy()))
    return found


def _looked_at(grey: Patch) -> Patch:
    return np.asarray(cv2.resize(grey, _LOOKED_PX, interpolation=cv2.INTER_AREA), np.uint8)
