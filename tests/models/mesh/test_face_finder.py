"""Following a face: the same points as a fresh look gives, wherever it went."""

import cv2
import numpy as np
import pytest

from liveness.synthesis import astronaut
from models.landmarks import FaceLandmarker, FaceObservation, ImageRgb
from models.mesh.bundle import Bundle
from models.mesh.face_finder import FaceFinder
from models.mesh.region import Floats

pytestmark = pytest.mark.slow

WIDTH, HEIGHT, HEAD = 720, 420, 320


@pytest.fixture(scope="module")
def finder(weights) -> FaceFinder:
    return FaceFinder(Bundle.read(weights.path("face_landmarker")), most=2)


def scene(*lefts: int) -> ImageRgb:
    """The portrait's head at one or two places in front of a grey wall."""
    head = cv2.resize(astronaut().image[20:230, 120:330], (HEAD, HEAD))
    picture = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    for left in lefts:
        picture[60 : 60 + HEAD, left : left + HEAD] = head
    return picture


def off(face: FaceObservation, points: Floats) -> float:
    """Mean distance of the points in shares of the face's width."""
    return float(np.abs(face.points - points)[:, :2].mean()) / (face.box[2] - face.box[0])


@pytest.mark.parametrize("step_px", [40, 90, 150, 300])
def test_a_face_that_moved_has_the_points_of_a_fresh_look(finder, weights, step_px):
    with FaceLandmarker(weights.path("face_landmarker")) as landmarker:
        for number, left in enumerate(range(20, 400, step_px)):
            picture = scene(left)
            (face,) = landmarker.detect(picture, 66 * number)
            (fresh,) = finder.find(picture, (), search=True)
            assert off(face, fresh.points) < 0.01


def test_a_face_is_found_again_after_it_was_away(weights):
    with FaceLandmarker(weights.path("face_landmarker")) as landmarker:
        assert len(landmarker.detect(scene(100), 0)) == 1
        assert landmarker.detect(scene(), 66) == ()
        (face,) = landmarker.detect(scene(380), 133)
        assert face.box[0] > 380


def test_a_second_face_is_found_within_a_second_and_followed(weights):
    with FaceLandmarker(weights.path("face_landmarker")) as landmarker:
        assert len(landmarker.detect(scene(20), 0)) == 1
        counts = [len(landmarker.detect(scene(20, 380), at_ms)) for at_ms in range(66, 1500, 66)]
        assert 2 in counts[:16]
        assert set(counts[16:]) == {2}
        assert len(landmarker.detect(scene(380), 1600)) == 1


def test_a_second_face_that_was_lost_is_looked_for_again_soon(weights):
    with FaceLandmarker(weights.path("face_landmarker")) as landmarker:
        assert len(landmarker.detect(scene(20, 380), 0)) == 2
        assert len(landmarker.detect(scene(20), 66)) == 1
        counts = [len(landmarker.detect(scene(20, 380), at_ms)) for at_ms in range(133, 600, 66)]
        assert 2 in counts[:6], "within half a second of the last time"


def test_a_second_face_is_found_at_once_where_it_is_looked_for(weights):
    with FaceLandmarker(weights.path("face_landmarker")) as landmarker:
        assert len(landmarker.detect(scene(20), 0)) == 1
        assert len(landmarker.detect(scene(20, 380), 66)) == 1
        assert len(landmarker.detect(scene(20, 380), 133, search=True)) == 2


def test_after_a_pause_a_face_is_looked_for_anew(finder, weights):
    with FaceLandmarker(weights.path("face_landmarker")) as landmarker:
        landmarker.detect(scene(80), 0)
        picture = scene(200)
        (face,) = landmarker.detect(picture, 400)
        (fresh,) = finder.find(picture, (), search=True)
        assert np.array_equal(face.points, fresh.points)


def test_the_same_frames_give_the_same_numbers(weights):
    def run() -> list[FaceObservation]:
        with FaceLandmarker(weights.path("face_landmarker")) as landmarker:
            return [landmarker.detect(scene(left), left)[0] for left in range(50, 200, 25)]

    for one, other in zip(run(), run(), strict=True):
        assert np.array_equal(one.points, other.points)
        assert np.array_equal(one.scores, other.scores)
        assert one.pitch_deg == other.pitch_deg
