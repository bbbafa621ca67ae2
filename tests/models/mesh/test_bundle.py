"""Reading the bundle of networks."""

import zipfile

import numpy as np
import pytest

from models.errors import BundleUnreadable
from models.mesh.bundle import Bundle, CanonicalFace

PARTS = ("face_detector.tflite", "face_landmarks_detector.tflite", "face_blendshapes.tflite")
GEOMETRY = "geometry_pipeline_metadata_landmarks.binarypb"


def test_the_bundle_holds_three_networks_and_a_face(weights):
    bundle = Bundle.read(weights.path("face_landmarker"))
    assert all(part[4:8] == b"TFL3" for part in (bundle.detector, bundle.landmarks, bundle.blendshapes))
    face = bundle.canonical
    assert 14 < np.ptp(face.vertices[:, 0]) < 17, "a face is about 15 cm wide"
    assert face.vertices[10, 1] > 0 > face.vertices[152, 1], "the forehead is above the chin"
    assert len(face.basis) == len(face.weights) == 33
    assert face.weights.min() > 0


def test_a_file_that_is_no_bundle_is_refused(tmp_path):
    path = tmp_path / "other.task"
    path.write_bytes(b"no zip at all")
    with pytest.raises(BundleUnreadable):
        Bundle.read(path)
    with pytest.raises(FileNotFoundError):
        Bundle.read(tmp_path / "absent.task")


@pytest.mark.parametrize("missing", [*PARTS, GEOMETRY])
def test_a_bundle_without_a_part_is_refused(tmp_path, missing):
    path = tmp_path / "part.task"
    with zipfile.ZipFile(path, "w") as archive:
        for name in {*PARTS, GEOMETRY} - {missing}:
            archive.writestr(name, b"")
    with pytest.raises(BundleUnreadable):
        Bundle.read(path)


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x0a\x7f", id="length beyond the end"),
        pytest.param(b"\x0b", id="unknown kind"),
        pytest.param(b"\x80" * 12, id="endless number"),
        pytest.param(b"\x08\x01", id="number for a message"),
        pytest.param(b"\x0a\x06\x1a\x04\x00\x00\x80\x3f", id="one coordinate"),
    ],
)
def test_damaged_geometry_is_refused(message):
    with pytest.raises((BundleUnreadable, IndexError)):
        CanonicalFace.parse(message)
