"""Bands that roll through the picture."""

import numpy as np

from liveness.pad.bands import BandWatch


def watched(*, contrast=0.0, roll_hz=1.6, sway=0.0, frames=90, step_ms=66):
    random = np.random.default_rng(5)
    wall = 120 + 40 * random.random((96, 128, 1)).repeat(3, axis=2)
    rows = np.arange(96)[:, None, None] / 96
    watch = BandWatch()
    for index in range(frames):
        time_s = step_ms * index / 1000
        shown = np.roll(wall, round(sway * np.sin(2.0 * time_s)), axis=0)
        shown = shown * (1 + contrast * np.sin(2 * np.pi * (2 * rows - roll_hz * time_s)))
        watch.look(step_ms * index, (shown + random.normal(0, 2, shown.shape)).clip(0, 255).astype(np.uint8))
    return watch.measure()


def test_rolling_bands_are_measured_in_grey_levels():
    measured = watched(contrast=0.05)
    assert 4.5 < measured.value < 9


def test_a_wall_and_a_hand_that_sways_have_none():
    assert watched().value < 0.5
    assert watched(sway=6).value < 2.5


def test_a_short_clip_tells_nothing():
    assert watched(frames=20).value is None


def test_a_picture_too_low_to_have_bands_is_passed_over():
    watch = BandWatch()
    watch.look(0, np.zeros((20, 40, 3), np.uint8))
    assert watch.rows == []
