"""Signs of life, and how reactions scatter."""

import pytest

from liveness.challenge.reactions import Reaction
from liveness.challenge.schedule import Prompt
from liveness.pad.life import signs_of_life
from liveness.pad.measurement import Measurement, Unit
from liveness.pad.timing import reaction_spread
from liveness.verdict import Action, ActionEvent


def event(action, start_ms=1000):
    return ActionEvent(action, start_ms, start_ms + 200, start_ms + 400, 1.0, 0.5, "share")


def depth(value):
    return Measurement("planar_motion", value, Unit.SHARE)


@pytest.mark.parametrize(
    ("value", "actions", "signs"),
    [
        (None, (), 0),
        (0.2, (), 0),
        (0.61, (), 0),
        (0.78, (), 1),
        (0.9, (), 1),
        (None, (Action.BLINK,), 1),
        (0.9, (Action.BLINK, Action.BLINK, Action.MOUTH), 3),
        (None, (Action.NOD, Action.TURN_LEFT), 0),
    ],
)
def test_kinds_are_counted_and_a_nod_is_none(value, actions, signs):
    assert signs_of_life(depth(value), [event(action) for action in actions]).value == signs


def reactions(*delays_ms):
    found = []
    for index, delay_ms in enumerate(delays_ms):
        prompt = Prompt(index, 1, Action.BLINK, shown_ms=1000 * index, closes_ms=1000 * index + 900)
        answer = None if delay_ms is None else event(Action.BLINK, 1000 * index + delay_ms)
        found.append(Reaction(prompt, answer))
    return found


def test_the_spread_of_reactions_is_measured():
    assert reaction_spread(reactions(300, 500, 400)).value == pytest.approx(81.6, abs=0.1)
    assert reaction_spread(reactions(400, 400, 400)).value == 0.0


@pytest.mark.parametrize("delays", [(), (300, 400), (300, None, 400, None)])
def test_fewer_than_three_reactions_have_no_spread(delays):
    assert reaction_spread(reactions(*delays)).value is None
