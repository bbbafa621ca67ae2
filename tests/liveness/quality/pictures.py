"""A public portrait as the camera might have seen it, and ways to spoil it."""

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from liveness.synthesis import astronaut
from models.landmarks import BLENDSHAPES, FaceObservation

Picture = npt.NDArray[np.uint8]

SIDE = 480


@cache
def _cropped() -> tuple[Picture, npt.NDArray[np.float32]]:
    portrait = astronaut()
    points = portrait.points.astype(np.float32)
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    scale = 0.5 * SIDE / float((high - low).max())
    middle = (low + high) / 2 * scale
    shift = np.array([SIDE / 2, SIDE / 2], np.float32) - middle
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float32)
    image = cv2.warpAffine(portrait.image, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
    moved = points * scale
    moved[:, :2] += shift
    face = FaceObservation(moved.astype(np.float32), np.zeros(BLENDSHAPES, np.float32), 0.0, 0.0, 0.0)
    return np.asarray(image, np.uint8), face.five_points


def make_portrait() -> Picture:
    """The portrait, uint8 BGR (480, 480, 3), its face half as wide."""
    return np.ascontiguousarray(_cropped()[0][:, :, ::-1])


FIVE_POINTS = _cropped()[1]
