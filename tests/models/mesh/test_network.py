"""What is refused before a network runs."""

import zipfile

import numpy as np
import pytest

from models.errors import NetworkUnreadable
from models.landmarks import FaceLandmarker
from models.mesh.bundle import Bundle
from models.mesh.network import Network

SHAPES = (1, 146, 2)


@pytest.fixture(scope="module")
def blendshapes(weights) -> bytes:
    return Bundle.read(weights.path("face_landmarker")).blendshapes


def test_a_network_gives_what_it_should(blendshapes):
    network = Network(blendshapes, name="it", takes=SHAPES, gives=(52,))
    (scores,) = network.run(np.zeros((146, 2), np.float32))
    assert scores.shape == (52,)


@pytest.mark.parametrize("content", [b"", b"TFL3", b"\x20\x00\x00\x00TFL3" + bytes(64), bytes(1000)])
def test_bytes_that_are_no_network_are_refused(content):
    with pytest.raises(NetworkUnreadable, match="it holds no network"):
        Network(content, name="it", takes=SHAPES, gives=(52,))


def test_a_network_cut_short_is_refused(blendshapes):
    with pytest.raises(NetworkUnreadable):
        Network(blendshapes[: len(blendshapes) // 2], name="it", takes=SHAPES, gives=(52,))


@pytest.mark.parametrize(("takes", "gives"), [((1, 478, 2), (52,)), (SHAPES, (51,)), (SHAPES, (52, 1))])
def test_another_network_is_refused(blendshapes, takes, gives):
    with pytest.raises(NetworkUnreadable):
        Network(blendshapes, name="it", takes=takes, gives=gives)


def test_a_bundle_with_a_broken_network_is_refused_by_its_name(weights, tmp_path):
    broken = tmp_path / "broken.task"
    with zipfile.ZipFile(weights.path("face_landmarker")) as good, zipfile.ZipFile(broken, "w") as bad:
        for name in good.namelist():
            bad.writestr(name, b"nothing" if name == "face_blendshapes.tflite" else good.read(name))
    with pytest.raises(NetworkUnreadable, match="face_blendshapes"):
        FaceLandmarker(broken)
