"""What a recording has to answer: steps, the way they were asked for, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from liveness.challenge.challenge import Step, once_each, sequence_of
from liveness.challenge.schedule import PromptSchedule
from liveness.verdict import Action, Profile


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
    def sequence(self) -> tuple[Action, ...]:
        """Every movement that is asked for, in order, repeats and all."""
        return sequence_of(self.steps)
