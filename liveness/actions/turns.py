"""Turns of the head to one side and back, to the person's own left or right.

The person's own left is the side of larger x in a picture that is not mirrored. What a page records from the
camera is not mirrored, even where its preview is; a file that was stored mirrored swaps the sides.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from liveness.actions.curves import excursions, is_broken, rest_level, smooth
from liveness.actions.spans import Span, make_event
from liveness.observation.signals import Array, Signals
from liveness.verdict import Action, ActionEvent

SMOOTHING_MS: Final = 120
FACING_DEG: Final = 10.0
"""Rest lies within this of looking straight at the camera, however long the head was turned before."""

SIDES: Final = {Action.TURN_LEFT: 1.0, Action.TURN_RIGHT: -1.0}
"""The sign of yaw, which is positive with the nose toward larger x."""


@dataclass(frozen=True, slots=True)
class TurnRule:
    """When a change of yaw is a turn: out to one side and back, with little nodding."""

    required_deg: float = 15.0
    edge: float = 0.4
    shortest_ms: int = 250
    longest_ms: int = 6000
    most_pitch_ratio: float = 0.8


def yaw_from_rest(seen: Signals) -> Array:
    """Yaw in degrees from where the head mostly was, positive to the person's own left."""
    yaw = smooth(seen.time_ms, seen.yaw_deg, SMOOTHING_MS)
    return yaw - np.clip(rest_level(seen.time_ms, yaw), -FACING_DEG, FACING_DEG)


def find_turns(seen: Signals, rule: TurnRule) -> list[ActionEvent]:
    """Facing the camera, turned to one side, facing it again."""
    time, yaw = seen.time_ms, yaw_from_rest(seen)
    required, edge = rule.required_deg, rule.required_deg * rule.edge
    events = []
    for action, sign in SIDES.items():
        turned = sign * yaw
        for first, peak, last in excursions(time, turned, enter=required, leave=edge):
            if first == 0 or last == len(seen) - 1 or is_broken(time, first - 1, last + 1):
                continue
            inside = slice(first, last + 1)
            nodded = float(np.ptp(seen.pitch_deg[inside]))
            if (
                rule.shortest_ms <= time[last + 1] - time[first - 1] <= rule.longest_ms
                and nodded <= rule.most_pitch_ratio * turned[peak]
            ):
                events.append(
                    make_event(action, time, Span(first, peak, last), turned[peak], required, "deg")
                )
    return events
