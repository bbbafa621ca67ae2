"""What a person cannot do, and what is left."""

import pytest

from liveness.challenge.alternatives import NO_ALTERNATIVES, Alternatives
from liveness.errors import TooFewActions
from liveness.verdict import Action


def test_three_different_actions_are_always_left() -> None:
    cannot = frozenset({Action.NOD, Action.MOUTH, Action.SMILE})
    assert Alternatives(cannot).stand_ins == (Action.TURN_LEFT, Action.TURN_RIGHT)
    with pytest.raises(TooFewActions):
        Alternatives(cannot | {Action.BLINK})


def test_nothing_chosen_is_empty() -> None:
    assert NO_ALTERNATIVES.is_empty
    assert not Alternatives(more_time=True).is_empty
    assert not Alternatives(frozenset({Action.NOD})).is_empty


def test_what_was_taken_is_named_without_what_cannot_be_done() -> None:
    alternatives = Alternatives(frozenset({Action.NOD}), more_time=True)
    assert alternatives.taken([Action.MOUTH, Action.SMILE, Action.BLINK]) == ("smile", "more_time")
    assert NO_ALTERNATIVES.taken([Action.NOD]) == ()
