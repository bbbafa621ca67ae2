"""Landmarks, scores and pose of a public-domain portrait."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from liveness.synthesis import astronaut
from models.landmarks import FaceLandmarker, FaceObservation, detect_in_still
from models.weights import WeightStore


@pytest.fixture(scope="module")
def weights_path(weights: WeightStore) -> Path:
    return weights.path("face_landmarker")


@pytest.fixture(scope="module")
def portrait() -> FaceObservation:
    return FaceObservation(
        points=astronaut().points,
        scores=np.zeros(52, np.float32),
        pitch_deg=0.0,
        yaw_deg=0.0,
        roll_deg=0.0,
    )


def test_the_five_points_are_in_the_order_of_a_probe(portrait):
    right_eye, left_eye, nose, right_mouth, left_mouth = portrait.five_points
    assert portrait.five_points.dtype == np.float32
    assert right_eye[0] < nose[0] < left_eye[0]
    assert right_mouth[0] < left_mouth[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])


def test_an_observation_of_another_shape_is_refused(portrait):
    with pytest.raises(ValueError, match="points"):
        FaceObservation(portrait.points[:100], portrait.scores, 0.0, 0.0, 0.0)
    with pytest.raises(ValueError, match="points"):
        FaceObservation(portrait.points * np.nan, portrait.scores, 0.0, 0.0, 0.0)


def test_missing_weights_are_an_error_before_the_library_sees_them(tmp_path):
    with pytest.raises(FileNotFoundError):
        FaceLandmarker(tmp_path / "absent.task")


@pytest.mark.slow
class TestWithTheNetwork:
    def test_a_still_shows_one_smiling_face_with_open_eyes(self, weights_path, portrait):
        (face,) = detect_in_still(weights_path, astronaut().image)
        assert np.abs(face.five_points - portrait.five_points).max() < 4
        assert face.score("EYE_BLINK_LEFT") < 0.3
        assert face.score("MOUTH_SMILE_LEFT") > 0.5
        with pytest.raises(KeyError):
            face.score("EARS_WIGGLE")

    def test_the_same_still_gives_the_same_answer(self, weights_path):
        one, two = (detect_in_still(weights_path, astronaut().image)[0] for _ in range(2))
        assert np.array_equal(one.points, two.points)

    def test_two_faces_are_both_found_the_larger_first(self, weights_path):
        image = astronaut().image[:300, 50:350]
        both = np.zeros((450, 760, 3), np.uint8)
        both[:, :450], both[100:400, 455:755] = cv2.resize(image, (450, 450)), image
        large, little = detect_in_still(weights_path, both)
        assert large.area_px > 1.5 * little.area_px
        assert large.box[0] < little.box[0]

    def test_a_wall_shows_no_face(self, weights_path):
        assert detect_in_still(weights_path, np.full((240, 320, 3), 128, np.uint8)) == ()

    def test_roll_follows_the_picture(self, weights_path):
        upright = astronaut().image[:400, :400]
        (face,) = detect_in_still(weights_path, upright)
        assert abs(face.roll_deg) < 12
        assert abs(face.yaw_deg) < 20

    def test_timestamps_must_increase(self, weights_path):
        image = astronaut().image
        with FaceLandmarker(weights_path) as landmarker:
            assert len(landmarker.detect(image, 0)) == 1
            with pytest.raises(ValueError, match="increase"):
                landmarker.detect(image, 0)

    def test_a_closed_landmarker_leaves_its_networks_to_one_other(self, weights_path):
        image = astronaut().image
        first = FaceLandmarker(weights_path)
        first.close()
        first.close()
        with FaceLandmarker(weights_path) as one, FaceLandmarker(weights_path) as other:
            assert one._networks is not other._networks
            (face,), (same,) = one.detect(image, 0), other.detect(image, 0)
        assert np.array_equal(face.points, same.points)
        with pytest.raises(ValueError, match="closed"):
            first.detect(image, 0)

    def test_only_eight_bit_colour_is_taken(self, weights_path):
        with FaceLandmarker(weights_path) as landmarker, pytest.raises(ValueError, match="uint8"):
            landmarker.detect(np.zeros((10, 10), np.uint8), 0)

    def test_nothing_is_printed_by_the_library(self, weights_path):
        program = (
            "import sys, numpy as np; from pathlib import Path\n"
            "from models.landmarks import FaceLandmarker\n"
            "with FaceLandmarker(Path(sys.argv[1])) as landmarker:\n"
            "    for t in range(3): landmarker.detect(np.zeros((240, 320, 3), np.uint8), t * 40)\n"
            "print('done')\n"
            "print('heard', file=sys.stderr)\n"
        )
        finished = subprocess.run(
            [sys.executable, "-c", program, str(weights_path)], capture_output=True, text=True, check=True
        )
        assert finished.stdout == "done\n"
        assert finished.stderr == "heard\n"
