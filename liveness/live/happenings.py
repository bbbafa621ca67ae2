"""What the live look has to tell while the clip runs; values, which a service puts into its own messages."""

from dataclasses import dataclass

from liveness.verdict import Action


@dataclass(frozen=True, slots=True)
class HintsChanged:
    """What is to be changed now, by code of the message catalogue; empty where all is well again."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prompted:
    """A movement is asked for from now on. `number` of `count` counts all movements of the challenge."""

    action: Action
    repeat: int
    repeats: int
    number: int
    count: int
    closes_in_ms: int


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far the movement asked for has come, in three steps: 0 not begun, 0.5 begun, 1 seen.

    Coarse on purpose: nobody can feel their way to a threshold by it.
    """

    action: Action
    share: float


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing more is asked for: the recording can stop."""


Happening = HintsChanged | Prompted | Progressed | Finished
