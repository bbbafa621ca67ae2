"""How good one frame is: cheap measures that say what costly ones would."""

from functools import cache

import cv2
import numpy as np
import pytest

from liveness.observation.picture import measure_picture
from liveness.synthesis import Portrait, astronaut
from models.landmarks import BLENDSHAPES, FaceObservation


@cache
def photograph() -> Portrait:
    return astronaut()


def scaled(face_px: int) -> tuple[np.ndarray, FaceObservation]:
    """The portrait with a face so many pixels high, noise as a camera's on it."""
    portrait = photograph()
    scale = face_px / float(np.ptp(portrait.points[:, 1]))
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = cv2.resize(portrait.image, None, fx=scale, fy=scale, interpolation=kind)
    noisy = picture + np.random.default_rng(1).normal(0, 3, picture.shape)
    points = (portrait.points * scale).astype(np.float32)
    face = FaceObservation(points, np.zeros(BLENDSHAPES, np.float32), 0.0, 0.0, 0.0)
    return noisy.clip(0, 255).astype(np.uint8), face


@pytest.mark.parametrize("face_px", [110, 127, 129, 150, 200, 250, 390, 520])
def test_a_face_measures_what_all_of_its_pixels_averaged_would(face_px):
    picture, face = scaled(face_px)
    left, top, right, bottom = (int(edge) for edge in face.box)
    grey = cv2.cvtColor(picture[top:bottom, left:right], cv2.COLOR_RGB2GRAY)
    averaged = cv2.resize(grey, (128, 128), interpolation=cv2.INTER_AREA)
    found = measure_picture(picture, face)
    assert found.light == pytest.approx(averaged.mean(), abs=0.5)
    assert found.contrast == pytest.approx(averaged.std(), abs=0.5)
    assert found.sharpness == pytest.approx(cv2.Laplacian(averaged, cv2.CV_32F).var(), rel=0.25)
    assert found.eye_distance_px == pytest.approx(np.hypot(*(face.points[263] - face.points[33])[:2]))


def test_pixels_without_detail_are_counted():
    picture, face = scaled(300)
    left, _, right, _ = face.box
    picture[:, round((left + right) / 2) :] = 255
    assert measure_picture(picture, face).overexposed == pytest.approx(0.5, abs=0.03)
    picture[:] = 250
    assert measure_picture(picture, face).overexposed == 0
