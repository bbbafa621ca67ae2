"""What of a frame is sent: the face and little around it, so that no one's room leaves with it."""

from typing import Final

import cv2
import numpy as np

from models.comparison import Probe
from models.errors import ComparisonUndecided

MAX_SIDE_PX: Final = 640
JPEG_QUALITY: Final = 92
_HALF_SIDES: Final = 2.2
"""Half the side of the square sent, in distances from the middle of the eyes to the middle of the mouth."""


def probe_jpeg(probe: Probe) -> bytes:
    """The square around the face as JPEG, at most 640 pixels a side. Raises ComparisonUndecided."""
    eyes, mouth = probe.five_points[:2].mean(axis=0), probe.five_points[3:].mean(axis=0)
    centre = (eyes + mouth) / 2
    half = _HALF_SIDES * float(np.linalg.norm(mouth - eyes))
    height, width = probe.image.shape[:2]
    left, top = (max(0, int(value - half)) for value in centre)
    right, bottom = min(width, int(centre[0] + half)), min(height, int(centre[1] + half))
    if right - left < 64 or bottom - top < 64:
        raise ComparisonUndecided("The face is too small in the picture to be compared.")
    crop = probe.image[top:bottom, left:right]
    scale = MAX_SIDE_PX / max(crop.shape[:2])
    if scale < 1:
        crop = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8)
    encoded, data = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not encoded:
        raise ComparisonUndecided("The picture of the face could not be encoded.")
    return data.tobytes()
