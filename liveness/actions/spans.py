"""How a stretch of samples becomes an event."""

from typing import NamedTuple

from liveness.observation.signals import Array
from liveness.verdict import Action, ActionEvent


class Span(NamedTuple):
    """First, strongest and last index of a movement."""

    first: int
    peak: int
    last: int


def make_event(
    action: Action, time_ms: Array, span: Span, measured: float, required: float, unit: str
) -> ActionEvent:
    """An event at the times of the span's samples."""
    start_ms, peak_ms, end_ms = (int(time_ms[index]) for index in span)
    return ActionEvent(
        action=action,
        start_ms=start_ms,
        peak_ms=peak_ms,
        end_ms=end_ms,
        measured=round(float(measured), 3),
        required=required,
        unit=unit,
    )
