"""The still portrait a made video starts from."""

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.resources import files

import cv2
import numpy as np
import numpy.typing as npt

from liveness.synthesis.errors import PortraitUnusable

ImageRgb = npt.NDArray[np.uint8]
Landmarks = npt.NDArray[np.float32]
LandmarkDetector = Callable[[ImageRgb], tuple[Landmarks, ...]]

LANDMARKS = 478
FACE_SHARE = 0.45
"""Width of the face in a made frame, as a share of the frame's shorter side."""
EYE_LINE = 0.35
"""Height of the middle of the face in a made frame, as a share of the frame's height."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """One frontal face with its landmarks.

    image: uint8 RGB (h, w, 3). points: float32 (478, 3), MediaPipe's order, in pixels of the image; z is
    scaled as x and grows away from the camera.
    """

    image: ImageRgb = field(repr=False)
    points: Landmarks = field(repr=False)

    def __post_init__(self) -> None:
        if self.image.dtype != np.uint8 or self.image.ndim != 3 or self.image.shape[2] != 3:
            raise ValueError(f"image must be uint8 (h, w, 3), not {self.image.dtype} {self.image.shape}")
        if self.points.shape != (LANDMARKS, 3) or not np.isfinite(self.points).all():
            raise ValueError(f"points must be finite ({LANDMARKS}, 3), not {self.points.shape}")

    @property
    def face_width_px(self) -> float:
        """Distance between the two ends of the face's oval beside the ears."""
        return float(np.linalg.norm(self.points[454, :2] - self.points[234, :2]))

    @property
    def face_height_px(self) -> float:
        """Distance from the top of the forehead to the chin."""
        return float(np.linalg.norm(self.points[152, :2] - self.points[10, :2]))


def astronaut() -> Portrait:
    """Give NASA's public-domain portrait of Eileen Collins, with landmarks detected beforehand."""
    from skimage import data

    with (files("liveness.synthesis") / "astronaut_landmarks.csv").open(encoding="utf-8") as rows:
        points = np.array([[float(cell) for cell in row] for row in csv.reader(rows)], np.float32)
    picture: ImageRgb = np.ascontiguousarray(data.astronaut())  # type: ignore[no-untyped-call]  # scikit-image
    return Portrait(image=picture, points=points)


def portrait_of(image: ImageRgb, *, detect: LandmarkDetector) -> Portrait:
    """Make a portrait of any frontal photograph. Raises PortraitUnusable unless it shows exactly one face."""
    faces = detect(image)
    if len(faces) != 1:
        raise PortraitUnusable
    return Portrait(image=image, points=faces[0].astype(np.float32))


def frame_portrait(
    portrait: Portrait, *, width: int, height: int, face_share: float = FACE_SHARE
) -> Portrait:
    """Scale and crop a portrait as a phone held at arm's length would see it."""
    scale = face_share * min(width, height) / portrait.face_width_px
    centre = portrait.points[:468, :2].mean(axis=0) * scale
    shift = np.array([width / 2, height * EYE_LINE]) - centre
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float64)
    image = cv2.warpAffine(
        portrait.image, matrix, (width, height), flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT_101
    )
    points = portrait.points * np.float32(scale)
    points[:, :2] += shift.astype(np.float32)
    return Portrait(image=np.asarray(image, np.uint8), points=points)
