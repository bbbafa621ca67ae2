"""What is found while a clip runs is found in the whole clip, and soon after it ended."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from liveness.actions.events import SETTLED_MS, find_events, settled_events
from liveness.observation.signals import Sample, Signals
from tests.liveness.builders import make_samples

STARTS = st.floats(-0.5, 8)
BUMPS = st.lists(st.tuples(STARTS, st.floats(0.1, 2.0), st.floats(0.2, 1.0)), max_size=3)
"""Start and length in seconds, and strength: whole movements, halves and cut ones."""


def spans(found: list[tuple[float, float, float]], full: float) -> list[tuple[float, float, float]]:
    return [(start, start + length, full * strength) for start, length, strength in found]


@settings(max_examples=60, deadline=None)
@given(
    fps=st.sampled_from([12.0, 15.0, 30.0]),
    movements=st.fixed_dictionaries(dict.fromkeys(("nods", "mouths", "blinks", "shakes", "smiles"), BUMPS)),
    stop_ms=st.integers(0, 9000),
    lost_ms=st.integers(0, 9000),
)
def test_a_prefix_tells_the_same_events_as_the_whole(fps, movements, stop_ms, lost_ms):
    full: dict[str, float] = {"nods": 25, "mouths": 1, "blinks": 1, "shakes": 40, "smiles": 1}
    shown: dict[str, Any] = {name: spans(found, full[name]) for name, found in movements.items()}
    samples = [
        Sample(sample.time_ms, faces=0) if lost_ms <= sample.time_ms < lost_ms + 300 else sample
        for sample in make_samples(seconds=9, fps=fps, **shown)
    ]
    whole = find_events(Signals.of(samples))
    running = [sample for sample in samples if sample.time_ms <= stop_ms]
    told = settled_events(Signals.of(running)) if running else ()
    assert set(told) <= set(whole)
    due = {event for event in whole if event.end_ms <= stop_ms - SETTLED_MS - 100}
    assert stop_ms < 1500 or due <= set(told)


def test_nothing_seen_settles_nothing():
    assert settled_events(Signals.of([])) == ()
