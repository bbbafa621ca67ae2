"""What a recording has to answer: steps, the way they were asked for, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from liveness.challenge.challenge import Step, once_each, sequence_of
from liveness.challenge.schedule import PromptSchedule
from liveness.verdict import Action, Profile

LEAD_MS: Final = 9000
"""Before the first prompt, to find the oval and to hold still, and after the last, to stop."""

MOVEMENT_MS: Final = 2500
"""The longest a movement takes until it is seen to have ended."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Steps and profile; schedule is None where nothing is known of when the prompts were shown."""

    steps: tuple[Step, ...]
    profile: Profile = Profile.ORDERED
    schedule: PromptSchedule | None = None

    def __post_init__(self) -> None:
        if not self.steps:
            raise ValueError("at least one action must be asked for")

    @classmethod
    def of(cls, actions: Sequence[Action]) -> Self:
        """Each action once, in this order, in one recording."""
        return cls(once_each(actions))

    @property
    def longest_s(self) -> float:
        """How long a person may take who uses every window to its end, and comes back to rest each time."""
        asked_ms = sum(step.repeats * (step.pause_ms + step.window_ms + MOVEMENT_MS) for step in self.steps)
        return (LEAD_MS + asked_ms) / 1000

    @property
    def sequence(self) -> tuple[Action, ...]:
        """Every movement that is asked for, in order, repeats and all."""
        return sequence_of(self.steps)
