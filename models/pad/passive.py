"""The optional passive network: one crop around a face in, how alive it looks out. See its card: advisory."""

from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from models.loaded import load_once

INPUT_PX: Final = 128
CROP_SCALE: Final = 2.7
"""Side of the crop over that of the face's box; less where the picture ends."""

CLASSES: Final = 3

Box = tuple[float, float, float, float]


class PassiveLivenessNetwork:
    """fr_liveness over OpenCV's network reader.

    Raises FileNotFoundError where the weights are not, NetworkUnreadable where they are something else.
    """

    def __init__(self, weights_path: Path) -> None:
        self._network = load_once(weights_path, cv2.dnn.readNetFromONNX)

    def score(self, image_rgb: npt.NDArray[np.uint8], box: Box) -> float:
        """How alive the face in `box` (left, top, right, bottom in pixels) looks, in [0, 1]; higher is more.

        image_rgb: uint8 RGB (h, w, 3), the whole picture, since what surrounds the face counts.
        """
        crop = surroundings(image_rgb, box)
        small = cv2.resize(crop, (INPUT_PX, INPUT_PX), interpolation=cv2.INTER_LINEAR)
        with self._network.alone() as network:
            network.setInput(cv2.dnn.blobFromImage(small, swapRB=True))
            logits = np.array(network.forward(), np.float64).reshape(CLASSES)
        odds = np.exp(logits - logits.max())
        return float(odds[0] / odds.sum())


def surroundings(image_rgb: npt.NDArray[np.uint8], box: Box) -> npt.NDArray[np.uint8]:
    """The part of a picture around a box, moved inside the picture where it would stick out of it."""
    height, width = image_rgb.shape[:2]
    left, top, right, bottom = box
    wide, high = max(right - left, 1.0), max(bottom - top, 1.0)
    scale = min((height - 1) / high, (width - 1) / wide, CROP_SCALE)
    wide, high = wide * scale, high * scale
    left = min(max((left + right - wide) / 2, 0.0), width - 1 - wide)
    top = min(max((top + bottom - high) / 2, 0.0), height - 1 - high)
    return image_rgb[int(top) : int(top + high) + 1, int(left) : int(left + wide) + 1]
