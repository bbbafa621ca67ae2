"""Prompts of the `timed` profile: one movement after the other, each at a moment nobody could know."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from liveness.challenge.challenge import Step
from liveness.challenge.reactions import judge_reactions
from liveness.challenge.schedule import Prompt, PromptSchedule
from liveness.live.asking import AFTERGLOW_MS, BEGUN, SEEN
from liveness.live.clip_clock import ClipClock
from liveness.live.happenings import Finished, Happening, Progressed, Prompted
from liveness.live.watch import Watch

SETTLED_MS: Final = 1000
"""A face is seen for so long before the first prompt: all movements are measured from its rest."""

UNSETTLED_MS: Final = 6000
"""Where no face is seen the first prompt comes after so long all the same; its hint is on the screen."""

COMPLETES_MS: Final = 1500
"""A movement that begins at the end of its window has this time to be completed."""

LAST_MS: Final = 3000
"""So long before a clip would become too long nothing more is awaited: until a phone hears of it and stops
it records on, and its clip began earlier than its first picture came."""


@dataclass(slots=True)
class Prompting:
    """Asks for the next movement when the one before was seen, or its window is over, and its pause passed.

    Whether a movement was seen is answered by the very rules that judge the reactions in the end.
    """

    steps: Sequence[Step]
    clock: ClipClock
    longest_ms: float = 30_000
    _sent_ms: list[float] = field(default_factory=list)
    _answered: int = 0
    _free_since_ms: float | None = None
    _share: float = 0.0
    _finished: bool = False

    def advance(self, *, now_ms: float, watch: Watch) -> list[Happening]:
        """Look at what is known at a time of the server, in ms; give what happened since the last time."""
        if self._finished or not self.clock.is_running:
            return []
        # The phone records on while its pictures still lie here unseen: its clip is as long as it runs.
        left_ms = self.longest_ms - LAST_MS - self.clock.clip_ms(now_ms)
        if left_ms <= 0:
            return self._finish()
        if self._free_since_ms is None:
            if watch.seen_for_ms < SETTLED_MS and watch.last_ms < UNSETTLED_MS:
                return []
            self._free_since_ms = now_ms
        if len(self._sent_ms) > self._answered:
            return self._await_answer(now_ms, watch)
        waited_ms = now_ms - self._free_since_ms
        if self._answered < len(self._wanted):
            return self._ask(now_ms, waited_ms=waited_ms, left_ms=left_ms)
        return self._finish() if waited_ms >= AFTERGLOW_MS else []

    def schedule(self) -> PromptSchedule:
        """When each prompt was shown, by the clip's clock as it is known now."""
        prompts = []
        for sent_ms, (index, repeat) in zip(self._sent_ms, self._wanted, strict=False):
            step, shown_ms = self.steps[index], self.clock.clip_ms(sent_ms)
            closes_ms = shown_ms + step.window_ms
            late_ms = self.clock.late_ms(shown_ms, closes_ms + COMPLETES_MS)
            prompts.append(Prompt(index, repeat, step.action, shown_ms, closes_ms, late_ms))
        return PromptSchedule(tuple(prompts))

    @property
    def _wanted(self) -> list[tuple[int, int]]:
        return [
            (index, repeat + 1) for index, step in enumerate(self.steps) for repeat in range(step.repeats)
        ]

    def _ask(self, now_ms: float, *, waited_ms: float, left_ms: float) -> list[Happening]:
        """Ask for the next movement, or end where no time is left for it: nobody is asked in vain."""
        step = self.steps[self._wanted[self._answered][0]]
        if waited_ms < step.pause_ms:
            return []
        if left_ms < step.window_ms + COMPLETES_MS:
            return self._finish()
        self._sent_ms.append(now_ms)
        self._share = 0.0
        return [self._prompted()]

    def _prompted(self) -> Prompted:
        index, repeat = self._wanted[self._answered]
        step = self.steps[index]
        return Prompted(
            action=step.action,
            repeat=repeat,
            repeats=step.repeats,
            number=self._answered + 1,
            count=len(self._wanted),
            closes_in_ms=step.window_ms,
        )

    def _await_answer(self, now_ms: float, watch: Watch) -> list[Happening]:
        found = judge_reactions(self.schedule(), watch.events, frame_interval_ms=watch.frame_interval_ms)
        prompt, event = found.reactions[-1].prompt, found.reactions[-1].event
        # By the clip's clock: pictures that the network holds back still count.
        if event is None and watch.last_ms < prompt.closes_ms + COMPLETES_MS:
            if self._share < BEGUN and watch.has_begun(prompt.action, prompt.shown_ms):
                self._share = BEGUN
                return [Progressed(prompt.action, BEGUN)]
            return []
        self._answered += 1
        self._free_since_ms = now_ms
        return [] if event is None else [Progressed(prompt.action, SEEN)]

    def _finish(self) -> list[Happening]:
        self._finished = True
        return [Finished()]
