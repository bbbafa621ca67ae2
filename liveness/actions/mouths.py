"""Openings of the mouth, wide and long enough not to be speech."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from liveness.actions.curves import excursions, held_ms, is_broken, rest_level
from liveness.actions.spans import Span, make_event
from liveness.observation.signals import Array, Signals
from liveness.verdict import Action, ActionEvent

REST_QUANTILE: Final = 0.1


@dataclass(frozen=True, slots=True)
class MouthRule:
    """When the mouth was opened on purpose: gap over width plus jaw score, each above the clip's own rest."""

    required_opening: float = 0.7
    least_gap: float = 0.2
    least_jaw: float = 0.25
    edge: float = 0.5
    shortest_ms: float = 220
    longest_ms: float = 5000
    shortest_close_ms: float = 150
    """A mouth that shuts for less than this is still the same opening."""


@dataclass(frozen=True, slots=True)
class Mouth:
    """The gap between the lips over their width and the jaw score, above rest; both (n,), 0 at rest."""

    gap: Array = field(repr=False)
    jaw: Array = field(repr=False)

    @property
    def opening(self) -> Array:
        """Gap and jaw together: 0 at rest, about 1.5 wide open."""
        return self.gap + self.jaw


def watch_mouth(seen: Signals) -> Mouth:
    """What the rule looks at."""
    gap, jaw = (values - rest_level(seen.time_ms, values, REST_QUANTILE) for values in (seen.mouth, seen.jaw))
    return Mouth(gap=gap, jaw=jaw)


def widest(seen: Signals) -> float:
    """The widest opening above the rest of the whole clip, even if the mouth was open from the start."""
    values = seen.mouth + seen.jaw
    return float(values.max() - np.quantile(values, REST_QUANTILE))


def find_mouths(seen: Signals, rule: MouthRule, *, mouth: Mouth) -> list[ActionEvent]:
    """Closed, open, closed; geometry and score must agree. A mouth open at the start must close first.

    One that is still open at the end counts, since a recording often stops with the last movement.
    """
    time, wide = seen.time_ms, mouth.opening
    required, edge = rule.required_opening, rule.required_opening * rule.edge
    events = []
    bridge_ms = rule.shortest_close_ms
    for first, peak, last in excursions(time, wide, enter=required, leave=edge, bridge_ms=bridge_ms):
        inside = slice(first, last + 1)
        if (
            first > 0
            and not is_broken(time, first - 1, last)
            and held_ms(time, wide, first, last, edge) >= rule.shortest_ms
            and time[last] - time[first] <= rule.longest_ms
            and mouth.gap[inside].max() >= rule.least_gap
            and mouth.jaw[inside].max() >= rule.least_jaw
        ):
            events.append(
                make_event(Action.MOUTH, time, Span(first, peak, last), wide[peak], required, "ratio")
            )
    return events
