"""Arithmetic on uneven series."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from liveness.actions.curves import excursions, held_ms, rolling_quantile, smooth, turning_points

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
    found = list(excursions(values, enter=10, leave=5))
    for first, peak, last in found:
        assert first <= peak <= last
        assert values[peak] >= 10
        assert (values[first : last + 1] >= 5).all()
    assert all(before[2] + 1 < after[0] for before, after in pairwise(found))


def test_time_above_a_level_is_read_between_frames():
    time = np.array([0.0, 100.0, 200.0, 300.0])
    assert held_ms(time, np.array([0.0, 1.0, 1.0, 0.0]), 0, 3, 0.5) == 200.0


def test_smoothing_keeps_a_constant_and_uneven_times():
    time = np.array([0.0, 10.0, 500.0, 520.0, 900.0])
    assert smooth(time, np.full(5, 3.0), 100).tolist() == [3.0] * 5
    assert rolling_quantile(time, np.arange(5.0), 50, 0.5).tolist() == [0.5, 0.5, 2.5, 2.5, 4.0]
