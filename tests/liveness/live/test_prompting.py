from itertools import pairwise

import pytest

from liveness.actions.events import ActionRules
from liveness.challenge.answering import MOST_LATE_MS
from liveness.challenge.challenge import Step
from liveness.challenge.reactions import judge_reactions
from liveness.live.clip_clock import ClipClock
from liveness.live.happenings import Finished, Progressed, Prompted
from liveness.live.prompting import COMPLETES_MS, SETTLED_MS, Prompting
from liveness.live.watch import Watch
from liveness.verdict import Action
from tests.liveness.live.world import Stage, prompted, reacts_after

STEPS = (
    Step(Action.MOUTH, repeats=2, pause_ms=700),
    Step(Action.NOD, pause_ms=1300),
    Step(Action.BLINK, pause_ms=900),
)
PERSON = [0.45, 0.7, 0.55, 0.9]


def findings(stage, steps=STEPS):
    schedule = prompted(stage, steps)
    return schedule, judge_reactions(schedule, stage.events, frame_interval_ms=stage.frame_interval_ms)


def test_a_person_is_asked_one_movement_after_the_other_and_passes():
    stage = Stage(reacts_after(PERSON))
    schedule, found = findings(stage)
    assert found.reasons == ()
    assert schedule.covers(STEPS)
    assert [asked.number for _, asked in stage.of(Prompted)] == [1, 2, 3, 4]
    assert [(asked.action, asked.repeat, asked.repeats) for _, asked in stage.of(Prompted)] == [
        (Action.MOUTH, 1, 2),
        (Action.MOUTH, 2, 2),
        (Action.NOD, 1, 1),
        (Action.BLINK, 1, 1),
    ]
    assert len(stage.of(Finished)) == 1


def test_prompts_wait_for_a_face_at_rest_for_the_movement_before_and_for_the_pause():
    stage = Stage(reacts_after(PERSON))
    schedule = prompted(stage, STEPS)
    assert schedule.prompts[0].shown_ms >= SETTLED_MS + STEPS[0].pause_ms
    seen_at = [at for at, told in stage.of(Progressed) if told.share == 1.0]
    shown_at = [at for at, _ in stage.of(Prompted)]
    pauses = [STEPS[0].pause_ms, STEPS[1].pause_ms, STEPS[2].pause_ms]
    assert all(
        shown - seen >= pause for seen, shown, pause in zip(seen_at, shown_at[1:], pauses, strict=False)
    )


def test_progress_says_begun_and_seen_and_nothing_between():
    stage = Stage(reacts_after(PERSON))
    prompted(stage, STEPS)
    shares = [told.share for _, told in stage.of(Progressed)]
    assert set(shares) == {0.5, 1.0}
    assert shares.count(1.0) == 4


def test_who_does_nothing_is_asked_on_when_each_window_is_over_and_does_not_pass():
    steps = (Step(Action.MOUTH, pause_ms=600, window_ms=3000), Step(Action.NOD, pause_ms=600, window_ms=3000))
    stage = Stage(lambda _asked: [])
    schedule, found = findings(stage, steps)
    first, second = schedule.prompts
    assert second.shown_ms - first.closes_ms >= COMPLETES_MS + 600
    assert len(found.reasons) == 2
    assert len(stage.of(Finished)) == 1


def test_a_recording_in_the_right_order_that_ignores_the_prompts_does_not_pass():
    plays = [(1.5, Action.MOUTH), (4.0, Action.MOUTH), (6.5, Action.NOD), (9.0, Action.BLINK)]
    _, found = findings(Stage(lambda _asked: [], plays=plays))
    assert found.reasons


def test_movements_triggered_by_the_prompt_at_a_constant_delay_do_not_pass():
    _, found = findings(Stage(reacts_after([0.6])))
    assert [reason.code for reason in found.reasons] == ["reaction.constant_delay"]


@pytest.mark.parametrize(
    "delay_ms",
    [lambda _at: 900.0, lambda at: 60.0 + (2500.0 if 4000 < at < 5500 else 0.0), lambda at: (at * 7) % 700],
    ids=["far away", "a hole in the network", "jitter"],
)
def test_delays_of_the_network_never_fail_a_person(delay_ms):
    _, found = findings(Stage(reacts_after(PERSON), delay_ms=delay_ms))
    assert found.reasons == ()


def test_no_prompt_comes_before_the_first_frame():
    prompting = Prompting(STEPS, ClipClock())
    stage = Stage(lambda _asked: [])
    stage.play(prompting, ClipClock())  # frames come, but their clock is not this one
    assert stage.of(Prompted) == []
    assert prompting.schedule().prompts == ()


def test_the_schedule_is_in_order_however_fast_prompts_come():
    stage = Stage(reacts_after([0.2, 0.35, 0.25, 0.5]))
    schedule = prompted(stage, STEPS)
    assert all(before.shown_ms < after.shown_ms for before, after in pairwise(schedule.prompts))


def test_pictures_held_back_after_a_prompt_are_known_and_a_short_hole_is_told_from_them():
    """Pictures made after the prompt can name any time, but cannot be sent before they are made."""

    def held_back(at):
        return 80.0 + max(0.0, 10_000 - at) if 3_000 < at < 10_000 else 80.0

    stage = Stage(reacts_after(PERSON), delay_ms=held_back)
    late = [prompt.late_ms for prompt in prompted(stage, STEPS).prompts]
    assert max(late) > MOST_LATE_MS
    short = Stage(reacts_after(PERSON), delay_ms=lambda at: 60.0 + (2500.0 if 4000 < at < 5500 else 0.0))
    assert max(prompt.late_ms for prompt in prompted(short, STEPS).prompts) == pytest.approx(2500, abs=2)


@pytest.mark.parametrize(("behind", "delay_ms"), [(0.3, 80), (0.6, 80), (1.0, 80), (0.5, 2000)])
def test_who_is_looked_at_too_slowly_is_stopped_before_the_clip_is_too_long(behind, delay_ms):
    """The pictures are looked at ever later, while the phone records on."""
    stage = Stage(reacts_after(PERSON), delay_ms=lambda at: delay_ms + behind * at)
    clock = ClipClock()
    prompting = Prompting((*STEPS, *STEPS), clock)
    stage.play(prompting, clock)
    ((finished_ms, _),) = stage.of(Finished)
    assert finished_ms < prompting.longest_ms
    last = prompting.schedule().prompts[-1]
    assert last.closes_ms + COMPLETES_MS < prompting.longest_ms, "the last one asked for could be answered"


def test_who_shows_no_face_and_is_looked_at_too_slowly_is_stopped_too():
    clock = ClipClock()
    prompting = Prompting(STEPS, clock)
    clock.hear(arrived_ms=80.0, held_ms=0)
    watch = Watch(ActionRules())
    assert prompting.advance(now_ms=20_000, watch=watch) == []
    assert prompting.advance(now_ms=27_500, watch=watch) == [Finished()]
