"""The requested actions, in their order."""

from itertools import permutations

import pytest

from liveness.actions.events import ActionRules, find_events
from liveness.actions.ordering import match_in_order
from liveness.verdict import Action
from tests.liveness.builders import make_signals

NOD, MOUTH, BLINK = Action.NOD, Action.MOUTH, Action.BLINK
RULES = ActionRules()
SHOWN = make_signals(seconds=8, nods=[(1.0, 2.1, 16)], mouths=[(3.0, 4.2, 1)], blinks=[(5.5, 6.0, 1)])


def match(*requested: Action, signals=SHOWN):
    return match_in_order(requested, find_events(signals, RULES), signals, RULES)


def test_the_order_shown_is_found_and_disjoint_in_time():
    results = match(NOD, MOUTH, BLINK)
    assert all(result.found for result in results)
    events = [result.event for result in results]
    assert events[0].end_ms <= events[1].start_ms
    assert events[1].end_ms <= events[2].start_ms


@pytest.mark.parametrize("order", [o for o in permutations((NOD, MOUTH, BLINK)) if o != (NOD, MOUTH, BLINK)])
def test_every_other_order_misses_something(order):
    results = match(*order)
    missed = [result for result in results if not result.found]
    assert missed
    assert {result.remedy_code for result in missed} == {
        f"action.{result.action}.out_of_order" for result in missed
    }


@pytest.mark.parametrize("subset", [(NOD,), (MOUTH,), (BLINK,), (NOD, BLINK), (MOUTH, BLINK), (NOD, MOUTH)])
def test_any_subset_may_be_asked(subset):
    assert all(result.found for result in match(*subset))


def test_one_event_answers_one_request_only():
    first, second = match(NOD, NOD)
    assert first.found
    assert not second.found


def test_an_action_that_is_too_small_is_told_so():
    signals = make_signals(nods=[(1.0, 2.1, 6)])
    (result,) = match(NOD, signals=signals)
    assert not result.found
    assert result.remedy_code == "action.nod.too_small"
    assert 4 < result.best_measured < result.required


def test_an_action_that_was_not_made_is_told_so():
    (result,) = match(MOUTH, signals=make_signals())
    assert result.remedy_code == "action.mouth.not_seen"


def test_a_large_movement_that_is_no_event_is_called_unclear():
    (result,) = match(MOUTH, signals=make_signals(mouths=[(-1.0, 1.5, 1)]))
    assert result.remedy_code == "action.mouth.unclear"
