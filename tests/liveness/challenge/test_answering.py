"""What was seen, held against what was asked."""

from dataclasses import replace
from itertools import permutations

import pytest

from liveness.actions.events import ActionRules, find_events
from liveness.actions.ordering import MISSING_REPEAT
from liveness.challenge.answering import (
    HELD_BACK,
    MOST_LATE_MS,
    NO_SCHEDULE,
    UNFINISHED,
    Answer,
    judge_answer,
)
from liveness.challenge.asked import Asked
from liveness.challenge.challenge import Step
from liveness.challenge.schedule import Prompt, PromptSchedule
from liveness.verdict import Action, Profile
from tests.liveness.builders import make_signals

NOD, MOUTH, BLINK = Action.NOD, Action.MOUTH, Action.BLINK
RULES = ActionRules()
STEPS = (Step(NOD, 2), Step(MOUTH))
TWO_NODS = [(1.6, 2.5, 16), (4.4, 5.4, 16)]
SHOWN = make_signals(seconds=9, nods=TWO_NODS, mouths=[(7.1, 8.0, 1)])
PROMPTS = (
    Prompt(0, 1, NOD, 1000, 5000),
    Prompt(0, 2, NOD, 3600, 7600),
    Prompt(1, 1, MOUTH, 6600, 8600),
)


def answer(asked: Asked, signals=SHOWN) -> Answer:
    return judge_answer(asked, find_events(signals, RULES), signals, RULES)


def timed(*prompts: Prompt) -> Asked:
    return Asked(STEPS, Profile.TIMED, PromptSchedule(prompts))


def codes(of) -> list[str]:
    return [reason.code for reason in of]


def test_repeats_are_counted_in_order() -> None:
    given = answer(Asked(STEPS))
    assert [result.action for result in given.results] == [NOD, NOD, MOUTH]
    assert all(result.found for result in given.results)
    assert given.faults == given.refusals == ()
    assert given.reactions == ()


def test_a_recording_that_shows_everything_over_and_over_answers_no_order() -> None:
    loop = make_signals(
        seconds=16,
        nods=[(1.6, 2.5, 16), (6.4, 7.4, 16), (11.4, 12.4, 16)],
        mouths=[(4.0, 5.0, 1), (9.0, 10.0, 1)],
        blinks=[(3.2, 3.6, 1), (8.2, 8.6, 1), (13.2, 13.6, 1)],
    )
    for order in permutations((NOD, MOUTH, BLINK)):
        assert codes(answer(Asked.of(order), loop).faults), order


def test_once_more_in_its_turn_and_natural_blinks_are_nobodys_fault() -> None:
    eager = make_signals(
        seconds=9,
        nods=[*TWO_NODS, (5.6, 6.5, 16)],
        mouths=[(7.1, 8.0, 1)],
        blinks=[(0.8, 1.1, 1), (3.4, 3.7, 1)],
    )
    assert answer(Asked(STEPS), eager).faults == ()


def test_a_nod_too_few_is_told_as_such() -> None:
    once = make_signals(seconds=9, nods=TWO_NODS[:1], mouths=[(7.1, 8.0, 1)])
    assert codes(answer(Asked(STEPS), once).faults) == [MISSING_REPEAT]
    assert codes(answer(Asked((*STEPS, Step(BLINK))), once).faults) == [
        MISSING_REPEAT,
        "action.blink.not_seen",
    ]


def test_every_reaction_in_time_passes_and_is_told() -> None:
    given = answer(timed(*PROMPTS))
    assert given.faults == given.refusals == ()
    waited = [reaction.reaction_ms for reaction in given.reactions]
    assert all(ms is not None and 400 < ms < 1200 for ms in waited), waited
    assert [result.event for result in given.results] == [reaction.event for reaction in given.reactions]


def test_the_right_movements_at_the_wrong_times_fail() -> None:
    late = tuple(
        replace(prompt, shown_ms=prompt.shown_ms + 1400, closes_ms=prompt.closes_ms + 1400)
        for prompt in PROMPTS
    )
    given = answer(timed(*late))
    assert given.faults
    assert all(code.startswith(("reaction.", "action.")) for code in codes(given.faults))
    assert answer(Asked(STEPS)).faults == ()


def test_a_prompt_that_nothing_answered_is_told_so_though_the_movement_came_later() -> None:
    """Of two nods asked for, the one made answers the second prompt: that is no matter of the order."""
    once = make_signals(seconds=9, nods=TWO_NODS[1:], mouths=[(7.1, 8.0, 1)])
    missed = replace(PROMPTS[0], closes_ms=3000)
    given = answer(timed(missed, *PROMPTS[1:]), once)
    assert codes(given.faults) == ["reaction.too_late"]
    assert [result.found for result in given.results] == [False, True, True]
    assert given.results[0].remedy_code == "reaction.missing"


def test_what_the_reactions_say_is_not_said_twice() -> None:
    swapped = (replace(PROMPTS[0], action=MOUTH), *PROMPTS[1:])
    steps = (Step(MOUTH), Step(NOD), Step(BLINK))
    schedule = PromptSchedule(
        tuple(
            Prompt(index, 1, step.action, prompt.shown_ms, prompt.closes_ms)
            for index, (step, prompt) in enumerate(zip(steps, swapped, strict=True))
        )
    )
    told = codes(answer(Asked(steps, Profile.TIMED, schedule)).faults)
    assert told.count("action.mouth.out_of_order") == 0
    assert "reaction.wrong_order" in told
    assert "action.blink.not_seen" in told


@pytest.mark.parametrize(
    ("asked", "code"),
    [(Asked(STEPS, Profile.TIMED), NO_SCHEDULE), (timed(*PROMPTS[:2]), UNFINISHED), (timed(), UNFINISHED)],
    ids=["no schedule", "unfinished", "nothing shown"],
)
def test_without_every_prompt_nothing_is_decided(asked: Asked, code: str) -> None:
    given = answer(asked)
    assert codes(given.refusals) == [code]
    assert given.reactions == ()


def test_who_needs_more_time_may_take_it() -> None:
    five = (Step(NOD, 2), Step(MOUTH, 2), Step(BLINK))
    assert 40 < Asked(five, Profile.TIMED).longest_s < 48
    longer = tuple(replace(step, window_ms=2 * step.window_ms) for step in five)
    assert 60 < Asked(longer, Profile.TIMED).longest_s < 70


def test_no_question_has_no_answer() -> None:
    with pytest.raises(ValueError, match="at least one action"):
        Asked(())


def test_an_answer_whose_pictures_were_held_back_is_undecided() -> None:
    in_time = answer(timed(*(replace(prompt, late_ms=MOST_LATE_MS) for prompt in PROMPTS)))
    assert in_time.faults == in_time.refusals == ()
    late = answer(timed(*PROMPTS[:-1], replace(PROMPTS[-1], late_ms=MOST_LATE_MS + 1)))
    assert codes(late.refusals) == [HELD_BACK]
    assert late.faults == ()


def test_what_is_wrong_besides_being_late_is_a_fault_and_counts() -> None:
    first = replace(PROMPTS[0], late_ms=60_000)
    wrong = answer(timed(first, *PROMPTS[1:]), make_signals(seconds=9, nods=TWO_NODS))
    assert wrong.refusals == ()
    assert wrong.faults
