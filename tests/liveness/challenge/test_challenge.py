"""What is asked of a person."""

import pytest

from liveness.challenge.challenge import LONGEST_WINDOW_MS, Challenge, Step
from liveness.verdict import Action

NOD, MOUTH, BLINK = Action.NOD, Action.MOUTH, Action.BLINK


def test_repeats_stand_in_the_sequence_and_not_among_the_actions() -> None:
    challenge = Challenge((Step(MOUTH, 2), Step(NOD), Step(BLINK, 2)), "nonce")
    assert challenge.actions == (MOUTH, NOD, BLINK)
    assert challenge.sequence == (MOUTH, MOUTH, NOD, BLINK, BLINK)


def test_plain_actions_are_asked_for_once_each() -> None:
    assert Challenge.of([NOD, BLINK], "nonce").sequence == (NOD, BLINK)


@pytest.mark.parametrize("actions", [(), (NOD, MOUTH, NOD)], ids=["none", "twice"])
def test_an_empty_or_repeated_challenge_is_refused(actions: tuple[Action, ...]) -> None:
    with pytest.raises(ValueError, match="each of its actions in one step"):
        Challenge.of(actions, "nonce")


def test_a_challenge_has_a_nonce() -> None:
    with pytest.raises(ValueError, match="nonce"):
        Challenge.of([NOD], "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"repeats": 0},
        {"repeats": 3},
        {"pause_ms": -1},
        {"window_ms": 0},
        {"window_ms": LONGEST_WINDOW_MS + 1},
    ],
    ids=str,
)
def test_a_step_out_of_bounds_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"asked for once|negative length|window lasts"):
        Step(NOD, **wrong)
