"""Moire and straight edges, on a portrait with and without them."""

import cv2
import numpy as np
import pytest

from liveness.pad.screen import ScreenWatch, framing_sides
from liveness.synthesis import astronaut, frame_portrait
from models.landmarks import FaceObservation

BOX = (140.0, 180.0, 260.0, 330.0)


@pytest.fixture(scope="module")
def framed():
    return frame_portrait(astronaut(), width=400, height=560)


def seen(framed, *, stripes=0.0, period_px=4.7, looks=4):
    """What a watch makes of the portrait with sensor noise, and stripes of a contrast laid over it."""
    random = np.random.default_rng(3)
    grey = cv2.cvtColor(framed.image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    rows, columns = np.mgrid[0 : grey.shape[0], 0 : grey.shape[1]]
    carrier = np.sin(2 * np.pi * (columns / period_px + rows / (2 * period_px)))
    face = FaceObservation(framed.points, np.zeros(52, np.float32), 0.0, 0.0, 0.0)
    watch = ScreenWatch()
    for index in range(looks):
        noisy = grey * (1 + stripes * carrier) + random.normal(0, 3, grey.shape)
        watch.look(1000 * index, noisy.clip(0, 255).astype(np.uint8), face)
    return {measured.name: measured for measured in watch.measure()}


def test_a_face_has_no_moire(framed):
    assert seen(framed)["moire"].value < 2.4


@pytest.mark.parametrize("period_px", [2.7, 4.7, 7.9])
def test_stripes_across_the_axes_are_found(framed, period_px):
    assert seen(framed, stripes=0.05, period_px=period_px)["moire"].value > 3.0


def test_too_few_looks_measure_nothing(framed):
    assert all(measured.value is None for measured in seen(framed, looks=2).values())


def test_the_light_on_a_lit_face_has_a_range(framed):
    assert seen(framed)["flat_light"].value > 60


@pytest.mark.parametrize(
    ("sides", "expected"),
    [((), 0), (("left",), 1), (("left", "right"), 2), (("left", "right", "top", "bottom"), 4)],
)
def test_edges_along_the_face_are_counted_by_their_side(sides, expected):
    lines = {
        "left": ((94, 60), (94, 450)),
        "right": ((310, 60), (310, 450)),
        "top": ((60, 110), (350, 110)),
        "bottom": ((60, 420), (350, 420)),
    }
    picture = np.full((560, 400), 120, np.uint8)
    for side in sides:
        cv2.line(picture, *lines[side], color=230, thickness=7)
    assert framing_sides(picture, BOX) == expected


def test_edges_far_from_the_face_or_across_it_do_not_count():
    picture = np.full((560, 1200), 120, np.uint8)
    cv2.line(picture, (900, 60), (900, 450), color=230, thickness=7)
    cv2.line(picture, (0, 0), (420, 560), color=230, thickness=7)
    assert framing_sides(picture, BOX) == 0
