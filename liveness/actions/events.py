"""The movements in the signals of a clip, each against the clip's own neutral state."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from liveness.actions.blinks import BlinkRule, find_blinks, watch_lids
from liveness.actions.curves import FIRST_REST_MS, LOOK_AHEAD_MS, rest_level, turning_points
from liveness.actions.mouths import MouthRule, find_mouths, watch_mouth, widest
from liveness.actions.nods import SMOOTHING_MS, STOPPED_MS, NodRule, find_nods, pitch_of
from liveness.actions.smiles import SmileRule, find_smiles, smile_from_rest
from liveness.actions.turns import TurnRule, find_turns, yaw_from_rest
from liveness.observation.signals import Array, Signals
from liveness.verdict import Action, ActionEvent

LEAST_SAMPLES: Final = 3
SMALLEST_SWING_DEG: Final = 2.0
SETTLED_MS: Final = max(LOOK_AHEAD_MS, STOPPED_MS + SMOOTHING_MS)
"""So long after its end nothing that comes later changes an event."""


@dataclass(frozen=True, slots=True)
class ActionRules:
    """The rules of all actions."""

    blink: BlinkRule = field(default_factory=BlinkRule)
    mouth: MouthRule = field(default_factory=MouthRule)
    nod: NodRule = field(default_factory=NodRule)
    turn: TurnRule = field(default_factory=TurnRule)
    smile: SmileRule = field(default_factory=SmileRule)


@dataclass(frozen=True, slots=True)
class MovementCurves:
    """The movements over time, each from its own rest; angles in degrees, the others as ratios."""

    time_ms: Array = field(repr=False)
    closure: Array = field(repr=False)
    opening: Array = field(repr=False)
    pitch_deg: Array = field(repr=False)
    yaw_deg: Array = field(repr=False)
    smile: Array = field(repr=False)


def movement_curves(signals: Signals, rules: ActionRules) -> MovementCurves:
    """What the rules look at, for plots and for the strongest movement seen."""
    seen = signals.only_seen
    if not len(seen):
        nothing = np.empty(0)
        return MovementCurves(nothing, nothing, nothing, nothing, nothing, nothing)
    pitch = pitch_of(seen)
    return MovementCurves(
        time_ms=seen.time_ms,
        closure=watch_lids(seen, rules.blink).both,
        opening=watch_mouth(seen).opening,
        pitch_deg=pitch - rest_level(seen.time_ms, pitch),
        yaw_deg=yaw_from_rest(seen),
        smile=smile_from_rest(seen),
    )


def strongest(action: Action, signals: Signals, rules: ActionRules) -> float:
    """The largest movement of this kind in the clip, whether or not it is an event; 0 where none was seen."""
    curves = movement_curves(signals, rules)
    if not len(curves.time_ms):
        return 0.0
    if action is Action.NOD:
        turns = curves.pitch_deg[turning_points(curves.pitch_deg, SMALLEST_SWING_DEG)]
        swings = np.abs(np.diff(turns))
        return float(np.minimum(swings[:-1], swings[1:]).max()) if len(swings) > 1 else 0.0
    if action is Action.MOUTH:
        return widest(signals.only_seen)
    curve = {
        Action.BLINK: curves.closure,
        Action.TURN_LEFT: curves.yaw_deg,
        Action.TURN_RIGHT: -curves.yaw_deg,
        Action.SMILE: curves.smile,
    }[action]
    return max(0.0, float(curve.max()))


def find_events(signals: Signals, rules: ActionRules | None = None) -> tuple[ActionEvent, ...]:
    """Every movement of a clip that a challenge can ask for, by time of their start."""
    rules = rules or ActionRules()
    seen = signals.only_seen
    if len(seen) < LEAST_SAMPLES:
        return ()
    mouth = watch_mouth(seen)
    events = [
        *find_blinks(seen, rules.blink),
        *find_mouths(seen, rules.mouth, mouth=mouth),
        *find_nods(seen, rules.nod, opening=mouth.opening),
        *find_turns(seen, rules.turn),
        *find_smiles(seen, rules.smile),
    ]
    return tuple(sorted(events, key=lambda event: (event.start_ms, event.end_ms)))


def settled_events(signals: Signals, rules: ActionRules | None = None) -> tuple[ActionEvent, ...]:
    """Of a clip that still runs: the events so far that will be found in the whole clip just the same."""
    if not len(signals):
        return ()
    now_ms = signals.time_ms[-1]
    return tuple(
        event
        for event in find_events(signals, rules)
        if now_ms >= max(event.end_ms + SETTLED_MS, signals.time_ms[0] + FIRST_REST_MS + SETTLED_MS)
    )
