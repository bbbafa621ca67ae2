"""One face is followed; a second one and a sudden change are noted."""

import numpy as np

from liveness.observation.tracking import FaceTrack
from models.detection import DetectedFace
from models.landmarks import BLENDSHAPES, FaceObservation
from models.mesh.face_mesh import POINTS


def make_face(left: float, *, width: float = 100.0) -> FaceObservation:
    random = np.random.default_rng(1)
    points = random.uniform(0, 1, (POINTS, 3)).astype(np.float32) * np.float32(width)
    points[0], points[1] = (0, 0, 0), (width, width, 0)
    points[:, 0] += left
    return FaceObservation(points, np.zeros(BLENDSHAPES, np.float32), 0.0, 0.0, 0.0)


def test_the_face_followed_is_the_one_that_goes_on_not_the_largest():
    track = FaceTrack()
    track.follow(0, (make_face(0),))
    other, same = make_face(300, width=130), make_face(5)
    assert track.follow(66, (other, same)) is same
    assert track.jumps_ms == []


def test_a_face_that_is_suddenly_elsewhere_is_a_jump():
    track = FaceTrack()
    track.follow(0, (make_face(0),))
    track.follow(66, (make_face(300),))
    assert track.jumps_ms == [66]


def test_a_face_seen_again_after_a_while_may_be_elsewhere():
    track = FaceTrack()
    track.follow(0, (make_face(0),))
    assert track.follow(66, ()) is None
    track.follow(1500, (make_face(300),))
    assert track.jumps_ms == []


def test_a_second_face_of_like_size_is_a_rival_and_a_small_one_is_not():
    track = FaceTrack()
    track.follow(0, (make_face(0), make_face(300, width=40)))
    assert track.rivals_ms == []
    track.follow(66, (make_face(0), make_face(300, width=90)))
    assert track.rivals_ms == [66]


def test_two_looks_at_one_face_are_no_rivals():
    track = FaceTrack()
    track.follow(0, (make_face(0), make_face(10)))
    assert track.rivals_ms == []


def test_the_detector_adds_a_rival_only_where_it_is_sure():
    track = FaceTrack()
    track.follow(0, (make_face(0),))
    same, unsure = DetectedFace((5, 0, 100, 100), 0.95), DetectedFace((300, 0, 400, 100), 0.6)
    assert not track.compare(0, (same,))
    assert track.compare(0, (unsure, same)), "another face, though nobody is sure"
    assert track.rivals_ms == []
    assert track.compare(0, (DetectedFace((300, 0, 400, 100), 0.93),)), "only the other one is seen"
    assert track.rivals_ms == [0]
