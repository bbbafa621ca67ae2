"""The frame that is compared with a portrait: neutral, sharp, frontal, and inside the verified stretch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from liveness.observation.observer import FrameNotes, Observations
from liveness.quality.face_quality import FaceQuality, Rest, measure_face
from liveness.verdict import ActionEvent
from models.comparison import Probe

MARGIN_MS: Final = 100
APART_MS: Final = 250
CANDIDATES: Final = 5
"""So many frames are unpacked and measured in all parts; a cheap score from the pass finds them."""

EDGE_MS: Final = 1000
"""How far beyond the first and last action a frame may lie where none between them is fit."""

_FRONTAL_DEG = 15.0
_SHARP = 100.0


@dataclass(frozen=True, slots=True)
class PortraitFrame:
    """The chosen frame and how good it is."""

    note: FrameNotes
    quality: FaceQuality

    @property
    def probe(self) -> Probe:
        """The face as a comparator takes it."""
        if self.note.head is None:
            raise ValueError("a frame without a head was chosen")
        return self.note.head.probe()


def neutrality(note: FrameNotes) -> float:
    """How neutral, frontal, sharp and well lit a face is, from 0 to 1, higher is better; costs nothing."""
    if note.quality is None:
        return 0.0
    sample, picture = note.sample, note.quality
    angle = np.hypot(sample.yaw_deg, sample.pitch_deg / 1.5) / _FRONTAL_DEG
    frontal = float(np.exp(-0.5 * angle**2)) * float(np.exp(-0.5 * (sample.roll_deg / 20.0) ** 2))
    eyes = 1.0 - max(sample.right_blink, sample.left_blink)
    mouth = 1.0 - min(1.0, sample.mouth / 0.4)
    sharp = picture.sharpness / (picture.sharpness + _SHARP)
    lit = float(np.exp(-0.5 * ((picture.light - 135.0) / 70.0) ** 2)) * (1.0 - picture.overexposed)
    return frontal * eyes * mouth * (1.0 - 0.3 * sample.smile) * (0.4 + 0.6 * sharp) * (0.4 + 0.6 * lit)


def choose_portrait(
    seen: Observations, events: Sequence[ActionEvent], matched: Sequence[ActionEvent]
) -> PortraitFrame | None:
    """The best fit frame of the verified stretch; None where no frame is fit to be compared.

    1. Between the start of the first and the end of the last matched action, in no movement.
    2. There, in the rest at the edges of a movement, if that is all there is.
    3. Up to EDGE_MS before or after, where the face was followed without a break up to there.

    Without matched actions nothing is verified, and the best frame of all is given for the reviewer.
    """
    notes = [note for note in seen.notes if note.head is not None and note.quality is not None]
    rest = Rest.of(seen.signals)
    for pool in _pools(seen, notes, events, matched):
        best = _best(pool, rest)
        if best is not None:
            return best
    return None


def _pools(
    seen: Observations,
    notes: Sequence[FrameNotes],
    events: Sequence[ActionEvent],
    matched: Sequence[ActionEvent],
) -> Iterable[list[FrameNotes]]:
    if not matched:
        yield [note for note in notes if not _moving(note, events)]
        return
    first, last = min(event.start_ms for event in matched), max(event.end_ms for event in matched)
    inside = [note for note in notes if first <= note.time_ms <= last]
    yield [note for note in inside if not _moving(note, events)]
    yield inside
    low, high = _unbroken(seen, first, last)
    yield [note for note in notes if low <= note.time_ms <= high and not _moving(note, events)]


def _moving(note: FrameNotes, events: Sequence[ActionEvent]) -> bool:
    return any(event.start_ms - MARGIN_MS <= note.time_ms <= event.end_ms + MARGIN_MS for event in events)


def _unbroken(seen: Observations, first: int, last: int) -> tuple[int, int]:
    """The stretch widened by EDGE_MS, but over no frame without the face and no jump of it."""
    breaks = [note.time_ms for note in seen.notes if note.box is None] + list(seen.jumps_ms)
    low = max([first - EDGE_MS, *(at for at in breaks if at <= first)])
    high = min([last + EDGE_MS, *(at - 1 for at in breaks if at > last)])
    return low, high


def _best(pool: Sequence[FrameNotes], rest: Rest) -> PortraitFrame | None:
    """Measure the most neutral frames of a pool that lie apart, and take the best that is fit."""
    candidates: list[FrameNotes] = []
    for note in sorted(pool, key=neutrality, reverse=True):
        if all(abs(note.time_ms - other.time_ms) >= APART_MS for other in candidates):
            candidates.append(note)
        if len(candidates) == CANDIDATES:
            break
    measured = [PortraitFrame(note, measure_face(note, rest)) for note in candidates]
    fit = [frame for frame in measured if frame.quality.fit]
    return max(fit, key=lambda frame: frame.quality.unified, default=None)
