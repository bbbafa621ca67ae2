"""The frame that is compared with a portrait: neutral, sharp, frontal, and inside the verified stretch."""

from collections.abc import Sequence

import numpy as np

from liveness.observation.observer import FrameNotes, Observations
from liveness.verdict import ActionEvent

MARGIN_MS = 100
LEAST_NEUTRALITY = 0.15
WORTH_STRETCH = 0.7
"""A frame inside the stretch is taken where it is at least this share as good as the best of all."""

_FRONTAL_DEG = 15.0
_SHARP = 100.0


def neutrality(note: FrameNotes) -> float:
    """How neutral, frontal, sharp and well lit a face is, from 0 to 1, higher is better."""
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


def choose_neutral(
    seen: Observations, events: Sequence[ActionEvent], matched: Sequence[ActionEvent]
) -> FrameNotes | None:
    """The best frame that lies in no movement; None where no frame is good enough.

    The stretch from the first to the last matched action is preferred, since there the person is proven.
    """
    free = [
        note
        for note in seen.notes
        if note.head is not None
        and not any(e.start_ms - MARGIN_MS <= note.time_ms <= e.end_ms + MARGIN_MS for e in events)
    ]
    best = max(free, key=neutrality, default=None)
    if best is None or neutrality(best) < LEAST_NEUTRALITY:
        return None
    if not matched:
        return best
    first, last = min(e.start_ms for e in matched), max(e.end_ms for e in matched)
    inside = max((note for note in free if first <= note.time_ms <= last), key=neutrality, default=None)
    if inside is not None and neutrality(inside) >= WORTH_STRETCH * neutrality(best):
        return inside
    return best
