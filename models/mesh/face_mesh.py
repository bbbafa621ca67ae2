"""MediaPipe's landmark network: 478 points of the face in a region, and whether there is one."""

import math
from dataclasses import dataclass, field
from typing import Final

import cv2

from models.mesh.network import Network
from models.mesh.region import Floats, ImageRgb, Region

POINTS: Final = 478
SIDE: Final = 256

LEAST_PRESENCE: Final = 0.5
"""Presence in [0, 1] below which a region shows no face; MediaPipe's default."""

_OUTER_EYE_CORNERS = (33, 263)
_BORDER = cv2.BORDER_REPLICATE
_LEAST_EXTENT_PX = 1.0

# MediaPipe looks next in 1.5 times the box of the points. The detector's regions, on which its landmarks are
# best, were 0.91 as large and 0.035 of their side lower (827 frames of 20 people): so are these.
_EXPANSION = 1.365
_LOWER = 0.035


@dataclass(frozen=True, slots=True)
class Look:
    """What the network made of a region.

    points: float32 (478, 3) in pixels of the picture, z scaled as x, smaller is nearer the camera. presence:
    of a face, in [0, 1]. picture: what the network was shown, uint8 RGB (256, 256, 3). region: where to look
    for the same face in the next frame; None where the points are one place, which gives no pose either.
    """

    points: Floats = field(repr=False)
    presence: float
    picture: ImageRgb = field(repr=False)
    region: Region | None

    @property
    def is_face(self) -> bool:
        """Whether there is a face."""
        return self.presence >= LEAST_PRESENCE and self.region is not None


class FaceMesh:
    """Places the points of one face. Not shared between threads."""

    def __init__(self, content: bytes) -> None:
        self._network = Network(
            content, name="face_landmarks_detector.tflite", takes=(1, SIDE, SIDE, 3), gives=(3 * POINTS, 1, 1)
        )

    def look(self, image_rgb: ImageRgb, region: Region) -> Look:
        """Look for a face in a region of uint8 RGB (h, w, 3)."""
        picture = region.cut(image_rgb, SIDE, border=_BORDER)
        raw, presence, _ = self._network.run(picture, scale=1 / 255)
        points = region.to_picture(raw.reshape(POINTS, 3), SIDE)
        return Look(points, (1 + math.tanh(float(presence[0]) / 2)) / 2, picture, next_region(points))


def next_region(points: Floats) -> Region | None:
    """Where to look for the same face in the next frame: a square, turned to make the eyes level.

    None where points (478, 3) are one place or none.
    """
    left, top, near = points.min(axis=0).tolist()
    right, bottom, far = points.max(axis=0).tolist()
    wide, high = right - left, bottom - top
    if not (math.isfinite(wide + high + far - near) and min(wide, high) > _LEAST_EXTENT_PX):
        return None
    (start_x, start_y, _), (end_x, end_y, _) = points[_OUTER_EYE_CORNERS, :].tolist()
    side = max(wide, high) * _EXPANSION
    angle = math.atan2(end_y - start_y, end_x - start_x)
    return Region(
        (left + right) / 2 - _LOWER * side * math.sin(angle),
        (top + bottom) / 2 + _LOWER * side * math.cos(angle),
        side,
        side,
        angle,
    )
