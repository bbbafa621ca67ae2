"""Everything that is measured in one pass over a video; all later steps are arithmetic on it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from liveness.observation.attention import Attention
from liveness.observation.heads import HEAD_STEP_MS, HeadPlan
from liveness.observation.picture import HeadPicture, PictureQuality, keep_head, measure_picture, thumbnail
from liveness.observation.sampling import FrameSampler
from liveness.observation.signals import Sample, Signals, sample_face
from liveness.observation.tracking import RIVAL_SIZE, FaceTrack
from liveness.video.reading import Frame, Glimpse, VideoFacts
from models.detection import FaceDetector
from models.landmarks import FaceLandmarker

DETECTOR_STEP_MS = 500
"""How often an independent detector looks for a second face; where it sees one, the landmarker looks, too."""

RIGID_POINTS = (
    *(33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 98, 327),
    *(70, 63, 105, 66, 107, 336, 296, 334, 293, 300),
    *(234, 93, 132, 58, 454, 323, 361, 288, 10, 109, 338, 151, 9, 8),
    *(116, 345, 117, 346, 50, 280, 205, 425),
)
"""Points that move with the skull: eye corners, nose, brows, temples, cheeks; no lid, lip or chin."""


@dataclass(frozen=True, slots=True)
class FrameNotes:
    """What is kept of one analysed frame; box, rigid and quality are None where no face was found.

    head: kept of some frames only (see heads.py). rigid: float32 (n, 2), the RIGID_POINTS in pixels. change:
    mean absolute change of the whole picture since the frame before, in grey levels.
    """

    time_ms: int
    sample: Sample
    change: float
    box: tuple[float, float, float, float] | None
    rigid: npt.NDArray[np.float32] | None = field(repr=False)
    quality: PictureQuality | None
    head: HeadPicture | None


@dataclass(frozen=True, slots=True)
class Observations:
    """One pass over a clip."""

    notes: tuple[FrameNotes, ...]
    signals: Signals
    jumps_ms: tuple[int, ...]
    rivals_ms: tuple[int, ...]
    facts: VideoFacts
    duration_ms: int
    frames_decoded: int

    def head_at(self, time_ms: int) -> HeadPicture | None:
        """The picture nearest to a time, None where no face was seen near it.

        Between two kept pictures of a face nothing moved much.
        """
        heads = [note.head for note in self.notes if note.head is not None]
        nearest = min(heads, key=lambda head: abs(head.time_ms - time_ms), default=None)
        return nearest if nearest is not None and abs(nearest.time_ms - time_ms) <= HEAD_STEP_MS else None


@dataclass(slots=True)
class Observer:
    """Looks at frames one after the other. One per clip; the landmarker is the clip's own.

    samplers: told of every analysed frame, and of the face that is followed in it.
    """

    landmarker: FaceLandmarker
    detector: FaceDetector
    samplers: tuple[FrameSampler, ...] = ()
    track: FaceTrack = field(default_factory=FaceTrack)
    attention: Attention = field(default_factory=Attention)
    heads: HeadPlan = field(default_factory=HeadPlan)
    notes: list[FrameNotes] = field(default_factory=list)
    _last_thumb: npt.NDArray[np.float32] | None = None
    _detector_due_ms: int = 0
    _saw_another: bool = False

    def wants(self, time_ms: int, glimpse: Glimpse) -> bool:
        """Whether a frame is worth a look to follow the face in it."""
        return self.attention.wants(time_ms, glimpse)

    def look(self, frame: Frame) -> FrameNotes:
        """Measure one frame."""
        faces = self.landmarker.detect(frame.image, frame.time_ms, search=self._saw_another)
        self._saw_another = False
        face = self.track.follow(frame.time_ms, faces)
        self.attention.note(frame.time_ms, frame.image, face)
        if frame.time_ms >= self._detector_due_ms:
            self._detector_due_ms = frame.time_ms + DETECTOR_STEP_MS
            least_px = 0.0 if face is None else RIVAL_SIZE * (face.box[2] - face.box[0])
            detected = self.detector.detect(frame.image, least_px=least_px)
            self._saw_another = self.track.compare(frame.time_ms, detected)
        for sampler in self.samplers:
            sampler.look(frame.time_ms, frame.image, face)
        thumb = thumbnail(frame.image)
        change = 0.0 if self._last_thumb is None else float(np.abs(thumb - self._last_thumb).mean())
        self._last_thumb = thumb
        if face is None:
            sample = Sample(time_ms=frame.time_ms, faces=0)
            note = FrameNotes(frame.time_ms, sample, change, None, None, None, None)
        else:
            sample = sample_face(frame.time_ms, len(faces), face)
            note = FrameNotes(
                time_ms=frame.time_ms,
                sample=sample,
                change=change,
                box=face.box,
                rigid=face.points[list(RIGID_POINTS), :2].copy(),
                quality=measure_picture(frame.image, face),
                head=keep_head(frame.time_ms, frame.image, face) if self.heads.wants(sample) else None,
            )
        self.notes.append(note)
        return note

    def observations(self, facts: VideoFacts, *, duration_ms: int, frames_decoded: int) -> Observations:
        """Everything seen so far, at any time of the clip."""
        return Observations(
            notes=tuple(self.notes),
            signals=Signals.of([note.sample for note in self.notes]),
            jumps_ms=tuple(self.track.jumps_ms),
            rivals_ms=tuple(self.track.rivals_ms),
            facts=facts,
            duration_ms=duration_ms,
            frames_decoded=frames_decoded,
        )


def observe(
    frames: Iterator[Frame], observer: Observer, *, progress: Callable[[int], None] | None = None
) -> None:
    """Look at every frame; `progress` is told the time of each, in ms."""
    for frame in frames:
        observer.look(frame)
        if progress is not None:
            progress(frame.time_ms)
