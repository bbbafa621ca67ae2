"""Pictures that do not change, or that change all at once."""

from typing import Final

import numpy as np
import numpy.typing as npt

from liveness.observation.observer import Observations
from liveness.pad.measurement import Measurement, Unit

STILL_LEVELS: Final = 0.1
"""Mean change of a picture, in grey levels, below which it is the same picture; a sensor's noise is above."""

KEYFRAME_LEVELS: Final = 2.0
"""A held picture that a codec writes anew, in the middle of a stillness, changes by less."""

CUT_NEIGHBOURS: Final = 4
CUT_LEAST_CHANGE: Final = 12.0
HELD_FRAMES: Final = 2
_CHANGE_FLOOR: Final = 0.5


def longest_still(seen: Observations) -> Measurement:
    """The longest time in which nothing changed in the whole picture, until the next one came."""
    change, times = _changes(seen), [note.time_ms for note in seen.notes]
    best, best_at, start = 0, None, None
    for index in range(1, len(times)):
        if not (change[index] < STILL_LEVELS or _is_keyframe(change, index)):
            start = None
            continue
        start = times[index - 1] if start is None else start
        stood_ms = times[min(index + 1, len(times) - 1)] - start
        if stood_ms > best:
            best, best_at = stood_ms, start
    return Measurement("frozen_picture", float(best), Unit.MILLISECONDS, best_at, looks=len(seen.notes))


def sharpest_cut(seen: Observations) -> Measurement:
    """The largest single change over the largest change in the frames around it.

    A picture that stood still before is passed over: a camera that stutters shows all movement at once.
    """
    change = _changes(seen)
    bursts = [[index] for index in _great(change) if not _was_held(change, index)]
    return _worst("cut", seen, change, bursts)


def hidden_cut(seen: Observations) -> Measurement:
    """The largest change behind a picture that stood still, or of several close together, over those around.

    A cut can be hidden behind held frames, or by flashes of something else; so can a camera's stutter look.
    """
    change = _changes(seen)
    held = [[index] for index in _great(change) if _was_held(change, index)]
    return _worst("hidden_cut", seen, change, held + [burst for burst in _bursts(change) if len(burst) > 1])


def _worst(
    name: str, seen: Observations, change: npt.NDArray[np.float64], bursts: list[list[int]]
) -> Measurement:
    """The burst of changes that stands out most of the calm before, between and after them."""
    best, at_ms = 0.0, None
    for burst in bursts:
        around = np.arange(
            max(1, burst[0] - CUT_NEIGHBOURS), min(len(change), burst[-1] + CUT_NEIGHBOURS + 1)
        )
        calm = float(change[np.setdiff1d(around, burst)].max(initial=0.0))
        ratio = float(change[burst].max()) / (calm + _CHANGE_FLOOR)
        if ratio > best:
            best, at_ms = ratio, seen.notes[burst[-1]].time_ms
    return Measurement(name, best, Unit.RATIO, at_ms, looks=len(seen.notes))


def _changes(seen: Observations) -> npt.NDArray[np.float64]:
    return np.array([note.change for note in seen.notes], np.float64)


def _great(change: npt.NDArray[np.float64]) -> list[int]:
    """Where the picture changes by as much as a cut does."""
    return [index for index in range(1, len(change)) if change[index] >= CUT_LEAST_CHANGE]


def _bursts(change: npt.NDArray[np.float64]) -> list[list[int]]:
    """The great changes, those together that are no farther apart than what is looked at around one."""
    bursts: list[list[int]] = []
    for index in _great(change):
        if bursts and index - bursts[-1][-1] <= CUT_NEIGHBOURS:
            bursts[-1].append(index)
        else:
            bursts.append([index])
    return bursts


def _was_held(change: npt.NDArray[np.float64], index: int) -> bool:
    """Whether the picture stood still in the last HELD_FRAMES before this one."""
    before = change[max(0, index - HELD_FRAMES) : index]
    return len(before) == HELD_FRAMES and bool((before < STILL_LEVELS).all())


def _is_keyframe(change: npt.NDArray[np.float64], index: int) -> bool:
    """Whether a slight change stands alone in a stillness: the same picture, written anew."""
    still_before = index > 1 and change[index - 1] < STILL_LEVELS
    still_after = index + 1 < len(change) and change[index + 1] < STILL_LEVELS
    return bool(change[index] < KEYFRAME_LEVELS and still_before and still_after)
