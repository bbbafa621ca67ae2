"""A second, independent look for faces by YuNet, since the landmarker does not say how sure it is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from models.loaded import load_once

LONGEST_PX: Final = 256
"""Pictures are scaled to this for detection; a face a tenth as wide is still found."""

SIZES_PX: Final = (128, 160, 192, 224, LONGEST_PX)
SURE_PX: Final = 36
"""A face this wide is found as surely as a larger one: of 170 recorded ones all were, from 28 pixels on."""

_LEAST_CONFIDENCE = 0.5
_NMS_IOU = 0.3
_TOP_K = 20


@dataclass(frozen=True, slots=True)
class DetectedFace:
    """One face: left, top, right, bottom in pixels of the picture; confidence in [0, 1], higher is surer."""

    box: tuple[float, float, float, float]
    confidence: float

    @property
    def width(self) -> float:
        """Width of the box in pixels."""
        return self.box[2] - self.box[0]


class FaceDetector:
    """YuNet over OpenCV. Raises FileNotFoundError where the weights are not, NetworkUnreadable."""

    def __init__(self, weights_path: Path) -> None:
        self._network = load_once(weights_path, _load)

    def detect(self, image_rgb: npt.NDArray[np.uint8], *, least_px: float = 0.0) -> tuple[DetectedFace, ...]:
        """Find the faces of a picture, uint8 RGB (h, w, 3), largest first.

        least_px: the width in pixels below which a face need not be found; half the size costs a quarter.
        """
        height, width = image_rgb.shape[:2]
        longest = max(height, width)
        wanted = longest * SURE_PX / least_px if least_px > 0 else LONGEST_PX
        scale = min(1.0, next((size for size in SIZES_PX if size >= wanted), LONGEST_PX) / longest)
        small = (max(1, round(width * scale)), max(1, round(height * scale)))
        picture = cv2.cvtColor(_shrink(image_rgb, small), cv2.COLOR_RGB2BGR)
        with self._network.alone() as network:
            network.setInputSize(small)
            _, rows = network.detect(picture)
        if rows is None:
            return ()
        found = [
            DetectedFace(
                box=(row[0] / scale, row[1] / scale, (row[0] + row[2]) / scale, (row[1] + row[3]) / scale),
                confidence=float(row[-1]),
            )
            for row in rows.astype(float).tolist()
        ]
        return tuple(sorted(found, key=lambda face: face.width, reverse=True))


def _load(file: str) -> Any:  # noqa: ANN401  OpenCV's own class
    return cv2.FaceDetectorYN.create(file, "", (LONGEST_PX, LONGEST_PX), _LEAST_CONFIDENCE, _NMS_IOU, _TOP_K)


def _shrink(image: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Scale to twice the size by lines and on by areas: a quarter of what areas alone cost."""
    width, height = size
    if image.shape[1] > 2 * width:
        image = np.asarray(
            cv2.resize(image, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR), np.uint8
        )
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    """Intersection over union of two boxes (left, top, right, bottom), in [0, 1]."""
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    both = wide * high
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)
