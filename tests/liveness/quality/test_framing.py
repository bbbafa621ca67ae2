"""Where the face stands, how fast it moves, whether glasses shine."""

import cv2
import numpy as np
import pytest

from liveness.quality.framing import FramingWatch, measure_glare
from liveness.synthesis import astronaut
from models.landmarks import BLENDSHAPES, FaceObservation
from tests.liveness.quality.pictures import FIVE_POINTS, SIDE, make_portrait

WIDTH, HEIGHT = 480, 640


def make_face(*, middle=(240.0, 320.0), width: float = 200.0) -> FaceObservation:
    """A portrait's points, moved and scaled."""
    points = astronaut().points.astype(np.float32)
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    points = (points - [*((low + high) / 2), 0]) * (width / (high[0] - low[0]))
    points[:, :2] += middle
    return FaceObservation(points.astype(np.float32), np.zeros(BLENDSHAPES, np.float32), 0.0, 0.0, 0.0)


def look(*faces: tuple[int, FaceObservation | None]) -> FramingWatch:
    watch = FramingWatch()
    picture = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    for time_ms, face in faces:
        watch.look(time_ms, picture, face)
    return watch


def test_a_face_in_the_middle_is_measured_there():
    framing = look((0, make_face(width=240.0))).latest
    assert framing.size == pytest.approx(0.5, abs=0.02)
    assert framing.outside == 0.0
    assert framing.off_centre < 0.01
    assert framing.glare == 0.0
    assert np.isnan(framing.speed)


def test_a_face_half_out_of_the_picture_is_off_its_middle_and_cut():
    framing = look((0, make_face(middle=(0.0, 320.0)))).latest
    assert framing.outside == pytest.approx(0.5, abs=0.02)
    assert framing.off_centre == pytest.approx(0.5, abs=0.01)


def test_speed_is_in_face_widths_a_second():
    moved = look((0, make_face()), (200, make_face(middle=(280.0, 320.0))))
    assert moved.latest.speed == pytest.approx(1.0, rel=0.01)


def test_jitter_of_single_frames_is_no_speed():
    faces = [(40 * index, make_face(middle=(240.0 + 3 * (index % 2), 320.0))) for index in range(20)]
    assert look(*faces).latest.speed < 0.2


def test_a_lost_face_ends_what_was_measured_of_it():
    watch = look((0, make_face()), (150, None), (300, make_face(middle=(300.0, 320.0))))
    assert np.isnan(watch.readings[1].size)
    assert np.isnan(watch.latest.speed)


@pytest.mark.parametrize("level", [60, 120, 170])
def test_a_shining_lens_is_seen_and_a_light_in_the_pupil_is_not(level):
    points = make_face().five_points
    distance = float(np.linalg.norm(points[1] - points[0]))
    plain = np.full((HEIGHT, WIDTH, 3), level, np.uint8)
    eye = tuple(int(value) for value in points[0])
    glint = cv2.circle(plain.copy(), eye, max(1, round(0.02 * distance)), (255, 255, 255), -1).astype(
        np.uint8
    )
    lens = cv2.circle(plain.copy(), eye, round(0.2 * distance), (250, 250, 250), -1).astype(np.uint8)
    tinted = cv2.circle(plain.copy(), eye, round(0.2 * distance), (250, 120, 90), -1).astype(np.uint8)
    assert measure_glare(plain, points) == 0.0
    assert measure_glare(glint, points) < 0.02
    assert measure_glare(lens, points) > 0.2
    assert measure_glare(tinted, points) == 0.0


@pytest.mark.parametrize("gain", [0.9, 1.0, 1.03, 1.1])
def test_bright_skin_around_the_eyes_is_no_glare(gain):
    noise = np.random.default_rng(0).normal(0, 3, (SIDE, SIDE, 3))
    picture = np.clip(make_portrait()[:, :, ::-1] * gain + noise, 0, 255).astype(np.uint8)
    assert not measure_glare(picture, FIVE_POINTS) > 0.01
