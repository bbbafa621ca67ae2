"""Taking the looks at who the face is, in the pass over a clip or from the heads that were kept of it."""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from liveness.continuity.sights import FaceSight, Facing, Sightings, SightPlan
from liveness.observation.observer import Observations
from models.alignment import ARCFACE_TEMPLATE, SIDE, align, similarity
from models.comparison import FaceEmbedder, ImageBgr, Probe
from models.detection import overlap
from models.errors import FaceNotAligned
from models.landmarks import FaceObservation, ImageRgb

SAME_PICTURE: Final = 0.65
LOST_MS: Final = 200
SPRUNG_IOU: Final = 0.4

TOO_SLOW_FPS: Final = 5.0
"""While fewer frames a second come, faces are kept and not embedded: a video below 10 is refused whoever is
in it, and between its frames nearly every one may have become another. Those analysed are counted: of a face
that rests in a quick video there are six a second."""

_MARK_PX = 32
_MARK_POINTS = (ARCFACE_TEMPLATE * _MARK_PX / SIDE).astype(np.float32)
_CROP_MARGIN = 0.3


@dataclass(frozen=True, slots=True)
class _Kept:
    """An aligned face that is still to be embedded, uint8 BGR (112, 112, 3)."""

    time_ms: int
    aligned: ImageBgr = field(repr=False)
    broken: bool
    turned: bool


class FaceWatch:
    """A FrameSampler that embeds the followed face as the clip runs. One per clip."""

    def __init__(self, embedder: FaceEmbedder) -> None:
        self.sights: list[FaceSight] = []
        self._embedder = embedder
        self._plan = SightPlan()
        self._kept: list[_Kept] = []
        self._mark: npt.NDArray[np.float32] | None = None
        self._box: tuple[float, float, float, float] | None = None
        self._seen_ms = 0
        self._first_ms: int | None = None
        self._frames = 0

    def look(self, time_ms: int, image_rgb: ImageRgb, face: FaceObservation | None) -> None:
        """Follow one frame, and embed the face where the plan asks for it."""
        self._first_ms = time_ms if self._first_ms is None else self._first_ms
        self._frames += 1
        if face is not None:
            self._follow(time_ms, image_rgb, face)
        if self._kept and not self._is_slow(time_ms):
            self._embed_next()

    @property
    def sightings(self) -> Sightings:
        """What is known of who was there so far."""
        return _sightings(self.sights, self._plan)

    def catch_up(self) -> None:
        """Embed all faces that were kept for later, since it matters now who they are."""
        while self._kept:
            self._embed_next()

    def with_portrait(self, time_ms: int, probe: Probe) -> Sightings:
        """All looks so far and one at the compared picture, so that it must be of the same person."""
        return add_sight(self.sightings, time_ms, probe, self._embedder)

    def _follow(self, time_ms: int, image_rgb: ImageRgb, face: FaceObservation) -> None:
        mark = _mark_of(image_rgb, face)
        if self._box is not None and self._mark is not None:
            lost = time_ms - self._seen_ms > LOST_MS
            sprung = not overlap(self._box, face.box) >= SPRUNG_IOU
            if lost or sprung or not float((mark * self._mark).sum()) >= SAME_PICTURE:
                self._plan.note_break(time_ms)
        self._mark, self._box, self._seen_ms = mark, face.box, time_ms
        facing = Facing.of(face.yaw_deg, face.pitch_deg)
        if not self._plan.wants(time_ms, facing):
            return
        probe = _probe_of(image_rgb, face)
        if self._is_slow(time_ms):
            self._keep(time_ms, facing, probe)
        else:
            _take(self.sights, self._plan, time_ms, facing, probe, self._embedder)

    def _is_slow(self, time_ms: int) -> bool:
        """Whether so few frames came so far that a video like this is refused."""
        return 1000 * (self._frames - 1) < TOO_SLOW_FPS * (time_ms - (self._first_ms or 0))

    def _keep(self, time_ms: int, facing: Facing, probe: Probe) -> None:
        try:
            aligned = align(probe)
        except FaceNotAligned:
            return
        turned = facing is Facing.TURNED
        broken = self._plan.took(time_ms, turned=turned)
        self._kept.append(_Kept(time_ms, aligned, broken=broken, turned=turned))

    def _embed_next(self) -> None:
        """Embed the face that was kept first. One that gives no vector is no look."""
        kept = self._kept.pop(0)
        try:
            vector = self._embedder.embed(kept.aligned)
        except FaceNotAligned:
            return
        sight = FaceSight(kept.time_ms, vector, broken=kept.broken, turned=kept.turned)
        insort(self.sights, sight, key=lambda item: item.time_ms)


def add_sight(seen: Sightings, time_ms: int, probe: Probe, embedder: FaceEmbedder) -> Sightings:
    """One look more, by time; the same as before where the face cannot be aligned."""
    try:
        sight = FaceSight(time_ms, embedder.embed(align(probe)))
    except FaceNotAligned:
        return seen
    return replace(seen, sights=tuple(sorted((*seen.sights, sight), key=lambda item: item.time_ms)))


def find_sights(seen: Observations, embedder: FaceEmbedder) -> Sightings:
    """The same from the heads kept in a pass without a FaceWatch; it sees breaks of the track only."""
    plan = SightPlan()
    sights: list[FaceSight] = []
    jumps = set(seen.jumps_ms)
    seen_ms = seen.notes[0].time_ms if seen.notes else 0
    for note in seen.notes:
        if note.box is None:
            continue
        if note.time_ms - seen_ms > LOST_MS or note.time_ms in jumps:
            plan.note_break(note.time_ms)
        seen_ms = note.time_ms
        facing = Facing.of(note.sample.yaw_deg, note.sample.pitch_deg)
        if note.head is not None and plan.wants(note.time_ms, facing):
            _take(sights, plan, note.time_ms, facing, note.head.probe(), embedder)
    return _sightings(sights, plan)


def _take(
    sights: list[FaceSight],
    plan: SightPlan,
    time_ms: int,
    facing: Facing,
    probe: Probe,
    embedder: FaceEmbedder,
) -> None:
    """Look who the face is; one that cannot be aligned is looked at in the next frame."""
    try:
        vector = embedder.embed(align(probe))
    except FaceNotAligned:
        return
    turned = facing is Facing.TURNED
    broken = plan.took(time_ms, turned=turned)
    sights.append(FaceSight(time_ms, vector, broken=broken, turned=turned))


def _sightings(sights: Sequence[FaceSight], plan: SightPlan) -> Sightings:
    return Sightings(tuple(sights), tuple(plan.breaks_ms), tuple(plan.overlooked_ms))


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
