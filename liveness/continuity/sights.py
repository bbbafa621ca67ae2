"""Looks at who the face is, a bounded number of them along a clip, taken while it runs.

Embedding a face costs 30-50 ms, so it is done every second or two, and at once where the face may have been
exchanged: after it was lost or sprang elsewhere, and where its picture changed from one frame to the next as
one person's does not. Between consecutive frames of one person the small aligned pictures correlate by 0.7
and more (0.35 in the worst frame of the labelled recordings); those of two persons by 0.2, one pair in
twenty by more than 0.6.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from liveness.observation.observer import Observations
from models.alignment import ARCFACE_TEMPLATE, SIDE, align, similarity
from models.comparison import FaceEmbedder, Probe
from models.detection import overlap
from models.errors import FaceNotAligned
from models.landmarks import FaceObservation, ImageRgb

Vector = npt.NDArray[np.float32]

FIRST_STEPS: Final = 4
STEP_MS: Final = 1500
LONG_STEP_MS: Final = 3000
"""The first sights come quickly, since most clips are short; later ones at the longer step."""

MOST_STEPS: Final = 12
MOST_BREAKS: Final = 6
"""No clip costs more sights than these together, whatever it shows."""

SAME_PICTURE: Final = 0.65
LOST_MS: Final = 200
SPRUNG_IOU: Final = 0.4
FRONTAL_DEG: Final = (15.0, 25.0)
"""Yaw and pitch within which a face is embedded gladly; up to 1.7 times that after waiting."""

PATIENCE_MS: Final = 700
PATIENCE: Final = 1.7

_MARK_PX = 32
_MARK_POINTS = (ARCFACE_TEMPLATE * _MARK_PX / SIDE).astype(np.float32)
_CROP_MARGIN = 0.3


@dataclass(frozen=True, slots=True)
class FaceSight:
    """Who was seen at one moment. vector: float32 (128,), unit length. broken: right after a break."""

    time_ms: int
    vector: Vector = field(repr=False)
    broken: bool = False


@dataclass(slots=True)
class SightPlan:
    """Decides at which frames to look who the face is."""

    steps: int = 0
    breaks: int = 0
    _due_ms: int = 0
    _broken: bool = False

    def note_break(self, time_ms: int) -> None:
        """The face may be another one from here on."""
        if self.breaks < MOST_BREAKS:
            self._broken = True
            self._due_ms = min(self._due_ms, time_ms)

    def wants(self, time_ms: int, yaw_deg: float, pitch_deg: float) -> bool:
        """Whether this frame is one to look at: it is due, and the face is frontal enough for the wait."""
        if time_ms < self._due_ms or (self.steps >= MOST_STEPS and not self._broken):
            return False
        patience = PATIENCE if self._broken or time_ms - self._due_ms >= PATIENCE_MS else 1.0
        yaw, pitch = FRONTAL_DEG
        return abs(yaw_deg) <= yaw * patience and abs(pitch_deg) <= pitch * patience

    def took(self, time_ms: int) -> bool:
        """Note that the face was looked at; tells whether it was right after a break."""
        was_broken = self._broken
        if was_broken:
            self.breaks += 1
        else:
            self.steps += 1
        self._broken = False
        self._due_ms = time_ms + (STEP_MS if self.steps < FIRST_STEPS else LONG_STEP_MS)
        return was_broken


class FaceWatch:
    """A FrameSampler that embeds the followed face as the clip runs. One per clip."""

    def __init__(self, embedder: FaceEmbedder) -> None:
        self.sights: list[FaceSight] = []
        self._embedder = embedder
        self._plan = SightPlan()
        self._mark: npt.NDArray[np.float32] | None = None
        self._box: tuple[float, float, float, float] | None = None
        self._seen_ms = 0

    def look(self, time_ms: int, image_rgb: ImageRgb, face: FaceObservation | None) -> None:
        """Follow one frame, and embed the face where the plan asks for it."""
        if face is None:
            return
        mark = _mark_of(image_rgb, face)
        if self._box is not None and self._mark is not None:
            lost = time_ms - self._seen_ms > LOST_MS
            sprung = overlap(self._box, face.box) < SPRUNG_IOU
            if lost or sprung or float((mark * self._mark).sum()) < SAME_PICTURE:
                self._plan.note_break(time_ms)
        self._mark, self._box, self._seen_ms = mark, face.box, time_ms
        if self._plan.wants(time_ms, face.yaw_deg, face.pitch_deg):
            try:
                vector = self._embedder.embed(align(_probe_of(image_rgb, face)))
            except FaceNotAligned:
                return
            self.sights.append(FaceSight(time_ms, vector, broken=self._plan.took(time_ms)))

    def with_portrait(self, time_ms: int, probe: Probe) -> tuple[FaceSight, ...]:
        """All sights so far and one of the compared picture, so that it must be of the same person."""
        return add_sight(self.sights, time_ms, probe, self._embedder)


def add_sight(
    sights: Sequence[FaceSight], time_ms: int, probe: Probe, embedder: FaceEmbedder
) -> tuple[FaceSight, ...]:
    """The sights with one more, by time; as they were where the face cannot be aligned."""
    try:
        sight = FaceSight(time_ms, embedder.embed(align(probe)))
    except FaceNotAligned:
        return tuple(sights)
    return tuple(sorted((*sights, sight), key=lambda item: item.time_ms))


def find_sights(seen: Observations, embedder: FaceEmbedder) -> list[FaceSight]:
    """The same from the heads kept in a pass without a FaceWatch; it sees breaks of the track only."""
    plan = SightPlan()
    sights = []
    jumps = set(seen.jumps_ms)
    seen_ms = seen.notes[0].time_ms if seen.notes else 0
    for note in seen.notes:
        if note.head is None:
            continue
        if note.time_ms - seen_ms > LOST_MS or note.time_ms in jumps:
            plan.note_break(note.time_ms)
        seen_ms = note.time_ms
        if plan.wants(note.time_ms, note.sample.yaw_deg, note.sample.pitch_deg):
            try:
                vector = embedder.embed(align(note.head.probe()))
            except FaceNotAligned:
                continue
            sights.append(FaceSight(note.time_ms, vector, broken=plan.took(note.time_ms)))
    return sights


def _mark_of(image_rgb: ImageRgb, face: FaceObservation) -> npt.NDArray[np.float32]:
    """The face at 32 x 32, grey, aligned, without its mean and of unit length."""
    small = cv2.warpAffine(
        image_rgb, similarity(face.five_points, _MARK_POINTS), (_MARK_PX, _MARK_PX), flags=cv2.INTER_AREA
    )
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey -= grey.mean()
    return np.asarray(grey / (np.linalg.norm(grey) + 1e-6), np.float32)


def _probe_of(image_rgb: ImageRgb, face: FaceObservation) -> Probe:
    height, width = image_rgb.shape[:2]
    left, top, right, bottom = face.box
    pad = _CROP_MARGIN * max(right - left, bottom - top)
    x0, y0 = int(np.clip(left - pad, 0, width - 2)), int(np.clip(top - pad, 0, height - 2))
    x1, y1 = int(np.clip(right + pad, x0 + 2, width)), int(np.clip(bottom + pad, y0 + 2, height))
    crop = np.asarray(cv2.cvtColor(image_rgb[y0:y1, x0:x1], cv2.COLOR_RGB2BGR), np.uint8)
    points = (face.five_points - np.array([x0, y0], np.float32)).astype(np.float32)
    return Probe(image=crop, five_points=points)
