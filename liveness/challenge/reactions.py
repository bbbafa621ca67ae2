"""Did the movements answer the prompts, as those of a person do who sees them?

What was recorded before cannot wait for a prompt; what is played on a signal comes at a constant delay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from liveness.actions.ordering import MISSING_REPEAT
from liveness.challenge.schedule import Prompt, PromptSchedule
from liveness.verdict import Action, ActionEvent, Reason

LEAST_REACTION_MS: Final = 150
"""Nobody sees a prompt and moves sooner."""

MOST_TOLERANCE_MS: Final = 100
"""A clip of few frames is forgiven the time between them, up to this."""

SAME_DELAY_MS: Final = 20
LEAST_COMPARED: Final = 3

UNBIDDEN: Final = frozenset({Action.BLINK})
"""Movements that come by themselves: one outside its prompt says nothing."""

EARLY: Final = "reaction.too_early"
LATE: Final = "reaction.too_late"
MISSING: Final = "reaction.missing"
WRONG_ORDER: Final = "reaction.wrong_order"
CONSTANT_DELAY: Final = "reaction.constant_delay"


@dataclass(frozen=True, slots=True)
class Reaction:
    """One prompt and the movement that answered it; event and reaction_ms are None where none did."""

    prompt: Prompt
    event: ActionEvent | None = None

    @property
    def reaction_ms(self) -> int | None:
        return None if self.event is None else self.event.start_ms - self.prompt.shown_ms


@dataclass(frozen=True, slots=True)
class ReactionFindings:
    """What answered each prompt, and what is wrong with it; without a reason the reactions pass."""

    reactions: tuple[Reaction, ...]
    reasons: tuple[Reason, ...]


def judge_reactions(
    schedule: PromptSchedule, events: Sequence[ActionEvent], *, frame_interval_ms: float
) -> ReactionFindings:
    """Find the movement that answers each prompt; say what came early, late, wrongly, alike or not at all.

    1. The answer to a prompt is the first movement of its action that begins from 0.15 s after the prompt to
       the end of its window, one movement for one prompt.
    2. A movement of the same action under way when its prompt appears, or since the step before, came early.
       Repeating once more after an answer is nobody's fault, as long as it ended before the next prompt.
    3. Another action of the challenge, done in whole between a prompt and its answer, is the wrong order.
    4. Answers that all took the same time, as closely as the frames can tell, were not a person's.

    A blink outside its prompt is a natural one and never held against anybody.
    """
    tolerance_ms = min(frame_interval_ms, MOST_TOLERANCE_MS)
    asked = {prompt.action for prompt in schedule.prompts}
    ordered = sorted(events, key=lambda event: (event.start_ms, event.end_ms))
    reactions: list[Reaction] = []
    reasons: list[Reason] = []
    free_from_ms = 0
    for index, prompt in enumerate(schedule.prompts):
        following = (after.shown_ms for after in schedule.prompts[index + 1 : index + 2])
        stood_until_ms = min((prompt.closes_ms, *following))
        look = _Look(prompt, stood_until_ms, ordered, free_from_ms, tolerance_ms)
        event = look.answer
        reactions.append(Reaction(prompt, event))
        reasons += look.faults(asked)
        free_from_ms = event.end_ms if event is not None else max(free_from_ms, prompt.shown_ms)
    if not reasons:
        reasons += _constant_delay(reactions, tolerance_ms)
    return ReactionFindings(tuple(reactions), tuple(reasons))


@dataclass(frozen=True, slots=True)
class _Look:
    """One prompt, the time until which it stood, every movement of the clip, the end of the answer before."""

    prompt: Prompt
    stood_until_ms: int
    events: Sequence[ActionEvent]
    free_from_ms: float
    tolerance_ms: float

    @property
    def opens_ms(self) -> float:
        return self.prompt.shown_ms + LEAST_REACTION_MS - self.tolerance_ms

    @property
    def closes_ms(self) -> float:
        return self.prompt.closes_ms + self.tolerance_ms

    @property
    def own(self) -> list[ActionEvent]:
        return [event for event in self.events if event.action is self.prompt.action]

    @property
    def answer(self) -> ActionEvent | None:
        first_ms = max(self.opens_ms, self.free_from_ms)
        fitting = (event for event in self.own if first_ms <= event.start_ms <= self.closes_ms)
        return next(fitting, None)

    def faults(self, asked: set[Action]) -> list[Reason]:
        answer, prompt = self.answer, self.prompt
        found = []
        before = self._before()
        if before is not None and (answer is None or prompt.action not in UNBIDDEN):
            found.append(self._reason(EARLY, before, LEAST_REACTION_MS))
        other = self._other(asked)
        if other is not None:
            found.append(self._reason(WRONG_ORDER, other, 0))
        if answer is None and not found:
            found.append(self._none())
        return found

    def _before(self) -> ActionEvent | None:
        """A movement of this action that could not wait.

        Before the first prompt people make themselves comfortable, and before a repeat some do it once more:
        there only a movement that is under way when the prompt appears came early.
        """
        is_new_step = self.prompt.step > 0 and self.prompt.repeat == 1
        since_ms = self.free_from_ms if is_new_step else self.prompt.shown_ms
        early = (
            event
            for event in self.own
            if self.free_from_ms <= event.start_ms < self.opens_ms and event.end_ms > since_ms
        )
        return next(early, None)

    def _other(self, asked: set[Action]) -> ActionEvent | None:
        """Another movement of the challenge, begun and ended while this one was asked for.

        One that runs into the answer is part of the same movement: a mouth that opens wide lifts the head.
        """
        until_ms = self.answer.start_ms if self.answer is not None else self.stood_until_ms
        others = (
            event
            for event in self.events
            if event.action in asked - UNBIDDEN - {self.prompt.action}
            and self.prompt.shown_ms + LEAST_REACTION_MS <= event.start_ms
            and event.end_ms <= until_ms
        )
        return next(others, None)

    def _none(self) -> Reason:
        late = next((event for event in self.own if event.start_ms > self.closes_ms), None)
        if late is not None:
            return self._reason(LATE, late, self.prompt.closes_ms - self.prompt.shown_ms)
        return Reason(MISSING if self.prompt.repeat == 1 else MISSING_REPEAT, at_ms=self.prompt.shown_ms)

    def _reason(self, code: str, event: ActionEvent, required_ms: int) -> Reason:
        waited_ms = event.start_ms - self.prompt.shown_ms
        return Reason(code, at_ms=event.start_ms, measured=waited_ms, required=required_ms)


def _constant_delay(reactions: Sequence[Reaction], tolerance_ms: float) -> list[Reason]:
    delays = [reaction.reaction_ms for reaction in reactions if reaction.reaction_ms is not None]
    if len(delays) < LEAST_COMPARED:
        return []
    spread_ms, least_ms = max(delays) - min(delays), max(SAME_DELAY_MS, tolerance_ms)
    if spread_ms > least_ms:
        return []
    return [Reason(CONSTANT_DELAY, measured=spread_ms, required=least_ms)]
