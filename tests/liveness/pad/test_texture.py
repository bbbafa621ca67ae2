"""The optional network: where it looks, when it looks, and that it tells a face from its screen."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from liveness.pad.samplers import TEXTURE_WEIGHT, PadSamplers
from liveness.pad.texture import TextureWatch
from liveness.synthesis import astronaut, frame_portrait
from models.landmarks import FaceObservation
from models.pad.passive import PassiveLivenessNetwork, surroundings
from models.weights import WeightStore


@pytest.fixture(scope="module")
def optional_weights(weights_dir: Path) -> WeightStore:
    store = WeightStore(weights_dir)
    store.fetch([TEXTURE_WEIGHT])
    return store


@pytest.fixture(scope="module")
def framed():
    return frame_portrait(astronaut(), width=480, height=640)


@pytest.fixture
def face(framed):
    return FaceObservation(framed.points, np.zeros(52, np.float32), 0.0, 0.0, 0.0)


def test_a_portrait_looks_alive_and_its_copy_on_a_screen_does_not(optional_weights, framed, face):
    network = PassiveLivenessNetwork(optional_weights.path(TEXTURE_WEIGHT))
    alive = network.score(framed.image, face.box)
    rows, columns = np.mgrid[0:640, 0:480]
    stripes = 1 + 0.08 * np.sin(2 * np.pi * (columns / 5 + rows / 11))[:, :, None]
    copy = (cv2.GaussianBlur(framed.image, (0, 0), 1.5) * stripes * 0.9 + 14).clip(0, 255).astype(np.uint8)
    assert 0 <= network.score(copy, face.box) < alive <= 1
    assert alive > 0.5


def test_the_same_frame_gives_the_same_score(optional_weights, framed, face):
    network = PassiveLivenessNetwork(optional_weights.path(TEXTURE_WEIGHT))
    assert network.score(framed.image, face.box) == network.score(framed.image, face.box)


@pytest.mark.parametrize(
    ("box", "size"),
    [
        ((200, 200, 300, 300), (271, 271)),
        ((0, 0, 100, 100), (271, 271)),
        ((380, 500, 480, 640), (379, 270)),
        ((0, 0, 480, 640), (640, 480)),
    ],
)
def test_the_crop_stays_in_the_picture(box, size):
    crop = surroundings(np.zeros((640, 480, 3), np.uint8), box)
    assert crop.shape[:2] == pytest.approx(size, abs=2)


def test_a_missing_network_is_said_so(tmp_path):
    with pytest.raises(FileNotFoundError):
        PassiveLivenessNetwork(tmp_path / "none.onnx")


def test_without_weights_nothing_is_measured_and_it_would_have_been_expected(tmp_path, framed, face):
    samplers = PadSamplers.of(WeightStore(tmp_path))
    for index in range(60):
        samplers.look(66 * index, framed.image, face)
    measured = samplers.texture.measure()
    assert measured.value is None
    assert measured.expected


class CountingNetwork(PassiveLivenessNetwork):
    def __init__(self) -> None:
        self.scores = iter([0.9, 0.1, 0.8, 0.7, 0.9])

    def score(self, image_rgb, box):
        return next(self.scores)


def test_one_frame_a_second_is_looked_at_and_the_median_counts(framed, face):
    watch = TextureWatch(CountingNetwork())
    for index in range(5 * 15):
        watch.look(round(index * 1000 / 15), framed.image, face)
    measured = watch.measure()
    assert measured.looks == 5
    assert measured.value == 0.8
    assert measured.at_ms == 1000
