"""Smiles: the corners of the mouth go apart and the smile score rises, both from the face's own rest."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from liveness.actions.curves import excursions, held_ms, is_broken, rest_level
from liveness.actions.spans import Span, make_event
from liveness.observation.signals import Array, Signals
from liveness.verdict import Action, ActionEvent

REST_QUANTILE: Final = 0.5


@dataclass(frozen=True, slots=True)
class SmileRule:
    """When the face smiled on purpose: score in [0, 1] above rest, mouth wider by a share of its own rest."""

    required_score: float = 0.4
    required_width: float = 0.1
    edge: float = 0.5
    shortest_ms: float = 300
    longest_ms: float = 6000
    most_turn_deg: float = 15.0


def smile_from_rest(seen: Signals) -> Array:
    """The smile score above the face's own at rest."""
    return seen.smile - rest_level(seen.time_ms, seen.smile, REST_QUANTILE)


def find_smiles(seen: Signals, rule: SmileRule) -> list[ActionEvent]:
    """Relaxed, smiling, relaxed; geometry and score must agree, the head kept still."""
    time, smile = seen.time_ms, smile_from_rest(seen)
    rest_width = rest_level(time, seen.mouth_width)
    required, edge = rule.required_score, rule.required_score * rule.edge
    events = []
    for first, peak, last in excursions(time, smile, enter=required, leave=edge):
        if first == 0 or last == len(seen) - 1 or is_broken(time, first - 1, last + 1):
            continue
        inside = slice(first, last + 1)
        wider = float(seen.mouth_width[inside].max()) / max(float(rest_width[first - 1]), 1e-6) - 1.0
        if (
            held_ms(time, smile, first, last, required) >= rule.shortest_ms
            and time[last] - time[first] <= rule.longest_ms
            and wider >= rule.required_width
            and float(np.ptp(seen.yaw_deg[inside])) <= rule.most_turn_deg
        ):
            events.append(
                make_event(Action.SMILE, time, Span(first, peak, last), smile[peak], required, "score")
            )
    return events
