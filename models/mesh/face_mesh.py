"""MediaPipe's landmark network: 478 points of the face in a region, and whether there is one."""

from typing import Final

import cv2
import numpy as np

from models.mesh.network import Network
from models.mesh.region import Floats, ImageRgb, Region

POINTS: Final = 478
SIDE: Final = 256

_OUTER_EYE_CORNERS = (33, 263)
_BORDER = cv2.BORDER_REPLICATE

# MediaPipe looks next in 1.5 times the box of the points. The detector's regions, on which its landmarks are
# best, were 0.91 as large and 0.035 of their side lower (827 frames of 20 people): so are these.
_EXPANSION = 1.365
_LOWER = 0.035


class FaceMesh:
    """Places the points of one face. Not shared between threads."""

    def __init__(self, content: bytes) -> None:
        self._network = Network(
            content, name="face_landmarks_detector.tflite", takes=(1, SIDE, SIDE, 3), gives=(3 * POINTS, 1, 1)
        )

    def place(self, image_rgb: ImageRgb, region: Region) -> tuple[Floats, float]:
        """Points of the face in a region of uint8 RGB (h, w, 3), and its presence in [0, 1].

        Points are float32 (478, 3) in pixels of the picture, z scaled as x, smaller is nearer the camera.
        """
        raw, presence, _ = self._network.run(region.cut(image_rgb, SIDE, border=_BORDER), scale=1 / 255)
        points = region.to_picture(raw.reshape(POINTS, 3), SIDE)
        return points, float(1 + np.tanh(presence[0] / 2)) / 2


def next_region(points: Floats) -> Region:
    """Where to look for the same face in the next frame: a square, turned to make the eyes level."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    side = float((high - low).max()) * _EXPANSION
    start, end = (points[corner] for corner in _OUTER_EYE_CORNERS)
    angle = float(np.arctan2(end[1] - start[1], end[0] - start[0]))
    centre = (low + high) / 2 + _LOWER * side * np.array([-np.sin(angle), np.cos(angle)])
    return Region(float(centre[0]), float(centre[1]), side, side, angle)


def has_extent(points: Floats) -> bool:
    """Whether points are more than one place, which gives no pose and no next region."""
    return bool(np.isfinite(points).all() and np.ptp(points[:, :2], axis=0).min() > 1.0)
