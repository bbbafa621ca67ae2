"""Nods in halves, slow, sideways and beside an open mouth."""

from dataclasses import replace
from typing import Any

import pytest

from liveness.actions.events import find_events
from liveness.observation.signals import Sample, Signals
from liveness.verdict import Action
from tests.liveness.builders import make_samples


def nods(samples: list[Sample]) -> int:
    return sum(event.action is Action.NOD for event in find_events(Signals.of(samples)))


def pitched(*way: tuple[float, float], seconds: float = 8.0) -> list[Sample]:
    """A head that goes evenly through these (time in s, degrees)."""
    samples = []
    for sample in make_samples(seconds=seconds):
        at = sample.time_ms / 1000
        before = max((point for point in way if point[0] <= at), default=way[0])
        after = min((point for point in way if point[0] > at), default=way[-1])
        share = (at - before[0]) / (after[0] - before[0]) if after[0] > before[0] else 0.0
        samples.append(replace(sample, pitch_deg=before[1] + share * (after[1] - before[1])))
    return samples


def test_a_nod_in_two_halves_with_a_pause_is_one():
    assert nods(pitched((0, 0), (2, 0), (2.6, 18), (3.8, 18), (4.4, 0), (8, 0))) == 1


def test_down_past_rest_up_and_back_are_two():
    assert nods(pitched((0, 0), (2, 0), (2.7, 20), (4.1, -20), (4.8, 0), (8, 0))) == 2


def test_a_nod_that_swings_a_little_past_rest_is_one():
    assert nods(pitched((0, 0), (2, 0), (2.6, 18), (3.3, -5), (3.8, 0), (8, 0))) == 1


def test_a_slow_drift_there_and_back_is_none():
    assert nods(pitched((0, 0), (1, 0), (4, 15), (7, 0), (8, 0))) == 0


def test_trembling_is_none():
    assert nods(pitched(*((0.1 * index, 9.0 * (index % 2)) for index in range(80)))) == 0


def test_down_without_the_way_back_is_none():
    assert nods(pitched((0, 0), (2, 0), (2.6, 18), (8, 16))) == 0


@pytest.mark.parametrize("angle", ["yaw_deg", "roll_deg"])
def test_a_shake_or_a_tilt_that_leaks_into_pitch_is_none(angle):
    samples = make_samples(nods=[(2.0, 3.0, 10)])
    turned: list[dict[str, Any]] = [{angle: 3 * (sample.pitch_deg - 3)} for sample in samples]
    sideways = [replace(sample, **leak) for sample, leak in zip(samples, turned, strict=True)]
    assert nods(samples) == 1
    assert nods(sideways) == 0


def test_beside_a_wide_open_mouth_a_nod_must_be_larger():
    assert nods(make_samples(nods=[(2.0, 3.0, 10)], mouths=[(2.0, 3.0, 1)])) == 0
    assert nods(make_samples(nods=[(2.0, 3.0, 16)], mouths=[(2.0, 3.0, 1)])) == 1
    assert nods(make_samples(nods=[(2.0, 3.0, 10)], mouths=[(2.0, 3.0, 0.5)])) == 1
