"""Pictures that come a second time."""

import cv2
import numpy as np
import pytest

from liveness.pad.repeats import RepeatWatch
from liveness.video.frame import thumbnail_of


def pictures(count, *, seed, moving=1.0):
    """A blot that wanders over a plain, with a sensor's noise."""
    random = np.random.default_rng(seed)
    steps = np.cumsum(random.normal(0, 1.5 * moving, (count, 2)), axis=0)
    smoothed = cv2.GaussianBlur(steps.astype(np.float32), (1, 9), 0)
    rows, columns = np.mgrid[0:120, 0:160].astype(np.float32)
    for down, across in smoothed:
        blot = np.exp(-(((rows - 60 - 3 * down) / 25) ** 2) - (((columns - 80 - 3 * across) / 30) ** 2))
        shown = 80 + 120 * blot[:, :, None] + random.normal(0, 2, (120, 160, 3))
        yield shown.clip(0, 255).astype(np.uint8)


def watched(images, *, step_ms=80):
    watch = RepeatWatch()
    for index, image in enumerate(images):
        watch.look(step_ms * index, thumbnail_of(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)))
    return watch.measure()


@pytest.mark.parametrize("seed", range(4))
def test_a_stretch_that_is_played_again_is_found_where_it_begins(seed):
    images = list(pictures(80, seed=seed))
    looped = [*images[:50], *images[20:45], *images[50:]]
    measured = watched(looped)
    assert measured.value < 0.15
    assert measured.at_ms >= 80 * 45


@pytest.mark.parametrize("every", [2, 3])
def test_a_stretch_is_found_though_other_frames_of_it_were_looked_at(every):
    images = list(pictures(80, seed=1))
    looped = [*images[:50], *images[20:45], *images[50:]]
    looked = looped[::every]
    assert watched(looked, step_ms=40 * every).value < 0.3
    assert watched(images[::every], step_ms=40 * every).value > 0.5


@pytest.mark.parametrize("seed", range(4))
def test_movement_that_only_resembles_itself_is_not(seed):
    assert watched(pictures(90, seed=seed)).value > 0.3


def test_where_nothing_moves_nothing_is_said():
    measured = watched(pictures(60, seed=1, moving=0.0))
    assert measured.value is None
    assert not measured.expected


def test_a_clip_nobody_watched_is_a_doubt():
    assert RepeatWatch().measure().expected


def test_frames_closer_than_the_step_are_passed_over():
    watch = RepeatWatch()
    for index, image in enumerate(pictures(30, seed=1)):
        watch.look(8 * index, thumbnail_of(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)))
    assert len(watch.thumbs) == 3
