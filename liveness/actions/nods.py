"""Nods: the head goes down and comes back, or up and back, mostly about the axis through the ears."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from liveness.actions.curves import is_broken, smooth, turning_points
from liveness.actions.spans import Span, make_event
from liveness.observation.signals import Array, Signals
from liveness.verdict import Action, ActionEvent

SMOOTHING_MS: Final = 120
STOPPED_MS: Final = 250
STOPPED_DEG: Final = 0.8
ONSET: Final = 0.3


@dataclass(frozen=True, slots=True)
class NodRule:
    """When a change of pitch is a nod: there and back, each by so much, in this time, not sideways."""

    required_deg: float = 7.5
    longest_ms: float = 4000
    shortest_ms: float = 250
    most_yaw_ratio: float = 2.0
    most_roll_ratio: float = 1.5
    required_with_mouth_deg: float = 12.0
    open_mouth: float = 1.0
    """A falling jaw is read as some pitch, so a nod with the mouth this far open must be larger."""


def pitch_of(seen: Signals) -> Array:
    """Pitch in degrees without the jitter of single frames."""
    return smooth(seen.time_ms, seen.pitch_deg, SMOOTHING_MS)


def find_nods(seen: Signals, rule: NodRule, *, opening: Array) -> list[ActionEvent]:
    """Two swings of pitch that follow each other in opposite directions, whichever comes first.

    opening: how far the mouth is open, (n,).
    """
    time, pitch = seen.time_ms, pitch_of(seen)
    events: list[ActionEvent] = []
    begin = 0
    while True:
        turns = turning_points(pitch[begin:], rule.required_deg)
        if len(turns) < 3:
            return events
        start, peak = begin + turns[0], begin + turns[1]
        end = _way_back(time, pitch, start, peak, rule.required_deg)
        there, back = abs(float(pitch[peak] - pitch[start])), abs(float(pitch[end] - pitch[peak]))
        span = Span(_onset(pitch, start, peak), peak, end)
        swing = min(there, back)
        if _is_nod(seen, span, swing, float(opening[span.first : end + 1].max()), rule):
            events.append(make_event(Action.NOD, time, span, swing, rule.required_deg, "deg"))
            begin = end
        else:
            begin = peak


def _is_nod(seen: Signals, span: Span, swing: float, mouth: float, rule: NodRule) -> bool:
    inside = slice(span.first, span.last + 1)
    nodded = float(np.ptp(seen.pitch_deg[inside]))
    return bool(
        rule.shortest_ms <= seen.time_ms[span.last] - seen.time_ms[span.first] <= rule.longest_ms
        and float(np.ptp(seen.yaw_deg[inside])) <= rule.most_yaw_ratio * nodded
        and float(np.ptp(seen.roll_deg[inside])) <= rule.most_roll_ratio * nodded
        and (mouth < rule.open_mouth or swing >= rule.required_with_mouth_deg)
        and not is_broken(seen.time_ms, span.first, span.last)
    )


def _way_back(time: Array, pitch: Array, start: int, peak: int, required_deg: float) -> int:
    """Index at which the head is back: as far as it came from, or far enough and at rest."""
    sign = 1.0 if pitch[peak] > pitch[start] else -1.0
    back = sign * (pitch[peak] - pitch[peak:])
    whole = abs(float(pitch[peak] - pitch[start]))
    for index in np.flatnonzero(back >= required_deg):
        soon = int(np.searchsorted(time, time[peak + index] + STOPPED_MS, side="right")) - peak
        if back[index] >= whole or back[index:soon].max() - back[index] <= STOPPED_DEG:
            return peak + int(index)
    raise ValueError("the head does not come back")


def _onset(pitch: Array, start: int, peak: int) -> int:
    """Index at which the movement sets in, after the rest before it."""
    near = np.abs(pitch[start:peak] - pitch[start]) <= ONSET * abs(pitch[peak] - pitch[start])
    return start + int(np.flatnonzero(near)[-1])
