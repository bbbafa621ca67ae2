"""What is known of a presentation when it has been judged: actions, quality, attack evidence, comparison."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Action(StrEnum):
    """A movement a challenge can ask for. Left and right are the person's own."""

    NOD = "nod"
    MOUTH = "mouth"
    BLINK = "blink"
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    SMILE = "smile"


STANDARD_ACTIONS: Final = (Action.NOD, Action.MOUTH, Action.BLINK)
"""What everybody is asked for; the others stand in for one of these that a person cannot do."""


class Assurance(StrEnum):
    """How much a passed check is worth, by how it was asked for."""

    BASIC = "basic"
    ENHANCED = "enhanced"


class Profile(StrEnum):
    """How the actions were asked for, the weaker first.

    ordered: all at once, shown in one recording; their order is checked. timed: one by one, while the camera
    runs; order and reaction times are checked.
    """

    ORDERED = "ordered"
    TIMED = "timed"

    @property
    def assurance(self) -> Assurance:
        return Assurance.ENHANCED if self is Profile.TIMED else Assurance.BASIC


class PadDecision(StrEnum):
    """Result of presentation attack detection (ISO/IEC 30107-3)."""

    BONA_FIDE = "bona_fide"
    ATTACK_PRESENTATION = "attack_presentation"
    INCONCLUSIVE = "inconclusive"


class Outcome(StrEnum):
    """The whole answer. Only PASSED lets a person go on; UNDECIDED is never a pass."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class ActionEvent:
    """One movement found in a clip. Times in ms from the first frame; measured and required share `unit`."""

    action: Action
    start_ms: int
    peak_ms: int
    end_ms: int
    measured: float
    required: float
    unit: str

    def __post_init__(self) -> None:
        if not self.start_ms <= self.peak_ms <= self.end_ms:
            raise ValueError("an event runs start <= peak <= end")


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What became of one requested action; `event` is None where it was not found.

    `best_measured` is the strongest movement seen, so that a person can be told what to do better.
    """

    action: Action
    found: bool
    event: ActionEvent | None
    best_measured: float
    required: float
    unit: str
    remedy_code: str | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an answer is what it is: a stable catalogue code, with the figures for the reviewer only."""

    code: str
    at_ms: int | None = None
    measured: float | None = None
    required: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer about one presentation and everything that led to it."""

    outcome: Outcome
    pad: PadDecision
    requested: tuple[Action, ...]
    actions: tuple[ActionResult, ...]
    reasons: tuple[Reason, ...]
    remarks: tuple[Reason, ...]
    profile: Profile
    video_sha256: str
    duration_ms: int
    frames_analysed: int
    best_frame_ms: int | None
    policy_version: str

    def __post_init__(self) -> None:
        if self.outcome is Outcome.PASSED and (self.pad is not PadDecision.BONA_FIDE or not self.actions):
            raise ValueError("only a bona fide presentation with its actions shown can pass")

    @property
    def assurance(self) -> Assurance:
        """What the profile declares a pass to be worth."""
        return self.profile.assurance
