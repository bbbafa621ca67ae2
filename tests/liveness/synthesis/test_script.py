from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveness.synthesis import Movement, Scene, in_order
from liveness.synthesis.face import Expression
from liveness.synthesis.script import PACES, true_events
from liveness.verdict import STANDARD_ACTIONS, Action

orders = st.permutations(list(Action))


@given(orders)
def test_actions_follow_each_other_in_the_order_asked(order: list[Action]) -> None:
    events = true_events(in_order(order))
    assert [event.action for event in events] == order
    assert all(one.end_ms < other.start_ms for one, other in pairwise(events))


@given(orders, st.floats(0, 20))
def test_a_face_does_at_most_one_thing_at_a_time(order: list[Action], time_s: float) -> None:
    expression = in_order(order).expression_at(time_s)
    moved = (expression.nod, expression.mouth, expression.blink, expression.turn, 1.0 - expression.sober)
    assert sum(amount != 0 for amount in moved) <= 1


@pytest.mark.parametrize("action", Action)
def test_a_movement_begins_and_ends_neutral_and_is_full_in_between(action: Action) -> None:
    pace = PACES[action]
    assert pace.amount_at(0.0) == 0
    assert pace.amount_at(pace.duration_s) == 0
    assert pace.amount_at(pace.rise_s + pace.hold_s / 2) == 1


def test_a_scene_begins_and_ends_with_a_neutral_face() -> None:
    scene = in_order(STANDARD_ACTIONS)
    assert scene.expression_at(0.0) == scene.expression_at(scene.duration_s) == Expression()


def test_only_a_scene_with_a_smile_begins_with_a_sober_face() -> None:
    smile = in_order([Action.SMILE])
    assert smile.expression_at(0.0) == Expression(sober=1.0)
    assert smile.expression_at(1.7) == Expression(sober=0.0)


def test_a_turn_goes_to_the_side_that_was_asked() -> None:
    assert in_order([Action.TURN_LEFT]).expression_at(1.7) == Expression(turn=1.0)
    assert in_order([Action.TURN_RIGHT]).expression_at(1.7) == Expression(turn=-1.0)


def test_a_scene_shorter_than_its_movements_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before the scene does"):
        Scene((Movement(Action.NOD, 1.0),), duration_s=1.5)


def test_only_a_nod_can_go_the_other_way() -> None:
    assert Movement(Action.NOD, 0.0, strength=-1.0).amount_at(0.6) == -1
    with pytest.raises(ValueError, match="upwards"):
        Movement(Action.BLINK, 0.0, strength=-1.0)
