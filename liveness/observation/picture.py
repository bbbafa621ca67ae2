"""How good one frame is, and the small picture of the head that is kept of it."""

import math
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from models.comparison import Points, Probe
from models.landmarks import FaceObservation, ImageRgb

THUMB_PX: Final = 48
_ROUGH_PX = 4 * THUMB_PX
_MEASURED_PX = 128
_HEAD_MARGIN = 0.45
_KEPT_PX = 480
_WORTH_SCALING = 0.8
_JPEG_QUALITY = 95
_OVEREXPOSED = 250


@dataclass(frozen=True, slots=True)
class PictureQuality:
    """Measures of the face in one frame.

    light: mean luminance, 0 to 255. contrast: its standard deviation. overexposed: share of pixels without
    detail in [0, 1]. sharpness: variance of the Laplacian of the face at 128 x 128, higher is sharper.
    eye_distance_px: between the outer corners of the eyes, in pixels of the analysed frame.
    """

    light: float
    contrast: float
    overexposed: float
    sharpness: float
    eye_distance_px: float


@dataclass(frozen=True, slots=True)
class HeadPicture:
    """The head as the camera saw it: a JPEG and the five points of a Probe in its pixels."""

    time_ms: int
    jpeg: bytes = field(repr=False)
    five_points: Points = field(repr=False)

    def probe(self) -> Probe:
        """Unpack for a face comparator."""
        image = cv2.imdecode(np.frombuffer(self.jpeg, np.uint8), cv2.IMREAD_COLOR)
        return Probe(image=np.asarray(image, np.uint8), five_points=self.five_points)


def measure_picture(image_rgb: ImageRgb, face: FaceObservation) -> PictureQuality:
    """Measure the box of the face. Pixels outside the picture are left out."""
    crop = _crop(image_rgb, face, margin=0.0)[0]
    grey = _at_one_size(np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8))
    right_eye, left_eye = face.points[33, :2].tolist(), face.points[263, :2].tolist()
    mean, deviation = cv2.meanStdDev(grey)
    _, edges = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_32F))
    bright = cv2.countNonZero(cv2.threshold(grey, _OVEREXPOSED, 255, cv2.THRESH_BINARY)[1])
    return PictureQuality(
        light=float(mean[0, 0]),
        contrast=float(deviation[0, 0]),
        overexposed=bright / grey.size,
        sharpness=float(edges[0, 0]) ** 2,
        eye_distance_px=math.dist(right_eye, left_eye),
    )


def keep_head(time_ms: int, image_rgb: ImageRgb, face: FaceObservation) -> HeadPicture:
    """Cut out the head with a margin, not much larger than 480 pixels a side, and compress it."""
    crop, left, top = _crop(image_rgb, face, margin=_HEAD_MARGIN)
    scale = _KEPT_PX / max(crop.shape[:2])
    if scale < _WORTH_SCALING:
        # Areas are averaged three times slower than lines, and show a difference from half the size on.
        kind = cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR
        crop = np.asarray(cv2.resize(crop, None, fx=scale, fy=scale, interpolation=kind), np.uint8)
    else:
        scale = 1.0
    encoded, data = cv2.imencode(
        ".jpg", cv2.cvtColor(crop, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    )
    if not encoded:
        raise ValueError("a head picture could not be encoded")
    points = ((face.five_points - np.array([left, top], np.float32)) * np.float32(scale)).astype(np.float32)
    return HeadPicture(time_ms=time_ms, jpeg=data.tobytes(), five_points=points)


def thumbnail(image_rgb: ImageRgb) -> npt.NDArray[np.float32]:
    """The whole frame in grey, float32 (48, 48), to tell how much changes from frame to frame."""
    rough = cv2.resize(image_rgb, (_ROUGH_PX, _ROUGH_PX), interpolation=cv2.INTER_LINEAR)
    small = cv2.resize(rough, (THUMB_PX, THUMB_PX), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)


def _at_one_size(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A face at 128 x 128: by lines to a multiple of that, and on by areas; half of what areas alone cost.

    A tenth of the size may be lost to lines: more would make what is blurred look sharp.
    """
    height, width = (max(1, math.ceil(side / _MEASURED_PX - 0.1)) * _MEASURED_PX for side in grey.shape)
    if (width, height) != (_MEASURED_PX, _MEASURED_PX):
        grey = np.asarray(cv2.resize(grey, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    small = cv2.resize(grey, (_MEASURED_PX, _MEASURED_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _crop(image_rgb: ImageRgb, face: FaceObservation, *, margin: float) -> tuple[ImageRgb, int, int]:
    height, width = image_rgb.shape[:2]
    left, top, right, bottom = face.box
    pad = margin * max(right - left, bottom - top)
    x0, y0 = int(min(max(left - pad, 0), width - 2)), int(min(max(top - pad, 0), height - 2))
    x1, y1 = int(min(max(right + pad, x0 + 2), width)), int(min(max(bottom + pad, y0 + 2), height))
    return image_rgb[y0:y1, x0:x1], x0, y0
