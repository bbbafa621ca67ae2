"""One pass over frames: who is asked to look, and when."""

from dataclasses import dataclass, field

import numpy as np

from liveness.observation.observer import DETECTOR_STEP_MS, Observer
from liveness.video.frame import Frame
from models.detection import DetectedFace
from models.landmarks import FaceObservation
from tests.liveness.observation.test_tracking import make_face

SAME, ANOTHER = DetectedFace((5, 0, 100, 100), 0.9), DetectedFace((300, 0, 340, 40), 0.6)


@dataclass
class Landmarker:
    """Always sees one face; remembers when it was told to search."""

    searched_ms: list[int] = field(default_factory=list)

    def detect(self, _image: object, time_ms: int, *, search: bool = False) -> tuple[FaceObservation, ...]:
        if search:
            self.searched_ms.append(time_ms)
        return (make_face(0),)


@dataclass
class Detector:
    """Sees the followed face, and from a time on another one."""

    another_from: int
    looks: int = 0

    def detect(self, _image: object, *, least_px: float = 0.0) -> tuple[DetectedFace, ...]:
        self.looks += 1
        return (SAME, ANOTHER) if self.looks > self.another_from else (SAME,)


def test_where_the_detector_sees_another_face_the_landmarker_looks_in_the_next_frame():
    landmarker = Landmarker()
    observer = Observer(landmarker, Detector(another_from=2))  # type: ignore[arg-type]
    for index in range(20):
        observer.look(Frame(time_ms=100 * index, image=np.zeros((120, 400, 3), np.uint8)))
    third_look_ms = 2 * DETECTOR_STEP_MS
    assert landmarker.searched_ms == [third_look_ms + 100, third_look_ms + DETECTOR_STEP_MS + 100]
