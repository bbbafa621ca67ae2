"""Landmarks, expression scores and head pose of the faces in a picture, by MediaPipe's face landmarker."""

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import mediapipe as mp
import numpy as np
import numpy.typing as npt
from mediapipe.tasks.python import BaseOptions, vision
from mediapipe.tasks.python.vision.face_landmarker import Blendshapes

ImageRgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

POINTS: Final = 478
BLENDSHAPES: Final = 52
MAX_FACES: Final = 2
"""Two are asked for, since a landmarker that looks for one hides a second person."""

_DETECTION_CONFIDENCE = 0.5
_WARM_UP_FRAMES = 2

# The person's own right is on the left of an unmirrored picture and has the smaller x.
RIGHT_EYE_CORNERS: Final = (33, 133)
LEFT_EYE_CORNERS: Final = (362, 263)
NOSE_TIP: Final = 4
RIGHT_MOUTH_CORNER: Final = 61
LEFT_MOUTH_CORNER: Final = 291

_silence = threading.RLock()


@dataclass(frozen=True, slots=True)
class FaceObservation:
    """One face in one picture.

    points: float32 (478, 3), x and y in pixels, z scaled as x, smaller is nearer the camera.
    scores: float32 (52,) in [0, 1], MediaPipe's blendshapes in its own order.
    pitch_deg is positive with the chin down, yaw_deg with the nose toward larger x.
    """

    points: Floats = field(repr=False)
    scores: Floats = field(repr=False)
    pitch_deg: float
    yaw_deg: float
    roll_deg: float

    def __post_init__(self) -> None:
        if self.points.shape != (POINTS, 3) or not np.isfinite(self.points).all():
            raise ValueError(f"points must be finite ({POINTS}, 3), not {self.points.shape}")
        if self.scores.shape != (BLENDSHAPES,):
            raise ValueError(f"scores must be ({BLENDSHAPES},), not {self.scores.shape}")

    def score(self, name: str) -> float:
        """A blendshape by its name, as `JAW_OPEN`, in [0, 1]; higher is more of it. Raises KeyError."""
        return float(self.scores[_BLENDSHAPE_INDEX[name]])

    @property
    def five_points(self) -> Floats:
        """Right eye, left eye, nose tip, right and left mouth corner, float32 (5, 2), as a Probe has them."""
        xy = self.points[:, :2]
        return np.stack(
            [
                xy[list(RIGHT_EYE_CORNERS)].mean(axis=0),
                xy[list(LEFT_EYE_CORNERS)].mean(axis=0),
                xy[NOSE_TIP],
                xy[RIGHT_MOUTH_CORNER],
                xy[LEFT_MOUTH_CORNER],
            ]
        ).astype(np.float32)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the landmarks, in pixels."""
        low, high = self.points[:, :2].min(axis=0), self.points[:, :2].max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    @property
    def area_px(self) -> float:
        """Area of `box`, in square pixels."""
        left, top, right, bottom = self.box
        return (right - left) * (bottom - top)


class FaceLandmarker:
    """Finds the faces of one clip, frame after frame. One per clip, never shared; use it by `with`.

    Raises FileNotFoundError where the weights are not.
    """

    def __init__(self, weights_path: Path) -> None:
        self._landmarker = _open(weights_path, vision.RunningMode.VIDEO)
        self._last_ms = -1
        self._frames = 0

    def detect(self, image_rgb: ImageRgb, timestamp_ms: int) -> tuple[FaceObservation, ...]:
        """Find up to two faces, largest first, in uint8 RGB (h, w, 3); timestamps must increase strictly."""
        if timestamp_ms <= self._last_ms:
            raise ValueError(f"timestamps must increase: {timestamp_ms} ms after {self._last_ms} ms")
        self._last_ms = timestamp_ms
        self._frames += 1
        image = _image(image_rgb)
        with _native_noise_silenced() if self._frames <= _WARM_UP_FRAMES else contextlib.nullcontext():
            result = self._landmarker.detect_for_video(image, timestamp_ms)
        return _observations(result, image_rgb)

    def close(self) -> None:
        """Free the network."""
        with _native_noise_silenced():
            self._landmarker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def detect_in_still(weights_path: Path, image_rgb: ImageRgb) -> tuple[FaceObservation, ...]:
    """Find up to two faces, largest first, in one picture that belongs to no clip, uint8 RGB (h, w, 3)."""
    image = _image(image_rgb)
    with _native_noise_silenced():
        landmarker = _open(weights_path, vision.RunningMode.IMAGE)
        try:
            return _observations(landmarker.detect(image), image_rgb)
        finally:
            landmarker.close()


_BLENDSHAPE_INDEX: Final = {shape.name: int(shape) for shape in Blendshapes}


def _open(weights_path: Path, mode: "vision.RunningMode") -> Any:  # noqa: ANN401  mediapipe ships no types
    if not weights_path.is_file():
        raise FileNotFoundError(weights_path)
    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(weights_path)),
        running_mode=mode,
        num_faces=MAX_FACES,
        min_face_detection_confidence=_DETECTION_CONFIDENCE,
        output_face_blendshapes=True,
        output_facial_transformation_matrixes=True,
    )
    with _native_noise_silenced():
        return vision.FaceLandmarker.create_from_options(options)


def _image(image_rgb: ImageRgb) -> Any:  # noqa: ANN401  as above
    if image_rgb.dtype != np.uint8 or image_rgb.ndim != 3 or image_rgb.shape[2] != 3:
        raise ValueError(f"image must be uint8 (h, w, 3), not {image_rgb.dtype} {image_rgb.shape}")
    return mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(image_rgb))


def _observations(result: Any, image_rgb: ImageRgb) -> tuple[FaceObservation, ...]:  # noqa: ANN401  as above
    height, width = image_rgb.shape[:2]
    scale = np.array([width, height, width], np.float32)
    found = []
    for landmarks, shapes, matrix in zip(
        result.face_landmarks, result.face_blendshapes, result.facial_transformation_matrixes, strict=True
    ):
        points = np.array([(point.x, point.y, point.z) for point in landmarks], np.float32) * scale
        pitch_deg, yaw_deg, roll_deg = _pose(np.asarray(matrix, np.float64))
        found.append(
            FaceObservation(
                points=points,
                scores=np.array([shape.score for shape in shapes], np.float32),
                pitch_deg=pitch_deg,
                yaw_deg=yaw_deg,
                roll_deg=roll_deg,
            )
        )
    return tuple(sorted(found, key=lambda face: face.area_px, reverse=True))


def _pose(matrix: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """Pitch, yaw and roll in degrees of a 4 x 4 matrix whose axes are x right, y up, z toward the camera."""
    rotation = matrix[:3, :3] / np.cbrt(max(np.linalg.det(matrix[:3, :3]), 1e-9))
    pitch = np.arctan2(rotation[2, 1], rotation[2, 2])
    yaw = np.arcsin(np.clip(-rotation[2, 0], -1.0, 1.0))
    roll = np.arctan2(rotation[1, 0], rotation[0, 0])
    return float(np.degrees(pitch)), float(np.degrees(yaw)), float(np.degrees(roll))


@contextlib.contextmanager
def _native_noise_silenced() -> Iterator[None]:
    """Send file descriptor 2 to nowhere while the C++ library talks; Python has no switch for it.

    What other threads write to stderr in these few milliseconds is lost with it.
    """
    with _silence:
        kept = os.dup(2)
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            try:
                os.dup2(nowhere, 2)
            finally:
                os.close(nowhere)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
