"""Blinks at low rates, in narrow eyes, turned away, and what looks like a blink but is none."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveness.actions.blinks import BlinkRule, find_blinks
from liveness.observation.signals import Sample, Signals
from tests.liveness.builders import make_samples

RULE = BlinkRule()


def count(samples: list[Sample]) -> int:
    return len(find_blinks(Signals.of(samples), RULE))


def at_rate(samples: list[Sample], fps: float, phase: float) -> list[Sample]:
    """The samples that a reader of that rate would choose of many."""
    due = np.arange(phase * 1000 / fps, samples[-1].time_ms, 1000 / fps)
    times = [sample.time_ms for sample in samples]
    return [samples[index] for index in np.unique(np.searchsorted(times, due))]


@settings(max_examples=60, deadline=None)
@given(fps=st.sampled_from([12, 15, 20, 30]), phase=st.floats(0, 1), eyes=st.sampled_from([0.1, 0.2, 0.35]))
def test_a_natural_blink_of_150_ms_is_found_whatever_frames_catch_it(fps, phase, eyes):
    dense = make_samples(fps=240, seconds=5, blinks=[(2.5, 2.65, 1)], eyes=eyes)
    assert count(at_rate(dense, fps, phase)) == 1


def test_two_blinks_in_a_row_are_two():
    assert count(make_samples(fps=30, blinks=[(2.0, 2.2, 1), (2.3, 2.5, 1)])) == 2


def test_at_three_frames_a_second_nothing_can_be_called_a_blink():
    assert count(make_samples(fps=3, seconds=12, blinks=[(4.0, 5.0, 1), (7.1, 7.6, 1)])) == 0


def test_a_slow_look_downwards_that_closes_the_eyes_half_is_no_blink():
    assert count(make_samples(blinks=[(2.0, 3.2, 0.6)])) == 0
    assert count(make_samples(blinks=[(2.0, 3.2, 1.0)])) == 1


def test_a_clip_that_starts_or_ends_with_closed_eyes_shows_no_blink():
    assert count(make_samples(blinks=[(-0.5, 0.4, 1)])) == 0
    assert count(make_samples(seconds=4, blinks=[(3.6, 4.6, 1)])) == 0


def test_one_eye_behind_glare_makes_no_blink():
    samples = make_samples(blinks=[(2.0, 2.4, 1)])
    assert count([replace(sample, left_eye=0.3) for sample in samples]) == 0


@pytest.mark.parametrize(("yaw", "hidden"), [(40.0, "left_eye"), (-40.0, "right_eye")])
def test_turned_far_away_the_eye_that_faces_the_camera_counts(yaw, hidden):
    samples = [replace(sample, yaw_deg=yaw) for sample in make_samples(blinks=[(2.0, 2.4, 1)])]
    open_left = [replace(sample, left_eye=0.3) for sample in samples]
    open_right = [replace(sample, right_eye=0.3) for sample in samples]
    expected = (1, 0) if hidden == "left_eye" else (0, 1)
    assert (count(open_left), count(open_right)) == expected


@pytest.mark.parametrize("noise", [0.02, 0.04])
def test_noise_alone_makes_no_blink(noise):
    random = np.random.default_rng(1)
    samples = [
        replace(
            sample,
            right_eye=sample.right_eye + random.normal(0, noise),
            left_eye=sample.left_eye + random.normal(0, noise),
            right_blink=sample.right_blink + random.normal(0, noise),
            left_blink=sample.left_blink + random.normal(0, noise),
        )
        for sample in make_samples(seconds=30, fps=30, eyes=0.2)
    ]
    assert count(samples) == 0
