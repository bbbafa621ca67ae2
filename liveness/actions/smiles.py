"""Smiles: the corners of the mouth go apart and the smile score rises, both from the face's own rest."""

from dataclasses import dataclass

import numpy as np

from liveness.actions.curves import excursions, held_ms, is_broken, rest_level
from liveness.actions.spans import Span, make_event
from liveness.observation.signals import Array, Signals
from liveness.verdict import Action, ActionEvent


@dataclass(frozen=True, slots=True)
class SmileRule:
    """When the face smiled on purpose; score in [0, 1] and mouth width as a share of its own at rest."""

    required_score: float = 0.35
    required_width: float = 0.06
    edge: float = 0.4
    shortest_ms: int = 300
    longest_ms: int = 6000
    most_turn_deg: float = 15.0


def smile_from_rest(seen: Signals) -> Array:
    """The smile score above the face's own at rest."""
    return seen.smile - rest_level(seen.time_ms, seen.smile)


def find_smiles(seen: Signals, rule: SmileRule) -> list[ActionEvent]:
    """Relaxed, smiling, relaxed; geometry and score must agree, the head kept still."""
    time = seen.time_ms
    smile = smile_from_rest(seen)
    rest = rest_level(time, seen.mouth_width)
    wider = seen.mouth_width / np.maximum(rest, 1e-6) - 1.0
    events = []
    for first, peak, last in excursions(
        smile, enter=rule.required_score, leave=rule.required_score * rule.edge
    ):
        if first == 0 or last == len(seen) - 1 or is_broken(time, first - 1, last + 1):
            continue
        inside = slice(first, last + 1)
        held = held_ms(time, smile, first, last, rule.required_score)
        if (
            rule.shortest_ms <= held <= rule.longest_ms
            and wider[inside].max() >= rule.required_width
            and float(np.ptp(seen.yaw_deg[inside])) <= rule.most_turn_deg
        ):
            events.append(
                make_event(
                    Action.SMILE, time, Span(first, peak, last), smile[peak], rule.required_score, "score"
                )
            )
    return events
