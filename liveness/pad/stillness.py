"""Pictures that do not change, that change all at once, or that come a second time."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from liveness.observation.observer import Observations
from liveness.pad.measurement import Measurement, Unit
from models.landmarks import ImageRgb

STILL_LEVELS: Final = 0.1
"""Mean change of a picture, in grey levels, below which it is the same picture; a sensor's noise is above."""

KEYFRAME_LEVELS: Final = 2.0
"""A held picture that a codec writes anew, in the middle of a stillness, changes by less."""

CUT_NEIGHBOURS: Final = 4
CUT_LEAST_CHANGE: Final = 12.0
HELD_FRAMES: Final = 2
_CHANGE_FLOOR: Final = 0.5

REPEAT_STEP_MS: Final = 60
REPEAT_FRAMES: Final = 10
REPEAT_LEAST_MS: Final = 900
REPEAT_LEAST_CHANGE: Final = 2.5
_THUMB: Final = (24, 32)
_SPARSE: Final = 3


def longest_still(seen: Observations) -> Measurement:
    """The longest time in which nothing changed in the whole picture."""
    change = _changes(seen)
    best, best_at, start = 0, None, None
    for index, (before, note) in enumerate(pairwise(seen.notes), start=1):
        if not (change[index] < STILL_LEVELS or _is_keyframe(change, index)):
            start = None
            continue
        start = before.time_ms if start is None else start
        if note.time_ms - start > best:
            best, best_at = note.time_ms - start, start
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


@dataclass(slots=True)
class RepeatWatch:
    """Remembers a thumbnail of every frame, to find a stretch of pictures that was shown before."""

    times_ms: list[int] = field(default_factory=list)
    thumbs: list[npt.NDArray[np.float32]] = field(default_factory=list, repr=False)

    def look(self, time_ms: int, image_rgb: ImageRgb) -> None:
        """Keep the picture small."""
        if self.times_ms and time_ms < self.times_ms[-1] + REPEAT_STEP_MS:
            return
        sparse = np.ascontiguousarray(image_rgb[::_SPARSE, ::_SPARSE])
        small = cv2.resize(sparse, _THUMB, interpolation=cv2.INTER_AREA)
        self.times_ms.append(time_ms)
        self.thumbs.append(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32).ravel())

    def measure(self) -> Measurement:
        """How unlike the two likest stretches of moving pictures are, as a share of the movement in them.

        Two stretches lie at least 0.9 s apart and last as long as ten thumbnails, about 0.7 s. Pictures that
        a camera took differ by noise, light and the hand, however alike the movement; played twice they are
        the same. Where too little moves there is nothing to tell a repetition by. That nobody watched is a
        doubt.
        """
        count = len(self.thumbs)
        moving = self._movement() if count >= 2 * REPEAT_FRAMES else np.zeros(0)
        if not (moving >= REPEAT_LEAST_CHANGE).any():
            return Measurement("repeated_pictures", None, Unit.SHARE, looks=count, expected=not count)
        pictures = np.stack(self.thumbs)
        pictures -= pictures.mean(axis=0)
        square = (pictures**2).sum(axis=1)
        apart = (square[:, None] + square - 2 * pictures @ pictures.T) / pictures.shape[1]
        times = np.array(self.times_ms)
        best, at_ms = np.inf, None
        for lag in range(REPEAT_FRAMES, count - REPEAT_FRAMES):
            unlike = np.sqrt(np.maximum(_rolling_mean(np.diagonal(apart, lag)), 0.0))
            share = unlike / np.maximum(moving[: len(unlike)], 1e-6)
            wanted = (moving[: len(unlike)] >= REPEAT_LEAST_CHANGE) & (
                times[lag : lag + len(unlike)] - times[: len(unlike)] >= REPEAT_LEAST_MS
            )
            share[~wanted] = np.inf
            first = int(share.argmin())
            if share[first] < best:
                best, at_ms = float(share[first]), int(times[first + lag])
        value = best if np.isfinite(best) else None
        return Measurement("repeated_pictures", value, Unit.SHARE, at_ms, looks=count)

    def _movement(self) -> npt.NDArray[np.float64]:
        """Standard deviation over each stretch from a frame on, in grey levels, all pixels together."""
        pictures = np.stack(self.thumbs).astype(np.float64)
        mean, square = _rolling_mean(pictures), _rolling_mean(pictures**2)
        return np.asarray(np.sqrt(np.maximum(square - mean**2, 0).mean(axis=1)), np.float64)


def _rolling_mean(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """The mean over REPEAT_FRAMES values from each on, along the first axis."""
    total = np.cumsum(np.concatenate([np.zeros_like(values[:1]), values]), axis=0, dtype=np.float64)
    return np.asarray((total[REPEAT_FRAMES:] - total[:-REPEAT_FRAMES]) / REPEAT_FRAMES, np.float64)
