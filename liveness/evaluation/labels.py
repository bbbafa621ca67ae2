"""Labelled clips: what was seen in each by people, and what that means for a count."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from liveness.evaluation.matching import LabelledEvent
from liveness.verdict import Action

BONA_FIDE: Final = "bona_fide"
OTHER: Final = "other"
KNOWN_SPECIES: Final = ("print", "replay")
"""Species that are always counted, also where no clip of theirs was presented."""
LABEL_OF: Final = {Action.BLINK: "blink", Action.MOUTH: "mouth_open", Action.NOD: "nod"}
NEUTRAL_FOR: Final = {
    Action.BLINK: frozenset({"eyes_closed", "eyes_lowered"}),
    Action.MOUTH: frozenset[str](),
    Action.NOD: frozenset({"pitch_up", "pitch_down"}),
}
"""Labels that make an event of this action neither a hit nor an error."""

STILL_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".heic", ".tif", ".tiff"})


@dataclass(frozen=True, slots=True)
class Movement:
    """One labelled movement, times in s from the first frame."""

    action: str
    start_s: float
    end_s: float
    is_uncertain: bool = False
    is_deliberate: bool = False


@dataclass(frozen=True, slots=True)
class LabelledClip:
    """One recording and its labels. kind: `bona_fide`, `other`, or the species of an attack."""

    file: str
    kind: str
    subtype: str = ""
    person: str = field(default="", repr=False)
    notes: str = field(default="", repr=False)
    expects_refusal: bool = False
    expect_why: str = ""
    unlabelled: frozenset[str] = frozenset()
    events: tuple[Movement, ...] = ()
    false_of_tracker: tuple[Movement, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_still(self) -> bool:
        """Whether this is a picture, which no action and no rate can come from."""
        return Path(self.file).suffix.lower() in STILL_SUFFIXES

    @property
    def is_attack(self) -> bool:
        """Whether somebody, or something, else is presented."""
        return self.kind not in {BONA_FIDE, OTHER}

    def is_labelled_for(self, action: Action) -> bool:
        """Whether somebody looked for this action in the clip."""
        return LABEL_OF[action] not in self.unlabelled

    def truth(self, action: Action) -> tuple[LabelledEvent, ...]:
        """What should be found of an action, and as neutral events what may be found."""
        found = []
        for movement in self.events:
            if movement.action == LABEL_OF[action]:
                is_speech = action is Action.MOUTH and not movement.is_deliberate
                neutral = movement.is_uncertain or is_speech
            elif movement.action in NEUTRAL_FOR[action]:
                neutral = True
            else:
                continue
            found.append(LabelledEvent(movement.start_s, movement.end_s, neutral))
        return tuple(found)
