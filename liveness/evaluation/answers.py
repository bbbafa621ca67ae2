"""What the analysis answered about one clip, in the words that rates are counted in."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import permutations
from typing import Final

from liveness.verdict import STANDARD_ACTIONS, Action, ActionEvent, Outcome, PadDecision

ORDERS: Final = tuple(permutations(STANDARD_ACTIONS))
"""The six orders that a challenge of nod, mouth and blink can have."""


class Answer(StrEnum):
    """What became of a clip. The first three are non-responses; none of them is a detected attack."""

    FAILED = "failed"
    UNREADABLE = "unreadable"
    REFUSED = "refused"
    PERSON_CHANGED = "person_changed"
    ATTACK = "attack"
    INCONCLUSIVE = "inconclusive"
    BONA_FIDE = "bona_fide"


NON_RESPONSES: Final = frozenset({Answer.FAILED, Answer.UNREADABLE, Answer.REFUSED})


@dataclass(frozen=True, slots=True)
class JudgedOrder:
    """A clip judged as the answer to one order: whether its actions are shown, and the whole verdict."""

    actions: tuple[Action, ...]
    is_shown: bool
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class SeenEvidence:
    """One piece of evidence of an attack, as the detector measured it; NaN where it could not be."""

    name: str
    measured: float
    finding: str
    weight: str


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What the file is, as it was read."""

    container: str = ""
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What one clip took: CPU time of the process, and the largest memory it ever held, in 10^6 bytes."""

    cpu_s: float = 0.0
    peak_mb: float = 0.0


@dataclass(frozen=True, slots=True)
class ClipAnswer:
    """Everything that was found in one clip.

    codes: why, for every answer but bona fide. pad_alone: attack detection before any refusal.
    """

    answer: Answer
    codes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    events: tuple[ActionEvent, ...] = ()
    orders: tuple[JudgedOrder, ...] = ()
    pad_alone: PadDecision = PadDecision.INCONCLUSIVE
    evidence: tuple[SeenEvidence, ...] = ()
    facts: ClipFacts = ClipFacts()
    cost: Cost = Cost()

    def __post_init__(self) -> None:
        if self.answer is not Answer.BONA_FIDE and not self.codes:
            raise ValueError("an answer other than bona fide says why")

    @property
    def is_observed(self) -> bool:
        """Whether the clip could be read to its end, so that there are events to count."""
        return self.answer not in {Answer.FAILED, Answer.UNREADABLE}

    @property
    def is_response(self) -> bool:
        """Whether attack detection answered; a refusal is none."""
        return self.answer not in NON_RESPONSES

    @property
    def actions_fired(self) -> bool:
        """Whether the actions alone would pass one of the six orders."""
        return any(order.is_shown for order in self.orders)

    @property
    def accepted(self) -> bool:
        """Whether the whole policy passes the clip under one of the six orders."""
        return any(order.outcome is Outcome.PASSED for order in self.orders)
