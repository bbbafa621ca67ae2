"""When each movement of a challenge was asked for, on the clock of the clip."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from liveness.challenge.challenge import Step
from liveness.verdict import Action


@dataclass(frozen=True, slots=True)
class Prompt:
    """One movement as it was asked for: `repeat` of step `step`, counted from 0 and from 1.

    Times in ms from the clip's first frame. They come from the server's clock, so that what the network adds
    makes a reaction look later, never earlier. late_ms: how much later than the quickest pictures of the clip
    those from the prompt to the end of its window came.
    """

    step: int
    repeat: int
    action: Action
    shown_ms: int
    closes_ms: int
    late_ms: int = 0

    def __post_init__(self) -> None:
        if self.step < 0 or self.repeat < 1:
            raise ValueError("steps count from 0, repeats from 1")
        if not 0 <= self.shown_ms < self.closes_ms:
            raise ValueError("a prompt is shown before its window closes")
        if self.late_ms < 0:
            raise ValueError("the quickest pictures are not late")


@dataclass(frozen=True, slots=True)
class PromptSchedule:
    """Every prompt that was shown, in order."""

    prompts: tuple[Prompt, ...]

    def __post_init__(self) -> None:
        for before, after in pairwise(self.prompts):
            if after.shown_ms <= before.shown_ms:
                raise ValueError("prompts are shown one after the other")
            if (after.step, after.repeat) <= (before.step, before.repeat):
                raise ValueError("prompts follow the steps of their challenge")

    def covers(self, steps: Sequence[Step]) -> bool:
        """Whether every movement of these steps was asked for, and nothing else."""
        wanted = [
            (index, repeat, step.action)
            for index, step in enumerate(steps)
            for repeat in range(1, step.repeats + 1)
        ]
        return wanted == [(prompt.step, prompt.repeat, prompt.action) for prompt in self.prompts]
