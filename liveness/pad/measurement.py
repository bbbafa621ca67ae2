"""What one part of the evidence measured, before a policy judges it."""

import math
from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """In what a piece of evidence is measured."""

    SHARE = "share"
    RATIO = "ratio"
    MILLISECONDS = "ms"
    COUNT = "count"
    LEVELS = "grey levels"
    NATS = "nats"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One named value; value is None where the clip does not allow it to be measured.

    at_ms: where in the clip it shows most. looks: how many frames or pairs of frames it rests on.
    expected: whether the clip holds what the measurement needs, so that its absence is a doubt of its own.
    """

    name: str
    value: float | None
    unit: Unit
    at_ms: int | None = None
    looks: int = 0
    expected: bool = False

    def __post_init__(self) -> None:
        if self.looks < 0:
            raise ValueError("looks are counted")

    @property
    def measured(self) -> bool:
        """Whether there is a number to judge."""
        return self.value is not None and not math.isnan(self.value)
