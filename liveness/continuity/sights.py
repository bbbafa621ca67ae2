"""Looks at who the face is, along a clip, and the moments from which it may be another one.

Embedding a face costs 30-50 ms, so it is done every second or two, and at once where the face may have been
exchanged: after it was lost or sprang elsewhere, and where its picture changed from one frame to the next as
one person's does not. Between consecutive frames of one person the small aligned pictures correlate by 0.7
and more (0.5 in the worst frame of the labelled recordings, three such frames in the worst of them); those of
two persons by 0.2, one pair in twenty by more than 0.6.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float32]

FIRST_STEPS: Final = 4
STEP_MS: Final = 1500
LONG_STEP_MS: Final = 3000
"""The first looks come quickly, since most clips are short; later ones at the longer step, to the end."""

MOST_BREAKS: Final = 12
BREAK_EVERY_MS: Final = 2000
"""So many breaks are looked at, and one more for so much time; the most that a recording of a person shows is
one in 2.7 s. Beyond them it is not known who was there."""

FRONTAL_DEG: Final = (15.0, 25.0)
"""Yaw and pitch within which a face is embedded gladly."""

SIDEWAYS_DEG: Final = (25.5, 42.5)
"""Up to these it is embedded after a break, or when it has been waited for; beyond them a look is turned."""

TURNED_DEG: Final = (50.0, 50.0)
"""Up to these a turned head is still like itself from the front: by 0.57 and more in the recordings."""

PATIENCE_MS: Final = 700


class Facing(StrEnum):
    """How far the head is turned away, for a look at who it is."""

    FRONTAL = "frontal"
    SIDEWAYS = "sideways"
    TURNED = "turned"
    AWAY = "away"

    @classmethod
    def of(cls, yaw_deg: float, pitch_deg: float) -> "Facing":
        """Place a head; angles that are no numbers are away."""
        bounds = ((cls.FRONTAL, FRONTAL_DEG), (cls.SIDEWAYS, SIDEWAYS_DEG), (cls.TURNED, TURNED_DEG))
        for facing, (yaw, pitch) in bounds:
            if abs(yaw_deg) <= yaw and abs(pitch_deg) <= pitch:
                return facing
        return cls.AWAY


@dataclass(frozen=True, slots=True)
class FaceSight:
    """Who was seen at one moment. vector: float32 (128,), unit length.

    broken: right after a break. turned: of a head so far aside that it may be unlike itself.
    """

    time_ms: int
    vector: Vector = field(repr=False)
    broken: bool = False
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Sightings:
    """All looks at the face of one clip, by time.

    breaks_ms: when it may have become another one. overlooked_ms: those of them that no look was left for.
    """

    sights: tuple[FaceSight, ...] = ()
    breaks_ms: tuple[int, ...] = ()
    overlooked_ms: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if list(self.breaks_ms) != sorted(self.breaks_ms):
            raise ValueError("breaks are told in the order of their time")


@dataclass(slots=True)
class SightPlan:
    """Decides at which frames to look who the face is."""

    steps: int = 0
    breaks_ms: list[int] = field(default_factory=list)
    overlooked_ms: list[int] = field(default_factory=list)
    _looked_at: int = 0
    _due_ms: int = 0
    _broken: bool = False

    def note_break(self, time_ms: int) -> None:
        """The face may be another one from here on."""
        self.breaks_ms.append(time_ms)
        if self._looked_at >= MOST_BREAKS + time_ms // BREAK_EVERY_MS:
            self.overlooked_ms.append(time_ms)
            return
        self._broken = True
        self._due_ms = min(self._due_ms, time_ms)

    def wants(self, time_ms: int, facing: Facing) -> bool:
        """Whether this frame is one to look at: it is due, and the face is frontal enough for the wait."""
        if time_ms < self._due_ms or facing is Facing.AWAY:
            return False
        waited = self._broken or time_ms - self._due_ms >= PATIENCE_MS
        return waited or facing is Facing.FRONTAL

    def took(self, time_ms: int, *, turned: bool) -> bool:
        """Note that the face was looked at; tells whether it was right after a break.

        A turned one is wanted from the front as soon as it comes back.
        """
        was_broken = self._broken
        if was_broken:
            self._looked_at += 1
        else:
            self.steps += 1
        self._broken = False
        usual_ms = STEP_MS if self.steps < FIRST_STEPS else LONG_STEP_MS
        self._due_ms = time_ms + (PATIENCE_MS if turned else usual_ms)
        return was_broken
