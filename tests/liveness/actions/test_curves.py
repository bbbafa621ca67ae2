"""Arithmetic on uneven series."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveness.actions.curves import (
    bumps,
    excursions,
    held_ms,
    recent_quantile,
    rest_level,
    smooth,
    turning_points,
)

VALUES = st.lists(st.floats(-40, 40), min_size=1, max_size=80).map(np.array)


@given(VALUES, st.floats(1, 20))
def test_turning_points_rise_and_fall_by_turns_and_by_enough(values, least):
    turns = turning_points(values, least)
    swings = np.diff(values[turns])
    assert (np.abs(swings) >= least).all()
    assert (swings[:-1] * swings[1:] < 0).all()
    assert turns == sorted(set(turns))


@given(VALUES)
def test_no_turning_point_where_the_whole_range_is_too_small(values):
    assert turning_points(values, float(np.ptp(values)) + 1) == []


@given(VALUES)
def test_excursions_peak_inside_and_do_not_touch(values):
    time = np.linspace(0.0, 100.0 * (len(values) - 1), len(values))
    found = list(excursions(time, values, enter=10, leave=5))
    for first, peak, last in found:
        assert first <= peak <= last
        assert values[peak] >= 10
        assert min(values[first], values[last]) >= 5
    assert all(before[2] + 2 < after[0] for before, after in pairwise(found))


def test_a_stretch_goes_on_over_a_single_sample_and_over_a_short_time():
    values = np.array([0.0, 1, 1, 0, 1, 1, 0, 0, 1, 0])
    time = np.linspace(0.0, 100.0 * (len(values) - 1), len(values))
    assert list(excursions(time, values, enter=1, leave=1)) == [(1, 1, 5), (8, 8, 8)]
    assert list(excursions(time, values, enter=1, leave=1, bridge_ms=400)) == [(1, 1, 8)]


@given(VALUES, st.floats(1, 20))
def test_bumps_rise_and_fall_by_enough(values, least):
    for before, peak, after in bumps(values, least):
        assert before < peak < after
        assert values[peak] - values[before] >= least
        assert values[peak] - values[after] >= least
        assert (values[peak] - values[before + 1 : after] < least).all()


@given(VALUES, st.floats(0, 1))
def test_rest_is_the_quantile_of_what_came_before(values, share):
    time = np.linspace(0.0, 500.0 * (len(values) - 1), len(values))
    levels = rest_level(time, values, share)
    for index, level in enumerate(levels):
        assert level == pytest.approx(np.quantile(values[: max(3, index + 1)], share))


def test_time_above_a_level_is_read_between_frames():
    time = np.array([0.0, 100.0, 200.0, 300.0])
    assert held_ms(time, np.array([0.0, 1.0, 1.0, 0.0]), 0, 3, 0.5) == 200.0


def test_smoothing_keeps_a_constant_and_uneven_times():
    time = np.array([0.0, 10.0, 500.0, 520.0, 900.0])
    assert smooth(time, np.full(5, 3.0), 100).tolist() == [3.0] * 5


def test_the_recent_quantile_looks_back_and_a_little_ahead():
    time = np.array([0.0, 10.0, 500.0, 520.0, 900.0])
    assert recent_quantile(time, np.arange(5.0), 50, 0.5).tolist() == [0.5, 0.5, 2.5, 2.5, 4.0]
    assert recent_quantile(time, np.arange(5.0), 500, 0.0).tolist() == [0.0, 0.0, 0.0, 2.0, 2.0]
