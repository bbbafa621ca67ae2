"""Turns of the head to one side and back, to the person's own left or right.

The person's own left is the side of larger x in a picture that is not mirrored. What a page records from the
camera is not mirrored, even where its preview is; a file that was stored mirrored swaps the sides.
"""

from dataclasses import dataclass

from liveness.actions.curves import excursions, is_broken, rest_level, smooth
from liveness.actions.spans import Span, make_event
from liveness.observation.signals import Array, Signals
from liveness.verdict import Action, ActionEvent

SMOOTHING_MS = 120
SIDES = {Action.TURN_LEFT: 1.0, Action.TURN_RIGHT: -1.0}
"""The sign of yaw, which is positive with the nose toward larger x."""


@dataclass(frozen=True, slots=True)
class TurnRule:
    """When a change of yaw is a turn: out to one side and back, mostly about the neck."""

    required_deg: float = 15.0
    edge: float = 0.4
    shortest_ms: int = 250
    longest_ms: int = 6000
    most_pitch_ratio: float = 1.0


def yaw_from_rest(seen: Signals) -> Array:
    """Yaw in degrees from where the head mostly is, positive to the person's own left."""
    yaw = smooth(seen.time_ms, seen.yaw_deg, SMOOTHING_MS)
    return yaw - rest_level(seen.time_ms, yaw)


def find_turns(seen: Signals, action: Action, rule: TurnRule) -> list[ActionEvent]:
    """Facing the camera, turned to the side that the action names, facing it again."""
    time = seen.time_ms
    turned = SIDES[action] * yaw_from_rest(seen)
    events = []
    for first, peak, last in excursions(turned, enter=rule.required_deg, leave=rule.required_deg * rule.edge):
        if first == 0 or last == len(seen) - 1 or is_broken(time, first - 1, last + 1):
            continue
        inside = slice(first, last + 1)
        nodded = float(seen.pitch_deg[inside].max() - seen.pitch_deg[inside].min())
        if (
            rule.shortest_ms <= time[last + 1] - time[first - 1] <= rule.longest_ms
            and nodded <= rule.most_pitch_ratio * turned[peak]
        ):
            events.append(
                make_event(action, time, Span(first, peak, last), turned[peak], rule.required_deg, "deg")
            )
    return events
