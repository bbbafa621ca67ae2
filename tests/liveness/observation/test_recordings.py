"""The landmarks of recorded people: as MediaPipe's own graph gives them, frame by frame."""

import pytest
from mediapipe.tasks.python import vision

from models.landmarks import detect_in_still
from tests.models.mesh.reference import GraphLandmarker
from tests.models.mesh.test_agreement import assert_alike, frames_of

pytestmark = [pytest.mark.clips, pytest.mark.slow]


@pytest.mark.parametrize("file", ["lp_d3.mp4", "lp_d13.mp4", "nuaa_live_0004_01_06_03.mp4", "tv_real.mp4"])
def test_recordings_give_what_the_graph_gives(weights, clips_dir, file):
    frames = frames_of(clips_dir / file, 1.0)
    assert len(frames) >= 8
    with GraphLandmarker(weights.path("face_landmarker"), mode=vision.RunningMode.IMAGE) as graph:
        for image in frames:
            assert_alike(detect_in_still(weights.path("face_landmarker"), image), graph.detect(image))
