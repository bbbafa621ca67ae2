from liveness.challenge.challenge import Step
from liveness.live.asking import Following
from liveness.live.clip_clock import ClipClock
from liveness.live.happenings import Finished, Progressed, Prompted
from liveness.verdict import Action
from tests.liveness.live.world import Stage

STEPS = (Step(Action.NOD), Step(Action.MOUTH, repeats=2), Step(Action.BLINK))


def follow(plays):
    stage = Stage(lambda _asked: [], plays=plays, seconds=14.0)
    return stage.play(Following(STEPS), ClipClock())


def test_movements_are_told_as_they_are_seen_and_the_end_after_the_last():
    stage = follow([(1.0, Action.NOD), (3.5, Action.MOUTH), (6.0, Action.MOUTH), (9.0, Action.BLINK)])
    seen = [told.action for _, told in stage.of(Progressed) if told.share == 1.0]
    assert seen == [Action.NOD, Action.MOUTH, Action.MOUTH, Action.BLINK]
    assert [isinstance(told, Finished) for _, told in stage.told][-1]
    assert stage.of(Prompted) == []
    assert Following(STEPS).schedule() is None


def test_a_movement_before_its_turn_does_not_count():
    stage = follow([(1.0, Action.BLINK), (3.0, Action.MOUTH), (6.0, Action.NOD)])
    assert [told.action for _, told in stage.of(Progressed) if told.share == 1.0] == [Action.NOD]
    assert stage.of(Finished) == []
