"""Hints of a file that was not filmed."""

from dataclasses import replace

import numpy as np
import pytest

from liveness.pad.injection import NoiseWatch, clock_jitter, desktop_encoder
from liveness.video.facts import FrameFacts
from tests.liveness.builders import FACTS


def filmed(times_ms):
    frames = tuple(FrameFacts(time_ms=time_ms, size_bytes=900, is_key=False) for time_ms in times_ms)
    return replace(FACTS, frames=frames)


def test_an_even_clock_reads_nothing():
    assert clock_jitter(filmed([100.0 * index / 3 for index in range(60)])).value == 0.0


def test_a_camera_wanders_by_milliseconds():
    random = np.random.default_rng(2)
    times = np.cumsum(33.3 + random.uniform(-3, 3, 60))
    assert (clock_jitter(filmed(times.tolist())).value or 0.0) > 1.5


def test_a_few_frames_tell_nothing_of_the_clock():
    assert clock_jitter(filmed([0.0, 33.0, 66.0])).value is None


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({"encoder": "Lavf58.29.100"}, 1.0),
        ({"bitstream_writer": "x264 - core 165"}, 1.0),
        ({"tags": (("container.comment", "made with HandBrake 1.8"),)}, 1.0),
        ({"tags": (("container.com.apple.quicktime.make", "Apple"),)}, 0.0),
        ({"encoder": "Chrome"}, 0.0),
        ({}, 0.0),
    ],
)
def test_a_desktop_writer_is_named_wherever_it_left_its_name(facts, found):
    assert desktop_encoder(replace(FACTS, **facts)).value == found


@pytest.mark.parametrize(("sigma", "least", "most"), [(0.0, 0.0, 0.0), (2.5, 1.0, 4.0)])
def test_a_sensor_is_never_quiet(sigma, least, most):
    random = np.random.default_rng(6)
    watch = NoiseWatch()
    for index in range(60):
        picture = 100 + random.normal(0, sigma, (96, 128)) if sigma else np.full((96, 128), 100.0)
        if watch.wants(66 * index):
            watch.look(66 * index, picture.clip(0, 255).astype(np.uint8))
    measured = watch.measure()
    assert measured.looks >= 3
    assert least <= measured.value <= most


def test_frames_far_apart_are_not_compared():
    watch = NoiseWatch()
    for index in range(6):
        watch.look(1000 * index, np.zeros((96, 128), np.uint8))
    assert watch.measure().value is None


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (400, 3)])
def test_a_picture_of_hardly_any_pixels_is_not_compared(shape):
    watch = NoiseWatch()
    for index in range(60):
        assert watch.wants(66 * index)
        watch.look(66 * index, np.zeros(shape, np.uint8))
    assert watch.measure().value is None
