"""MediaPipe's own graph over the same bundle: what the direct networks are held against.

Only tests and benchmarks use it; the service does not import mediapipe.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import mediapipe as mp
import numpy as np
import numpy.typing as npt
from mediapipe.tasks.python import BaseOptions, vision

from models.landmarks import MAX_FACES, FaceObservation, ImageRgb


class GraphLandmarker:
    """MediaPipe's FaceLandmarker, two faces, with scores and pose; closed by `with`."""

    def __init__(self, weights_path: Path, *, mode: vision.RunningMode = vision.RunningMode.VIDEO) -> None:
        options = vision.FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(weights_path)),
            running_mode=mode,
            num_faces=MAX_FACES,
            output_face_blendshapes=True,
            output_facial_transformation_matrixes=True,
        )
        self._mode = mode
        with stderr_silenced():
            self._landmarker: Any = vision.FaceLandmarker.create_from_options(options)

    def detect(self, image_rgb: ImageRgb, timestamp_ms: int = 0) -> tuple[FaceObservation, ...]:
        """As `models.landmarks.FaceLandmarker.detect`; picture mode takes no time."""
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(image_rgb))
        if self._mode is vision.RunningMode.IMAGE:
            found = self._landmarker.detect(image)
        else:
            found = self._landmarker.detect_for_video(image, timestamp_ms)
        height, width = image_rgb.shape[:2]
        scale = np.array([width, height, width], np.float32)
        faces = []
        for landmarks, shapes, matrix in zip(
            found.face_landmarks, found.face_blendshapes, found.facial_transformation_matrixes, strict=True
        ):
            pitch_deg, yaw_deg, roll_deg = pose(np.asarray(matrix, np.float64))
            faces.append(
                FaceObservation(
                    points=np.array([(point.x, point.y, point.z) for point in landmarks], np.float32) * scale,
                    scores=np.array([shape.score for shape in shapes], np.float32),
                    pitch_deg=pitch_deg,
                    yaw_deg=yaw_deg,
                    roll_deg=roll_deg,
                )
            )
        return tuple(sorted(faces, key=lambda face: face.area_px, reverse=True))

    def close(self) -> None:
        with stderr_silenced():
            self._landmarker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def pose(matrix: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """Pitch, yaw and roll in degrees of MediaPipe's 4 x 4 matrix: x right, y up, z toward the camera."""
    rotation = matrix[:3, :3] / np.cbrt(max(np.linalg.det(matrix[:3, :3]), 1e-9))
    pitch = np.arctan2(rotation[2, 1], rotation[2, 2])
    yaw = np.arcsin(np.clip(-rotation[2, 0], -1.0, 1.0))
    roll = np.arctan2(rotation[1, 0], rotation[0, 0])
    return float(np.degrees(pitch)), float(np.degrees(yaw)), float(np.degrees(roll))


@contextlib.contextmanager
def stderr_silenced() -> Iterator[None]:
    """Send file descriptor 2 to nowhere while the C++ library talks."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
