"""Schedules and the movements of a person who follows them."""

from collections.abc import Sequence

from liveness.challenge.challenge import Step
from liveness.challenge.schedule import Prompt, PromptSchedule
from liveness.verdict import Action, ActionEvent

MOVEMENT_MS = 700
SEEN_AFTER_MS = 300
LEAD_MS = 2000


def make_event(action: Action, start_ms: int, length_ms: int = MOVEMENT_MS) -> ActionEvent:
    peak_ms, end_ms = start_ms + length_ms // 2, start_ms + length_ms
    return ActionEvent(action, start_ms, peak_ms, end_ms, 1.0, 0.5, "ratio")


def followed(
    steps: Sequence[Step], reactions_ms: Sequence[int]
) -> tuple[PromptSchedule, tuple[ActionEvent, ...]]:
    """The prompts a service shows to somebody who reacts after these times, and what they do."""
    prompts, events = [], []
    at_ms, delays = LEAD_MS, iter(reactions_ms)
    for index, step in enumerate(steps):
        for repeat in range(1, step.repeats + 1):
            shown_ms = at_ms + step.pause_ms
            prompts.append(Prompt(index, repeat, step.action, shown_ms, shown_ms + step.window_ms))
            events.append(make_event(step.action, shown_ms + next(delays)))
            at_ms = events[-1].end_ms + SEEN_AFTER_MS
    return PromptSchedule(tuple(prompts)), tuple(events)
