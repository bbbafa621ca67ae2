"""Does what was seen answer what was asked? In order for every profile, and in time for `timed`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

import numpy as np

from liveness.actions.events import ActionRules
from liveness.actions.ordering import MISSING_REPEAT, OUT_OF_ORDER, match_in_order, results_of
from liveness.challenge.asked import Asked
from liveness.challenge.reactions import MISSING, UNBIDDEN, WRONG_ORDER, Reaction, judge_reactions
from liveness.challenge.schedule import PromptSchedule
from liveness.observation.signals import Signals
from liveness.verdict import ActionEvent, ActionResult, Profile, Reason

NO_SCHEDULE: Final = "challenge.no_schedule"
UNFINISHED: Final = "challenge.unfinished"
HELD_BACK: Final = "challenge.held_back"

MOST_LATE_MS: Final = 5000
"""Pictures that come later than this after their prompt could have been made meanwhile."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One result for every movement asked for, in order.

    reactions: one for each prompt of a `timed` challenge. faults: why the movements do not pass.
    refusals: why it cannot be decided whether they do.
    """

    results: tuple[ActionResult, ...]
    reactions: tuple[Reaction, ...]
    faults: tuple[Reason, ...]
    refusals: tuple[Reason, ...]


def judge_answer(asked: Asked, events: Sequence[ActionEvent], signals: Signals, rules: ActionRules) -> Answer:
    """Hold the movements of a clip against what was asked.

    `ordered`: every movement, repeats and all, one after the other, and none outside its turn: a recording
    that shows everything over and over would answer every order. `timed`: besides, each within the time of
    its own prompt, see `judge_reactions`; without the times of all prompts nothing can pass, nor where the
    pictures of an answer were held back. What is missing
    is told with what to do better about that movement, where that is known.
    """
    in_order = match_in_order(asked.sequence, events, signals, rules)
    if asked.profile is not Profile.TIMED:
        return Answer(in_order, (), _missing(in_order) or _besides(in_order, asked, events), ())
    if asked.schedule is None or not asked.schedule.covers(asked.steps):
        code = NO_SCHEDULE if asked.schedule is None else UNFINISHED
        return Answer(in_order, (), _missing(in_order), (Reason(code),))
    found = judge_reactions(asked.schedule, events, frame_interval_ms=frame_interval_ms(signals))
    pairs = [(reaction.prompt.action, reaction.event) for reaction in found.reactions]
    results = results_of(pairs, events, signals, rules)
    told = tuple(reason for reason in _missing(results) if not _says_less(reason, found.reasons))
    faults = tuple(reason for reason in found.reasons if not (told and reason.code == MISSING))
    faults = (*faults, *told)
    results = tuple(_unanswered(result) for result in results)
    return Answer(results, found.reactions, faults, () if faults else _held_back(asked.schedule))


def frame_interval_ms(signals: Signals) -> float:
    """The usual time between two analysed frames; without two of them there is no such time: infinite."""
    steps = np.diff(signals.time_ms)
    return float(np.median(steps)) if len(steps) else float("inf")


def _missing(results: Sequence[ActionResult]) -> tuple[Reason, ...]:
    return tuple(
        Reason(result.remedy_code, measured=result.best_measured, required=result.required)
        for result in results
        if result.remedy_code is not None
    )


def _besides(
    results: Sequence[ActionResult], asked: Asked, events: Sequence[ActionEvent]
) -> tuple[Reason, ...]:
    """A movement of the challenge outside its turn. Once more in its turn is nobody's fault.

    What overlaps a movement that answers is part of it, and what comes by itself says nothing.
    """
    deliberate = set(asked.sequence) - UNBIDDEN
    answers = [result.event for result in results if result.event is not None]
    others = [
        event
        for event in events
        if event.action in deliberate
        and not any(event.start_ms < answer.end_ms and answer.start_ms < event.end_ms for answer in answers)
    ]
    shown = sorted([*answers, *others], key=lambda event: event.start_ms)
    turns = [action for action, _ in groupby(event.action for event in shown if event.action in deliberate)]
    wanted = [action for action, _ in groupby(action for action in asked.sequence if action in deliberate)]
    return () if turns == wanted else (Reason(WRONG_ORDER, measured=len(turns), required=len(wanted)),)


def _held_back(schedule: PromptSchedule) -> tuple[Reason, ...]:
    """What came so late that nobody can tell whether it was recorded when it says: undecided, not refused."""
    late = max(schedule.prompts, key=lambda prompt: prompt.late_ms)
    if late.late_ms <= MOST_LATE_MS:
        return ()
    return (Reason(HELD_BACK, at_ms=late.shown_ms, measured=late.late_ms, required=MOST_LATE_MS),)


def _unanswered(result: ActionResult) -> ActionResult:
    """That a movement is there, but answers no prompt, is a matter of time and not of the order."""
    is_elsewhere = result.remedy_code is not None and result.remedy_code.endswith(OUT_OF_ORDER)
    return replace(result, remedy_code=MISSING) if is_elsewhere else result


def _says_less(reason: Reason, than: Sequence[Reason]) -> bool:
    """Whether the reactions already say why a movement does not count that is there."""
    return bool(than) and (reason.code == MISSING_REPEAT or reason.code.endswith(OUT_OF_ORDER))
