"""The movements in the signals of a clip, each against the clip's own neutral state."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np

from liveness.actions.curves import (
    closure,
    excursions,
    held_ms,
    is_broken,
    rolling_quantile,
    smooth,
    turning_points,
)
from liveness.actions.smiles import SmileRule, find_smiles, smile_from_rest
from liveness.actions.spans import Span, make_event
from liveness.actions.turns import SIDES, TurnRule, find_turns, yaw_from_rest
from liveness.observation.signals import Array, Signals
from liveness.verdict import Action, ActionEvent

LEAST_SAMPLES: Final = 3
REST_QUANTILE: Final = 0.1
SMOOTHING_MS: Final = 120
SMALLEST_SWING_DEG: Final = 2.0


@dataclass(frozen=True, slots=True)
class BlinkRule:
    """When a dip of the eyes is a blink. Closure is 1 - openness over the openness around that time."""

    required_closure: float = 0.5
    edge_closure: float = 0.3
    one_eye_closure: float = 0.4
    required_score_rise: float = 0.2
    baseline_ms: int = 1500
    longest_ms: int = 1200
    lowest_chin_deg: float = 20.0


@dataclass(frozen=True, slots=True)
class MouthRule:
    """When the mouth was opened on purpose; gap over width and jaw score, both above the clip's own rest."""

    required_gap: float = 0.3
    required_jaw: float = 0.3
    edge: float = 0.4
    shortest_ms: int = 150
    longest_ms: int = 5000


@dataclass(frozen=True, slots=True)
class NodRule:
    """When a change of pitch is a nod: there and back, or back and there, mostly about the ear axis."""

    required_deg: float = 8.0
    longest_ms: int = 4000
    shortest_ms: int = 250
    most_yaw_ratio: float = 1.5
    settle: float = 0.3
    required_with_mouth_deg: float = 12.0
    """A falling jaw is read as some pitch, so a nod at the same time must be larger."""


@dataclass(frozen=True, slots=True)
class ActionRules:
    """The rules of all actions."""

    blink: BlinkRule = BlinkRule()
    mouth: MouthRule = MouthRule()
    nod: NodRule = NodRule()
    turn: TurnRule = field(default_factory=TurnRule)
    smile: SmileRule = field(default_factory=SmileRule)


@dataclass(frozen=True, slots=True)
class MovementCurves:
    """The movements over time, each from its own rest; angles in degrees, the others as ratios."""

    time_ms: Array = field(repr=False)
    closure: Array = field(repr=False)
    gap: Array = field(repr=False)
    pitch_deg: Array = field(repr=False)
    yaw_deg: Array = field(repr=False)
    smile: Array = field(repr=False)


def movement_curves(signals: Signals, rules: ActionRules) -> MovementCurves:
    """What the rules look at, for plots and for the strongest movement seen."""
    seen = signals.only_seen
    if not len(seen):
        nothing = np.empty(0)
        return MovementCurves(nothing, nothing, nothing, nothing, nothing, nothing)
    right, left = _closures(seen, rules.blink)
    pitch = smooth(seen.time_ms, seen.pitch_deg, SMOOTHING_MS)
    return MovementCurves(
        time_ms=seen.time_ms,
        closure=(right + left) / 2,
        gap=seen.mouth - np.quantile(seen.mouth, REST_QUANTILE),
        pitch_deg=pitch - np.median(pitch),
        yaw_deg=yaw_from_rest(seen),
        smile=smile_from_rest(seen),
    )


def strongest(action: Action, signals: Signals, rules: ActionRules) -> float:
    """The largest movement of this kind in the clip, whether or not it is an event; 0 where none was seen."""
    curves = movement_curves(signals, rules)
    if not len(curves.time_ms):
        return 0.0
    if action is Action.BLINK:
        return max(0.0, float(curves.closure.max()))
    if action is Action.MOUTH:
        return max(0.0, float(curves.gap.max()))
    if action is Action.SMILE:
        return max(0.0, float(curves.smile.max()))
    if action in SIDES:
        return max(0.0, float((SIDES[action] * curves.yaw_deg).max()))
    turns = curves.pitch_deg[turning_points(curves.pitch_deg, SMALLEST_SWING_DEG)]
    swings = np.abs(np.diff(turns))
    return float(np.minimum(swings[:-1], swings[1:]).max()) if len(swings) > 1 else 0.0


def find_events(signals: Signals, rules: ActionRules | None = None) -> tuple[ActionEvent, ...]:
    """Every movement of a clip that a challenge can ask for, by time of their start."""
    rules = rules or ActionRules()
    seen = signals.only_seen
    if len(seen) < LEAST_SAMPLES:
        return ()
    mouths = find_mouths(seen, rules.mouth)
    nods = [nod for nod in find_nods(seen, rules.nod) if not _jaw_only(nod, mouths, rules.nod)]
    events = [*find_blinks(seen, rules.blink), *mouths, *nods, *find_smiles(seen, rules.smile)]
    for side in SIDES:
        events += find_turns(seen, side, rules.turn)
    return tuple(sorted(events, key=lambda event: (event.start_ms, event.end_ms)))


def find_blinks(seen: Signals, rule: BlinkRule) -> list[ActionEvent]:
    """Both eyes open, closed, open; geometry and score must agree, since either alone fires on paper."""
    time = seen.time_ms
    right, left = _closures(seen, rule)
    both = (right + left) / 2
    score = np.minimum(seen.right_blink, seen.left_blink)
    rise = score - rolling_quantile(time, score, rule.baseline_ms, 0.2)
    pitch = seen.pitch_deg - np.median(seen.pitch_deg)
    events = []
    for first, peak, last in excursions(both, enter=rule.required_closure, leave=rule.edge_closure):
        if first == 0 or last == len(seen) - 1 or is_broken(time, first - 1, last + 1):
            continue
        inside = slice(first, last + 1)
        if (
            time[last + 1] - time[first - 1] <= rule.longest_ms
            and min(right[inside].max(), left[inside].max()) >= rule.one_eye_closure
            and rise[inside].max() >= rule.required_score_rise
            and pitch[peak] <= rule.lowest_chin_deg
        ):
            events.append(
                make_event(
                    Action.BLINK, time, Span(first, peak, last), both[peak], rule.required_closure, "ratio"
                )
            )
    return events


def find_mouths(seen: Signals, rule: MouthRule) -> list[ActionEvent]:
    """Closed, open, closed, held long enough not to be speech; a clip that starts open is refused."""
    time = seen.time_ms
    gap = seen.mouth - np.quantile(seen.mouth, REST_QUANTILE)
    jaw = seen.jaw - np.quantile(seen.jaw, REST_QUANTILE)
    events = []
    for first, peak, last in excursions(gap, enter=rule.required_gap, leave=rule.required_gap * rule.edge):
        if first == 0 or is_broken(time, first - 1, last):
            continue
        inside = slice(first, last + 1)
        held = held_ms(time, gap, first, last, rule.required_gap)
        if (
            held >= rule.shortest_ms
            and time[last] - time[first] <= rule.longest_ms
            and jaw[inside].max() >= rule.required_jaw
        ):
            events.append(
                make_event(Action.MOUTH, time, Span(first, peak, last), gap[peak], rule.required_gap, "ratio")
            )
    return events


def find_nods(seen: Signals, rule: NodRule) -> list[ActionEvent]:
    """Two swings of pitch that follow each other in opposite directions, whichever comes first."""
    time, pitch = seen.time_ms, smooth(seen.time_ms, seen.pitch_deg, SMOOTHING_MS)
    turns = _with_rests(pitch, turning_points(pitch, rule.required_deg), rule.required_deg)
    events = []
    at = 0
    while at + 2 < len(turns):
        start, peak, end = turns[at : at + 3]
        swing = float(min(abs(pitch[peak] - pitch[start]), abs(pitch[end] - pitch[peak])))
        start, end = _settled(pitch, start, peak, end, rule.settle)
        inside = slice(start, end + 1)
        turned = float(np.ptp(seen.yaw_deg[inside]))
        if (
            swing >= rule.required_deg
            and rule.shortest_ms <= time[end] - time[start] <= rule.longest_ms
            and turned <= rule.most_yaw_ratio * float(np.ptp(pitch[inside]))
            and not is_broken(time, start, end)
        ):
            events.append(
                make_event(Action.NOD, time, Span(start, peak, end), swing, rule.required_deg, "deg")
            )
            at += 2
        else:
            at += 1
    return events


def _closures(seen: Signals, rule: BlinkRule) -> tuple[Array, Array]:
    right = closure(seen.time_ms, seen.right_eye, rule.baseline_ms)
    left = closure(seen.time_ms, seen.left_eye, rule.baseline_ms)
    return right, left


def _jaw_only(nod: ActionEvent, mouths: list[ActionEvent], rule: NodRule) -> bool:
    return nod.measured < rule.required_with_mouth_deg and any(
        nod.start_ms < mouth.end_ms and mouth.start_ms < nod.end_ms for mouth in mouths
    )


def _with_rests(pitch: Array, turns: list[int], required_deg: float) -> list[int]:
    """Add the passage through rest to a swing that goes far beyond it: it ends one nod, begins the next."""
    rest = float(np.median(pitch))
    found = turns[:1]
    for before, after in pairwise(turns):
        if min(abs(pitch[before] - rest), abs(pitch[after] - rest)) >= required_deg and (
            (pitch[before] - rest) * (pitch[after] - rest) < 0
        ):
            found.append(before + int(np.argmin(np.abs(pitch[before : after + 1] - rest))))
        found.append(after)
    return found


def _settled(pitch: Array, start: int, peak: int, end: int, share: float) -> tuple[int, int]:
    """Move the ends of a nod inward over the rest that lies before and after the movement."""
    near_start = pitch[start] + share * (pitch[peak] - pitch[start])
    near_end = pitch[end] + share * (pitch[peak] - pitch[end])
    sign = 1.0 if pitch[peak] >= pitch[start] else -1.0
    before = np.flatnonzero(sign * pitch[start:peak] <= sign * near_start)
    after = np.flatnonzero(sign * pitch[peak : end + 1] <= sign * near_end)
    return start + int(before[-1]) if len(before) else start, peak + int(after[0]) if len(after) else end
