"""What only a living face does: depth in its movement, eyes that close, a mouth that opens or smiles."""

from collections.abc import Sequence
from typing import Final

from liveness.pad.measurement import Measurement, Unit
from liveness.verdict import Action, ActionEvent

DEEP: Final = 0.7
"""Share of a head's depth from which movement counts as a head's.

People: 0.78 and more; on a made print the landmarks imagined 0.61.
"""

_FACIAL: Final = frozenset({Action.BLINK, Action.MOUTH, Action.SMILE})


def signs_of_life(depth: Measurement, events: Sequence[ActionEvent]) -> Measurement:
    """Count the kinds of sign seen. None at all proves no attack, and nothing else either."""
    kinds = {event.action for event in events if event.action in _FACIAL}
    deep = depth.value is not None and depth.value >= DEEP
    first = min((event.peak_ms for event in events if event.action in _FACIAL), default=None)
    return Measurement("life", float(len(kinds) + deep), Unit.COUNT, first, looks=len(events))
