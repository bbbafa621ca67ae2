"""Reactions of people pass; what was recorded before, or is played on a signal, does not."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from liveness.actions.ordering import MISSING_REPEAT
from liveness.challenge.challenge import WINDOW_MS, Step
from liveness.challenge.reactions import (
    CONSTANT_DELAY,
    EARLY,
    LATE,
    LEAST_REACTION_MS,
    MISSING,
    MOST_TOLERANCE_MS,
    SAME_DELAY_MS,
    WRONG_ORDER,
    ReactionFindings,
    judge_reactions,
)
from liveness.messages import text_of
from liveness.verdict import STANDARD_ACTIONS, Action, ActionEvent
from tests.liveness.challenge.builders import followed, make_event

NOD, MOUTH, BLINK = Action.NOD, Action.MOUTH, Action.BLINK
STEPS = (Step(NOD, 2, pause_ms=900), Step(MOUTH, pause_ms=1300), Step(BLINK, pause_ms=700))
DELAYS = (420, 610, 380, 800)
FRAME_MS = 1000 / 15

steps_drawn = st.builds(
    lambda order, repeats, pauses: tuple(
        Step(action, repeats=count, pause_ms=pause)
        for action, count, pause in zip(order, repeats, pauses, strict=True)
    ),
    st.permutations(list(Action)).map(lambda actions: actions[:3]),
    st.lists(st.integers(1, 2), min_size=3, max_size=3),
    st.lists(st.integers(600, 1800), min_size=3, max_size=3),
)
delays_drawn = st.lists(st.integers(LEAST_REACTION_MS, WINDOW_MS), min_size=6, max_size=6)


def judged(schedule, events, *, frame_ms: float = FRAME_MS) -> ReactionFindings:
    return judge_reactions(schedule, events, frame_interval_ms=frame_ms)


def codes(findings: ReactionFindings) -> list[str]:
    return [reason.code for reason in findings.reasons]


@given(steps_drawn, delays_drawn)
def test_whoever_follows_the_prompts_in_time_passes(steps: tuple[Step, ...], delays: list[int]) -> None:
    schedule, events = followed(steps, delays)
    assume(max(delays[: len(events)]) - min(delays[: len(events)]) > MOST_TOLERANCE_MS)
    found = judged(schedule, events)
    assert codes(found) == []
    assert [reaction.event for reaction in found.reactions] == list(events)
    assert [reaction.reaction_ms for reaction in found.reactions] == delays[: len(events)]


@given(steps_drawn, delays_drawn, st.integers(0, 5), st.integers(1, 5))
def test_a_movement_left_out_never_passes(
    steps: tuple[Step, ...], delays: list[int], at: int, count: int
) -> None:
    schedule, events = followed(steps, delays)
    left_out = set(range(at, at + count))
    kept = [event for index, event in enumerate(events) if index not in left_out]
    assume(len(kept) < len(events))
    assert codes(judged(schedule, kept))


@given(steps_drawn, delays_drawn, st.permutations(range(3)))
def test_the_right_set_in_another_order_never_passes(
    steps: tuple[Step, ...], delays: list[int], order: list[int]
) -> None:
    assume(order != sorted(order))
    schedule, _events = followed(steps, delays)
    _schedule, events = followed([steps[index] for index in order], delays)
    assert codes(judged(schedule, events))


@given(steps_drawn, st.integers(LEAST_REACTION_MS, WINDOW_MS), st.lists(st.integers(0, SAME_DELAY_MS)))
def test_a_constant_delay_never_passes(steps: tuple[Step, ...], delay: int, jitter: list[int]) -> None:
    jittered = [min(WINDOW_MS, delay + extra) for extra in [*jitter, *[0] * 6]]
    schedule, events = followed(steps, jittered)
    assert codes(judged(schedule, events)) == [CONSTANT_DELAY]


@given(steps_drawn, delays_drawn, st.integers(1, 4000))
def test_a_clip_that_runs_ahead_of_its_prompts_never_passes(
    steps: tuple[Step, ...], delays: list[int], ahead_ms: int
) -> None:
    schedule, events = followed(steps, delays)
    least = min(delays[: len(events)]) - ahead_ms
    assume(least < LEAST_REACTION_MS - MOST_TOLERANCE_MS)
    assume(events[0].start_ms >= ahead_ms)
    shifted = [moved(event, -ahead_ms) for event in events]
    assert codes(judged(schedule, shifted))


def moved(event: ActionEvent, by_ms: int) -> ActionEvent:
    return replace(
        event, start_ms=event.start_ms + by_ms, peak_ms=event.peak_ms + by_ms, end_ms=event.end_ms + by_ms
    )


def test_a_movement_before_its_prompt_is_told() -> None:
    schedule, events = followed(STEPS, DELAYS)
    mouth = schedule.prompts[2]
    early = make_event(MOUTH, mouth.shown_ms - 300)
    assert codes(judged(schedule, [*events[:2], early, *events[3:]])) == [EARLY]
    # Doing it again in time does not make it good: whoever plays everything all the time would pass.
    assert codes(judged(schedule, [*events, early])) == [EARLY]


def test_nobody_reacts_within_a_tenth_of_a_second() -> None:
    schedule, events = followed(STEPS, (500, 620, 60, 800))
    assert codes(judged(schedule, events, frame_ms=1000 / 30)) == [EARLY]


@pytest.mark.parametrize(("delay_ms", "passes"), [(149, False), (150, True)])
def test_the_least_reaction_is_as_stated(delay_ms: int, passes: bool) -> None:
    schedule, events = followed(STEPS, (500, 620, delay_ms, 800))
    assert (codes(judged(schedule, events, frame_ms=0)) == []) is passes


@pytest.mark.parametrize(("delay_ms", "passes"), [(90, True), (80, False)])
def test_the_time_between_two_frames_is_forgiven(delay_ms: int, passes: bool) -> None:
    schedule, events = followed(STEPS, (500, 620, delay_ms, 800))
    assert (codes(judged(schedule, events)) == []) is passes


def test_a_clip_of_few_frames_is_not_forgiven_everything() -> None:
    schedule, events = followed(STEPS, (500, 620, 40, 800))
    assert codes(judged(schedule, events, frame_ms=500)) == [EARLY]


def test_a_movement_after_its_window_is_late() -> None:
    schedule, events = followed(STEPS, (500, 620, 300, WINDOW_MS + 200))
    assert codes(judged(schedule, events)) == [LATE]


def test_once_where_twice_was_asked_is_missing() -> None:
    schedule, events = followed(STEPS, DELAYS)
    assert codes(judged(schedule, [events[0], *events[2:]])) == [MISSING_REPEAT]
    assert codes(judged(schedule, events[:3])) == [MISSING]


def test_another_action_first_is_the_wrong_order() -> None:
    schedule, events = followed(STEPS, (1500, 620, 1400, 800))
    instead = make_event(MOUTH, schedule.prompts[0].shown_ms + 300)
    assert WRONG_ORDER in codes(judged(schedule, [instead, *events]))
    later = make_event(NOD, schedule.prompts[2].shown_ms + 300)
    assert codes(judged(schedule, [later, *events])) == [WRONG_ORDER]


def test_what_goes_with_a_movement_is_not_another_one() -> None:
    """A mouth that opens wide lifts the head."""
    schedule, events = followed(STEPS, (500, 620, 600, 800))
    with_it = make_event(NOD, events[2].start_ms - 200)
    assert codes(judged(schedule, [*events, with_it])) == []


def test_once_more_after_the_answer_is_nobodys_fault() -> None:
    schedule, events = followed(STEPS, DELAYS)
    again = make_event(NOD, events[1].end_ms + 50, 500)
    assert codes(judged(schedule, [*events, again])) == []
    between = make_event(NOD, events[0].end_ms + 50, 500)
    assert codes(judged(schedule, [*events, between])) == []


def test_a_nod_that_never_ends_is_no_answer_to_the_second_prompt() -> None:
    schedule, events = followed(STEPS, DELAYS)
    under_way = make_event(NOD, schedule.prompts[1].shown_ms - 200)
    assert codes(judged(schedule, [*events, under_way])) == [EARLY]


def test_natural_blinks_are_held_against_nobody() -> None:
    schedule, events = followed(STEPS, DELAYS)
    natural = [make_event(BLINK, at_ms, 150) for at_ms in range(200, schedule.prompts[3].shown_ms, 1400)]
    assert codes(judged(schedule, [*events, *natural])) == []


def test_moving_before_the_first_prompt_is_settling_down() -> None:
    schedule, events = followed(STEPS, DELAYS)
    before = [make_event(NOD, 300), make_event(MOUTH, 1200)]
    assert codes(judged(schedule, [*before, *events])) == []


@pytest.mark.parametrize("code", [EARLY, LATE, MISSING, MISSING_REPEAT, WRONG_ORDER, CONSTANT_DELAY])
def test_every_reason_says_what_to_do(code: str) -> None:
    text = text_of(code)
    assert text.zh
    assert text.en
    assert text.remedy_zh
    assert text.remedy_en


def test_every_standard_action_can_be_asked_for_twice() -> None:
    steps = tuple(Step(action, 2) for action in STANDARD_ACTIONS)
    schedule, events = followed(steps, (300, 500, 700, 350, 620, 810))
    assert codes(judged(schedule, events)) == []
