"""The position a face must be in before a comparison network sees it."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from models.comparison import ImageBgr, Points, Probe
from models.errors import FaceNotAligned

SIDE: Final = 112
ARCFACE_TEMPLATE: Final = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]],
    np.float32,
)
"""Where the five points of a Probe lie in the 112 x 112 picture (InsightFace, ArcFace)."""

MIN_EYE_DISTANCE_PX: Final = 12.0
"""Below this an eye is a pixel or two, and what is compared is the enlargement."""


def align(probe: Probe) -> ImageBgr:
    """Turn, scale and move the face onto the template: uint8 BGR (112, 112, 3).

    Raises FaceNotAligned where the face is too small or its points have no such position.
    """
    right_eye, left_eye = probe.five_points[0], probe.five_points[1]
    if float(np.linalg.norm(left_eye - right_eye)) < MIN_EYE_DISTANCE_PX:
        raise FaceNotAligned("The face is too small in the picture.")
    matrix = similarity(probe.five_points, ARCFACE_TEMPLATE)
    return np.asarray(cv2.warpAffine(probe.image, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR), np.uint8)


def similarity(source: Points, target: Points) -> npt.NDArray[np.float64]:
    """Best rotation, scale and shift from source to target points (n, 2), as a matrix (2, 3).

    Least squares after Umeyama 1991 (IEEE PAMI 13/4, equations 38-42); in the plane and without mirroring it
    is the one complex number that turns and scales the one onto the other. Raises FaceNotAligned for points
    in one line.
    """
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    from_centre, to_centre = source - source_mean, target - target_mean
    covariance = to_centre.T.astype(np.float64) @ from_centre
    spread = float(np.square(covariance).sum())
    if abs(covariance[0, 0] * covariance[1, 1] - covariance[0, 1] * covariance[1, 0]) <= 1e-6 * spread:
        raise FaceNotAligned("The points of the face lie in one line.")
    size = max(float(np.square(from_centre, dtype=np.float64).sum()), 1e-12)
    along = float(covariance[0, 0] + covariance[1, 1]) / size
    across = float(covariance[1, 0] - covariance[0, 1]) / size
    turn = np.array([[along, -across], [across, along]])
    return np.column_stack([turn, target_mean - turn @ source_mean])
