"""A person before a camera whose frames arrive over a network: what is asked for is done after a while."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from liveness.challenge.challenge import Step
from liveness.challenge.schedule import PromptSchedule
from liveness.live.asking import Asking
from liveness.live.clip_clock import ClipClock
from liveness.live.guide import Guide
from liveness.live.happenings import Finished, Happening, HintsChanged, Progressed, Prompted
from liveness.live.prompting import Prompting
from liveness.observation.signals import Sample
from liveness.verdict import Action, ActionEvent
from tests.liveness.builders import Bump, make_samples

FPS = 15
LASTS_S = {Action.NOD: 1.2, Action.MOUTH: 1.2, Action.BLINK: 0.5}
HEIGHT = {Action.NOD: 15.0, Action.MOUTH: 1.0, Action.BLINK: 1.0}
BEGAN_MS = 700_000.0
"""Server time at which the recording began."""

Told = TypeVar("Told", HintsChanged, Prompted, Progressed, Finished)
Reacts = Callable[[Prompted], Sequence[tuple[float, Action]]]
"""What a prompt leads to: seconds after it, and a movement."""


def reacts_after(seconds: Sequence[float]) -> Reacts:
    """Does what is asked for, each time after another delay."""
    return lambda asked: [(seconds[(asked.number - 1) % len(seconds)], asked.action)]


@dataclass
class Stage:
    """Plays a person, frame by frame, until nothing more is asked for or the time is over."""

    reacts: Reacts
    plays: list[tuple[float, Action]] = field(default_factory=list)
    """Movements by the clip's clock, whether asked for or not."""
    delay_ms: Callable[[float], float] = lambda _at: 80.0
    seconds: float = 29.0
    told: list[tuple[float, Happening]] = field(default_factory=list)

    def play(self, asking: Asking, clock: ClipClock) -> "Stage":
        guide, over = Guide(asking), False
        for index in range(int(self.seconds * FPS)):
            taken_ms = 1000 * index / FPS
            arrived_ms = BEGAN_MS + taken_ms + self.delay_ms(taken_ms)
            clock.hear(arrived_ms=arrived_ms, held_ms=round(taken_ms))
            guide.see(self._sample(index), ())
            for happening in guide.tell(arrived_ms):
                clip_ms = arrived_ms - BEGAN_MS
                self.told.append((clip_ms, happening))
                over = over or isinstance(happening, Finished)
                if isinstance(happening, Prompted):
                    self.plays += [(clip_ms / 1000 + after, what) for after, what in self.reacts(happening)]
            if over:
                break
        self.events: tuple[ActionEvent, ...] = guide.watch.events
        self.frame_interval_ms = guide.watch.frame_interval_ms
        return self

    def of(self, kind: type[Told]) -> list[tuple[float, Told]]:
        return [(at, happening) for at, happening in self.told if isinstance(happening, kind)]

    def _sample(self, index: int) -> Sample:
        at_s = index / FPS

        def bumps(action: Action) -> list[Bump]:
            return [
                (begins - at_s, begins - at_s + LASTS_S[action], HEIGHT[action])
                for begins, what in self.plays
                if what is action
            ]

        here = make_samples(
            seconds=1 / FPS,
            fps=FPS,
            nods=bumps(Action.NOD),
            mouths=bumps(Action.MOUTH),
            blinks=bumps(Action.BLINK),
        )
        return replace(here[0], time_ms=round(1000 * at_s))


def prompted(stage: Stage, steps: Sequence[Step]) -> PromptSchedule:
    clock = ClipClock()
    prompting = Prompting(steps, clock)
    stage.play(prompting, clock)
    return prompting.schedule()
