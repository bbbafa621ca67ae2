"""An independent look for faces."""

import numpy as np
import pytest

from liveness.synthesis import astronaut
from models.detection import FaceDetector, overlap
from models.weights import WeightStore


def test_overlap_of_boxes():
    assert overlap((0, 0, 10, 10), (0, 0, 10, 10)) == 1.0
    assert overlap((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 10, 10), (10, 0, 20, 10)) == 0.0


def test_missing_weights_are_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        FaceDetector(tmp_path / "absent.onnx")


def test_a_face_is_found_where_it_is_and_at_any_size_of_picture(weights: WeightStore):
    portrait = astronaut()
    detector = FaceDetector(weights.path("yunet"))
    left, right = portrait.points[234, 0], portrait.points[454, 0]
    for scale in (1, 2):
        image = np.repeat(np.repeat(portrait.image, scale, axis=0), scale, axis=1)
        (face,) = detector.detect(image)
        assert face.confidence > 0.8
        assert face.box[0] == pytest.approx(left * scale, abs=25 * scale)
        assert face.box[2] == pytest.approx(right * scale, abs=25 * scale)


def test_a_wall_shows_no_face(weights: WeightStore):
    detector = FaceDetector(weights.path("yunet"))
    assert detector.detect(np.full((240, 320, 3), 128, np.uint8)) == ()


def test_where_small_faces_do_not_matter_a_smaller_picture_shows_the_same(weights: WeightStore):
    portrait = astronaut()
    detector = FaceDetector(weights.path("yunet"))
    (whole,) = detector.detect(portrait.image)
    for least_px in (whole.width, 0.7 * whole.width, 0.2 * whole.width, 1.0):
        (face,) = detector.detect(portrait.image, least_px=least_px)
        assert face.confidence > 0.8
        assert overlap(face.box, whole.box) > 0.7


def test_a_second_face_half_as_large_is_not_lost_beside_the_first(weights: WeightStore):
    portrait = astronaut()
    height, width = portrait.image.shape[:2]
    beside = np.full((height, 2 * width, 3), 128, np.uint8)
    beside[:, :width] = portrait.image
    beside[: height // 2, width : width + width // 2] = portrait.image[::2, ::2]
    detector = FaceDetector(weights.path("yunet"))
    large, small = detector.detect(beside, least_px=0.5 * detector.detect(portrait.image)[0].width)
    assert small.width == pytest.approx(large.width / 2, rel=0.3)
    assert small.confidence > 0.8
