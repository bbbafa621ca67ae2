import math

import pytest

from liveness.evaluation.intervals import Rate


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        # Exact 95 % limits as published: 0 of n by 1 - 0.025 ** (1 / n); the others from printed tables.
        (0, 20, 0.0, 0.1684),
        (0, 150, 0.0, 0.0243),
        (0, 3, 0.0, 0.7076),
        (1, 10, 0.0025, 0.4450),
        (5, 10, 0.1871, 0.8129),
        (10, 10, 0.6915, 1.0),
        (1, 20, 0.0013, 0.2487),
        (81, 263, 0.2527, 0.3676),
    ],
)
def test_intervals_are_those_of_clopper_and_pearson(count, of, low, high):
    assert Rate(count, of).interval == pytest.approx((low, high), abs=5e-5)


def test_no_trial_proves_nothing():
    nothing = Rate(0, 0)
    assert math.isnan(nothing.value)
    assert nothing.interval == (0.0, 1.0)


@pytest.mark.parametrize(("count", "of"), [(-1, 3), (4, 3)])
def test_a_rate_counts_no_more_than_its_trials(count, of):
    with pytest.raises(ValueError, match="between none and all"):
        Rate(count, of)
