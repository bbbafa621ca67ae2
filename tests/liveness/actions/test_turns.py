"""Turns of the head: the side is the person's own, in a picture that is not mirrored."""

import pytest

from liveness.actions.events import find_events
from liveness.observation.signals import Signals
from liveness.synthesis import astronaut
from liveness.verdict import Action
from tests.liveness.builders import make_samples, make_signals

LEFT, RIGHT = Action.TURN_LEFT, Action.TURN_RIGHT


def kinds(**given: object) -> list[Action]:
    return [event.action for event in find_events(make_signals(**given))]


@pytest.mark.parametrize(
    ("degrees", "side"), [(30, LEFT), (-30, RIGHT)], ids=["nose-to-larger-x", "to-smaller-x"]
)
def test_the_sign_of_yaw_tells_the_side(degrees, side):
    (event,) = find_events(make_signals(shakes=[(2.0, 3.4, degrees)]))
    assert event.action is side
    assert 1900 <= event.start_ms < event.peak_ms < event.end_ms <= 3500
    assert event.measured == pytest.approx(30, abs=2)


def test_the_persons_own_left_lies_at_larger_x():
    points = astronaut().points
    right_eye, left_eye, nose = points[33, 0], points[263, 0], points[4, 0]
    assert right_eye < nose < left_eye


def test_a_face_that_looks_straight_ahead_is_still_after_a_turn():
    assert kinds(shakes=[(1.5, 2.7, 30), (3.5, 4.7, -30)]) == [LEFT, RIGHT]


def test_a_small_turn_and_one_that_does_not_come_back_do_not_count():
    assert kinds(shakes=[(2.0, 3.4, 10)]) == []
    assert kinds(seconds=4, shakes=[(2.0, 8.0, 40)]) == []


def test_a_turn_that_is_as_much_a_nod_is_none():
    assert LEFT not in kinds(shakes=[(2.0, 3.2, 20)], nods=[(2.0, 3.2, 25)])


def test_rest_is_where_the_head_is_held_not_zero():
    samples = make_samples(shakes=[(-60.0, 66.0, 9), (2.0, 3.2, 25)])
    assert [event.action for event in find_events(Signals.of(samples))] == [LEFT]


def test_a_long_turn_does_not_become_the_rest_from_which_the_way_back_is_another():
    assert kinds(seconds=8, shakes=[(1.0, 6.0, 40)]) == [LEFT]
