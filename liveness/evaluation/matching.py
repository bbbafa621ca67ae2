"""Found events against labelled ones, one to one."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from liveness.verdict import ActionEvent

TOLERANCE_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class LabelledEvent:
    """One labelled movement; a neutral one is neither hit nor error."""

    start_s: float
    end_s: float
    neutral: bool

    def __post_init__(self) -> None:
        if not self.start_s <= self.end_s:
            raise ValueError("a labelled event ends at or after its start")


@dataclass(frozen=True, slots=True)
class Score:
    """Hits, misses and false events, added up over clips. A rate of nothing is NaN, which passes no bound."""

    hits: int = 0
    misses: int = 0
    false: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(self.hits + other.hits, self.misses + other.misses, self.false + other.false)

    @property
    def events(self) -> int:
        """Labelled events that should be found."""
        return self.hits + self.misses

    @property
    def precision(self) -> float:
        """Share of the found events that were labelled."""
        return _share(self.hits, self.hits + self.false)

    @property
    def recall(self) -> float:
        """Share of the labelled events that were found."""
        return _share(self.hits, self.events)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return _share(2 * self.hits, 2 * self.hits + self.misses + self.false)


def score_events(labelled: Iterable[LabelledEvent], found: Sequence[ActionEvent]) -> Score:
    """Count hits, misses and false events of one action in one clip.

    Of all ways to match one to one, the one with most hits counts, and of those one that leaves the fewest
    errors. What is found over a neutral label and not needed for a hit counts for nothing.
    """
    labelled = tuple(labelled)
    wanted = [label for label in labelled if not label.neutral]
    neutral = [label for label in labelled if label.neutral]
    is_excused = [any(overlaps(label, event) for label in neutral) for event in found]
    pairs = match_one_to_one(wanted, found, last=is_excused)
    matched = {event for _, event in pairs}
    false = sum(1 for index, excused in enumerate(is_excused) if index not in matched and not excused)
    return Score(hits=len(pairs), misses=len(wanted) - len(pairs), false=false)


def match_one_to_one(
    wanted: Sequence[LabelledEvent], found: Sequence[ActionEvent], *, last: Sequence[bool]
) -> tuple[tuple[int, int], ...]:
    """Give (label, event) index pairs of a largest matching; events marked `last` are used only where needed.

    Augmenting paths, event by event: an event once matched stays so, hence those that come first go first.
    """
    reach = [[at for at, label in enumerate(wanted) if overlaps(label, event)] for event in found]
    owner: dict[int, int] = {}

    def claim(event: int, tried: set[int]) -> bool:
        for label in reach[event]:
            if label in tried:
                continue
            tried.add(label)
            if label not in owner or claim(owner[label], tried):
                owner[label] = event
                return True
        return False

    for event in sorted(range(len(found)), key=lambda index: (last[index], found[index].start_ms)):
        claim(event, set())
    return tuple(sorted(owner.items()))


def overlaps(label: LabelledEvent, event: ActionEvent) -> bool:
    """True where the two times overlap, or lie no further apart than the tolerance."""
    return (
        event.start_ms / 1000 <= label.end_s + TOLERANCE_S
        and event.end_ms / 1000 >= label.start_s - TOLERANCE_S
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan
