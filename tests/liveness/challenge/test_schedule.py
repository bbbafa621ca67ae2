"""When movements were asked for."""

import pytest

from liveness.challenge.challenge import Step
from liveness.challenge.schedule import Prompt, PromptSchedule
from liveness.verdict import Action
from tests.liveness.challenge.builders import followed

STEPS = (Step(Action.NOD, 2), Step(Action.MOUTH), Step(Action.BLINK))


def test_a_schedule_covers_the_steps_it_was_made_for_and_no_others() -> None:
    schedule, _events = followed(STEPS, [500] * 4)
    assert schedule.covers(STEPS)
    assert not PromptSchedule(schedule.prompts[:-1]).covers(STEPS)
    assert not schedule.covers(STEPS[:2])
    assert not schedule.covers((Step(Action.NOD), *STEPS[1:]))


def test_prompts_come_one_after_the_other() -> None:
    first = Prompt(0, 1, Action.NOD, 1000, 2000)
    for second in (Prompt(1, 1, Action.MOUTH, 1000, 2000), Prompt(0, 1, Action.NOD, 3000, 4000)):
        with pytest.raises(ValueError, match="prompts"):
            PromptSchedule((first, second))


@pytest.mark.parametrize("times", [(-1, 5), (10, 10), (10, 9)], ids=str)
def test_a_window_lasts_some_time(times: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="before its window closes"):
        Prompt(0, 1, Action.NOD, *times)
