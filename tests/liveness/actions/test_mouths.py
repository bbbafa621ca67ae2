"""Openings of the mouth: both measures, closed before, long enough, one opening counted once."""

from dataclasses import replace

from liveness.actions.events import find_events
from liveness.observation.signals import Sample, Signals
from liveness.verdict import Action
from tests.liveness.builders import make_samples


def mouths(samples: list[Sample]) -> int:
    return sum(event.action is Action.MOUTH for event in find_events(Signals.of(samples)))


def test_lips_that_part_over_a_closed_jaw_and_a_jaw_behind_closed_lips_are_none():
    wide = make_samples(mouths=[(2.0, 3.0, 1)])
    assert mouths(wide) == 1
    assert mouths([replace(sample, jaw=0.02) for sample in wide]) == 0
    assert mouths([replace(sample, mouth=0.02) for sample in wide]) == 0


def test_a_mouth_open_from_the_start_counts_once_it_has_closed_and_opened_again():
    assert mouths(make_samples(mouths=[(-1.0, 1.5, 1)])) == 0
    assert mouths(make_samples(mouths=[(-1.0, 1.5, 1), (3.5, 4.5, 1)])) == 1


def test_a_mouth_still_open_when_the_recording_stops_counts():
    assert mouths(make_samples(seconds=5, mouths=[(4.2, 5.8, 1)])) == 1


def test_lips_that_touch_for_a_moment_do_not_make_two_of_one_opening():
    samples = make_samples(fps=30, mouths=[(2.0, 3.2, 1)])
    touched = [
        replace(sample, mouth=0.02, jaw=0.02) if 2550 <= sample.time_ms <= 2600 else sample
        for sample in samples
    ]
    assert mouths(touched) == 1


def test_two_openings_with_a_pause_are_two():
    assert mouths(make_samples(mouths=[(1.5, 2.5, 1), (3.0, 4.0, 1)])) == 2


def test_open_for_six_seconds_is_not_one_movement():
    assert mouths(make_samples(seconds=10, mouths=[(2.0, 9.0, 1)])) == 0
