"""Labelled recordings and the matching of found events to labelled ones."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liveness.verdict import Action, ActionEvent

TOLERANCE_S = 0.25
LABEL_OF = {Action.BLINK: "blink", Action.MOUTH: "mouth_open", Action.NOD: "nod"}
IGNORED_FOR = {
    Action.BLINK: {"eyes_closed", "eyes_lowered"},
    Action.MOUTH: set(),
    Action.NOD: {"pitch_up", "pitch_down"},
}
"""Labels that make an event of this action neither a hit nor an error."""


@dataclass(frozen=True, slots=True)
class LabelledEvent:
    """One labelled movement; a neutral one is neither hit nor error."""

    start_s: float
    end_s: float
    neutral: bool


@dataclass(frozen=True, slots=True)
class LabelledClip:
    """One recording and its labels as they stand in labels.json."""

    file: str
    kind: str
    expect: str
    unlabelled: frozenset[str]
    events: tuple[dict[str, Any], ...]

    def truth(self, action: Action) -> tuple[LabelledEvent, ...]:
        """What should be found of an action, with what may be found."""
        found = []
        for event in self.events:
            if event["action"] == LABEL_OF[action]:
                spoken = action is Action.MOUTH and not event.get("deliberate", False)
                neutral = event["confidence"] == "low" or spoken
            elif event["action"] in IGNORED_FOR[action]:
                neutral = True
            else:
                continue
            found.append(LabelledEvent(event["start_s"], event["end_s"], neutral))
        return tuple(found)


def read_labels(folder: Path) -> tuple[LabelledClip, ...]:
    """The clips of a folder, without still pictures."""
    entries = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    return tuple(
        LabelledClip(
            file=entry["file"],
            kind=entry["kind"],
            expect=entry.get("expect", ""),
            unlabelled=frozenset(entry.get("unlabelled") or ()),
            events=tuple(entry.get("events", ())),
        )
        for entry in entries
        if entry["file"].endswith(".mp4")
    )


@dataclass(frozen=True, slots=True)
class Score:
    """Hits, misses and false events, added up over clips."""

    hits: int = 0
    misses: int = 0
    false: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(self.hits + other.hits, self.misses + other.misses, self.false + other.false)

    @property
    def precision(self) -> float:
        return self.hits / max(1, self.hits + self.false)

    @property
    def recall(self) -> float:
        return self.hits / max(1, self.hits + self.misses)

    @property
    def f1(self) -> float:
        return 2 * self.hits / max(1, 2 * self.hits + self.misses + self.false)


def score_events(truth: Iterable[LabelledEvent], found: Sequence[ActionEvent]) -> Score:
    """Match one to one where found and labelled overlap within the tolerance; neutral ones take the rest."""
    truth = tuple(truth)
    left = sorted(found, key=lambda event: event.start_ms)
    hits = misses = 0
    for label in sorted((label for label in truth if not label.neutral), key=lambda label: label.start_s):
        match = next((event for event in left if overlaps(label, event)), None)
        if match is None:
            misses += 1
        else:
            hits += 1
            left.remove(match)
    neutral = [label for label in truth if label.neutral]
    false = sum(1 for event in left if not any(overlaps(label, event) for label in neutral))
    return Score(hits=hits, misses=misses, false=false)


def overlaps(label: LabelledEvent, event: ActionEvent) -> bool:
    """True where the two times overlap, or lie no further apart than the tolerance."""
    return (
        event.start_ms / 1000 <= label.end_s + TOLERANCE_S
        and event.end_ms / 1000 >= label.start_s - TOLERANCE_S
    )
