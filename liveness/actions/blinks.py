"""Blinks: both eyes open, closed, open, against the openness of the time around."""

from dataclasses import dataclass, field

import numpy as np

from liveness.actions.curves import bumps, is_broken, recent_quantile, rest_level
from liveness.actions.spans import Span, make_event
from liveness.observation.signals import Array, Signals
from liveness.verdict import Action, ActionEvent


@dataclass(frozen=True, slots=True)
class BlinkRule:
    """When a dip of the eyes is a blink. Closure is 1 - openness over the openness around that time.

    A blink that was caught half closed, between two frames, is quick; one that is slow must close the eyes
    fully, else it is a look downwards.
    """

    required_closure: float = 0.5
    required_score: float = 0.2
    swing: float = 0.3
    lesser_eye: float = 0.3
    full_closure: float = 0.65
    quick_ms: float = 400
    longest_ms: float = 1500
    window_ms: float = 3000
    most_gap_ms: float = 200
    lowest_chin_deg: float = 20.0
    far_eye_deg: float = 30.0
    """Turned further than this, only the eye that faces the camera counts."""


@dataclass(frozen=True, slots=True)
class Lids:
    """Closure of both eyes and of each, and the blink score above rest; all (n,), higher is more closed."""

    both: Array = field(repr=False)
    lesser: Array = field(repr=False)
    score: Array = field(repr=False)


def watch_lids(seen: Signals, rule: BlinkRule) -> Lids:
    """What the rule looks at."""
    time = seen.time_ms
    right, left = (
        1.0 - eye / np.maximum(recent_quantile(time, eye, rule.window_ms, 0.7), 1e-6)
        for eye in (seen.right_eye, seen.left_eye)
    )
    # With the nose toward larger x (positive yaw) the person's right eye faces the camera.
    only_right, only_left = seen.yaw_deg > rule.far_eye_deg, seen.yaw_deg < -rule.far_eye_deg
    both, score = ((a + b) / 2 for a, b in ((right, left), (seen.right_blink, seen.left_blink)))
    lesser = np.minimum(right, left)
    for only, eye, blink in ((only_right, right, seen.right_blink), (only_left, left, seen.left_blink)):
        both, lesser, score = (
            np.where(only, eye, both),
            np.where(only, eye, lesser),
            np.where(only, blink, score),
        )
    return Lids(both=both, lesser=lesser, score=score - recent_quantile(time, score, rule.window_ms, 0.2))


def find_blinks(seen: Signals, rule: BlinkRule) -> list[ActionEvent]:
    """Geometry and score must agree, since either alone fires on paper; a lowered head hides the eyes."""
    time, lids = seen.time_ms, watch_lids(seen, rule)
    chin = seen.pitch_deg - rest_level(time, seen.pitch_deg)
    events = []
    for before, peak, after in bumps(lids.both, rule.swing):
        inside = slice(before + 1, after)
        closed = lids.both[peak]
        length_ms = time[after] - time[before]
        if (
            closed >= rule.required_closure
            and lids.lesser[inside].max() >= rule.lesser_eye
            and lids.score[inside].max() >= rule.required_score
            and length_ms <= (rule.longest_ms if closed >= rule.full_closure else rule.quick_ms)
            and chin[peak] <= rule.lowest_chin_deg
            and not is_broken(time, before, after, rule.most_gap_ms)
        ):
            span = Span(before + 1, peak, after - 1)
            events.append(make_event(Action.BLINK, time, span, closed, rule.required_closure, "ratio"))
    return events
