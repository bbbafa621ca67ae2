"""Nods, mouth openings and blinks in signals whose truth is known."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveness.actions.events import ActionRules, find_events, strongest
from liveness.observation.signals import Sample, Signals
from liveness.verdict import Action
from tests.liveness.builders import make_samples, make_signals

RULES = ActionRules()


def kinds(**given: object) -> list[Action]:
    return [event.action for event in find_events(make_signals(**given), RULES)]


def test_a_still_face_does_nothing():
    assert kinds() == []


def test_no_face_does_nothing():
    nothing = Signals.of([Sample(time_ms=70 * index, faces=0) for index in range(60)])
    assert find_events(nothing, RULES) == ()
    assert strongest(Action.BLINK, nothing, RULES) == 0.0


@pytest.mark.parametrize("degrees", [15.0, -15.0], ids=["down-up", "up-down"])
def test_a_nod_counts_in_either_direction(degrees):
    events = find_events(make_signals(nods=[(2.0, 3.2, degrees)]), RULES)
    assert [event.action for event in events] == [Action.NOD]
    assert 1900 <= events[0].start_ms <= 2600 <= events[0].end_ms <= 3300
    assert events[0].measured == pytest.approx(15.0, abs=1.5)


def test_two_nods_in_a_row_are_two():
    assert kinds(nods=[(1.0, 2.0, 14), (2.6, 3.6, 14)]) == [Action.NOD, Action.NOD]


def test_a_nod_down_and_then_one_up_are_two():
    assert kinds(nods=[(1.0, 2.0, 20), (2.0, 3.0, -20)]) == [Action.NOD, Action.NOD]


def test_a_small_movement_of_the_head_is_no_nod():
    assert kinds(nods=[(2.0, 3.0, 6)]) == []


def test_looking_down_and_staying_there_is_no_nod():
    samples = make_samples(nods=[(2.0, 8.0, 20)], seconds=5.0)
    assert Action.NOD not in [event.action for event in find_events(Signals.of(samples), RULES)]


def test_a_shake_that_leaks_into_pitch_is_no_nod():
    assert kinds(nods=[(2.0, 3.0, 10)], shakes=[(2.0, 3.0, 40)]) == [Action.TURN_LEFT]


def test_the_pitch_that_a_falling_jaw_is_read_as_is_no_nod():
    assert kinds(nods=[(2.0, 3.0, 10)], mouths=[(2.0, 3.0, 1)]) == [Action.MOUTH]


def test_a_held_opening_of_the_mouth_is_found():
    events = find_events(make_signals(mouths=[(2.0, 3.0, 1)]), RULES)
    assert [event.action for event in events] == [Action.MOUTH]
    assert events[0].measured > events[0].required


def test_a_mouth_that_opens_as_in_speech_is_not_found():
    assert kinds(mouths=[(1.0, 1.2, 0.6), (1.4, 1.6, 0.6), (1.9, 2.1, 0.5)]) == []


def test_a_clip_that_starts_with_an_open_mouth_shows_no_opening():
    assert kinds(mouths=[(-1.0, 1.2, 1)]) == []


@pytest.mark.parametrize("length_s", [0.15, 0.3, 0.6, 1.0])
def test_blinks_from_natural_to_held_are_found(length_s):
    assert kinds(blinks=[(2.0, 2.0 + length_s, 1)], fps=30) == [Action.BLINK]


def test_a_blink_of_narrow_eyes_is_found():
    assert kinds(blinks=[(2.0, 2.4, 1)], eyes=0.12) == [Action.BLINK]


def test_a_wink_is_no_blink():
    assert kinds(winks=[(2.0, 2.4, 1)]) == []


def test_geometry_alone_makes_no_blink():
    assert kinds(blinks=[(2.0, 2.4, 1)], score_agrees=False) == []


def test_a_blink_with_the_chin_on_the_chest_does_not_count():
    assert Action.BLINK not in kinds(blinks=[(2.4, 2.8, 1)], nods=[(2.0, 3.2, 30)])


def test_eyes_that_stay_shut_are_no_blink():
    assert kinds(blinks=[(2.0, 5.0, 1)]) == []


def test_a_movement_out_of_sight_is_not_one_movement():
    samples = [sample for sample in make_samples(mouths=[(2.0, 3.4, 1)]) if not 2300 < sample.time_ms < 3100]
    assert [event.action for event in find_events(Signals.of(samples), RULES)] == []


@settings(max_examples=40, deadline=None)
@given(
    fps=st.sampled_from([12.0, 15.0, 20.0, 24.0, 30.0, 60.0]),
    rest=st.floats(-15, 15),
    nod=st.floats(12, 35),
    direction=st.sampled_from([-1, 1]),
)
def test_all_three_are_found_at_any_rate_and_pose(fps, rest, nod, direction):
    found = kinds(
        seconds=8,
        fps=fps,
        rest_pitch=rest,
        nods=[(1.0, 2.1, direction * nod)],
        mouths=[(3.0, 4.2, 1)],
        blinks=[(5.5, 6.1, 1)],
    )
    assert found == [Action.NOD, Action.MOUTH, Action.BLINK]


def test_the_strongest_movement_is_told_even_where_it_is_no_event():
    signals = make_signals(nods=[(2.0, 3.0, 6)], mouths=[(4.0, 4.5, 0.3)])
    assert 4 < strongest(Action.NOD, signals, RULES) < 8
    assert 0.3 < strongest(Action.MOUTH, signals, RULES) < 0.5
    assert strongest(Action.BLINK, signals, RULES) < 0.1
