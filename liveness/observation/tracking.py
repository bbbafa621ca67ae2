"""Which of the faces in a frame is the one that is followed, and where the track breaks."""

from dataclasses import dataclass, field
from typing import Final

from models.detection import DetectedFace, overlap
from models.landmarks import FaceObservation

SAME_FACE_IOU: Final = 0.3
"""Two boxes that overlap by more are two looks at one face."""

JUMP_IOU: Final = 0.1
REMEMBERED_MS: Final = 500
RIVAL_SIZE: Final = 0.7
"""A second face counts from this share of the width of the first; smaller ones stand in the background."""

RIVAL_CONFIDENCE: Final = 0.8


@dataclass(slots=True)
class FaceTrack:
    """Follows one face from frame to frame; feed it every frame in order.

    jumps_ms: times at which the face was suddenly elsewhere. rivals_ms: times at which a second face of like
    size was there.
    """

    jumps_ms: list[int] = field(default_factory=list)
    rivals_ms: list[int] = field(default_factory=list)
    _last: FaceObservation | None = None
    _last_ms: int = 0

    def follow(self, time_ms: int, faces: tuple[FaceObservation, ...]) -> FaceObservation | None:
        """Choose the face that goes on from the last frame, or the largest where there was none lately."""
        if not faces:
            return None
        face = faces[0]
        if self._last is not None and time_ms - self._last_ms <= REMEMBERED_MS:
            before = self._last.box
            face = max(faces, key=lambda candidate: overlap(candidate.box, before))
            if overlap(face.box, before) < JUMP_IOU:
                self.jumps_ms.append(time_ms)
        if any(_rivals(face, other) for other in faces if other is not face):
            self._note_rival(time_ms)
        self._last, self._last_ms = face, time_ms
        return face

    def compare(self, time_ms: int, detected: tuple[DetectedFace, ...]) -> bool:
        """Note a second face that an independent detector saw in the frame that was followed last.

        True where it saw another face at all, however small or unsure.
        """
        if self._last is None:
            return False
        left, _, right, _ = box = self._last.box
        others = [face for face in detected if overlap(face.box, box) < SAME_FACE_IOU]
        for other in others:
            if other.confidence >= RIVAL_CONFIDENCE and other.width >= RIVAL_SIZE * (right - left):
                self._note_rival(time_ms)
        return bool(others)

    def _note_rival(self, time_ms: int) -> None:
        if not self.rivals_ms or self.rivals_ms[-1] != time_ms:
            self.rivals_ms.append(time_ms)


def _rivals(face: FaceObservation, other: FaceObservation) -> bool:
    width = face.box[2] - face.box[0]
    return other.box[2] - other.box[0] >= RIVAL_SIZE * width and overlap(face.box, other.box) < SAME_FACE_IOU
