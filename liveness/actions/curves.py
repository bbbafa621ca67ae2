"""Arithmetic on uneven series: rolling baselines, turning points, stretches above a level.

No baseline looks further ahead than `LOOK_AHEAD_MS` (or `FIRST_REST_MS` at the very start): what was found in
a clip that still runs is found in the whole clip, too.
"""

from bisect import insort
from collections.abc import Iterable
from typing import Final

import numpy as np

from liveness.observation.signals import Array

MAX_GAP_MS: Final = 240
"""A movement out of sight for longer is not one movement; at 12 frames a second two may be lost."""

FIRST_REST_MS: Final = 1000
"""Before so much is seen, rest is what is seen in this time."""

LOOK_AHEAD_MS: Final = 300


def is_broken(time_ms: Array, first: int, last: int, most_ms: float = MAX_GAP_MS) -> bool:
    """True where the face was out of sight for too long between the two samples."""
    return bool(last > first and np.diff(time_ms[first : last + 1]).max() > most_ms)


def rest_level(time_ms: Array, values: Array, share: float = 0.5) -> Array:
    """The quantile of what was seen up to each sample, so that what comes later does not change it."""
    stop = np.searchsorted(time_ms, np.maximum(time_ms, time_ms[0] + FIRST_REST_MS), side="right")
    ordered: list[float] = []
    levels = np.empty(len(values))
    for index, end in enumerate(stop):
        for value in values[len(ordered) : end]:
            insort(ordered, float(value))
        below, part = divmod(share * (len(ordered) - 1), 1.0)
        low, high = ordered[int(below)], ordered[min(int(below) + 1, len(ordered) - 1)]
        levels[index] = low + part * (high - low)
    return levels


def recent_quantile(time_ms: Array, values: Array, window_ms: float, share: float) -> Array:
    """The quantile of the values from `window_ms` before each to shortly after it."""
    low = np.searchsorted(time_ms, time_ms - window_ms, side="left")
    high = np.searchsorted(time_ms, time_ms + LOOK_AHEAD_MS, side="right")
    # All windows at once: one np.quantile after the other takes a hundred times as long.
    counts = high - low
    within = np.arange(counts.max(initial=1))
    nearest = values[np.minimum(low[:, None] + within, len(values) - 1)]
    table = np.sort(np.where(within < counts[:, None], nearest, np.inf), axis=1)
    at = share * (counts - 1)
    below, rows = np.floor(at).astype(np.int64), np.arange(len(values))
    first, second = table[rows, below], table[rows, np.minimum(below + 1, counts - 1)]
    return np.asarray(first + (at - below) * (second - first))


def smooth(time_ms: Array, values: Array, window_ms: float) -> Array:
    """The mean of the values within half a window before and after each."""
    low = np.searchsorted(time_ms, time_ms - window_ms / 2, side="left")
    high = np.searchsorted(time_ms, time_ms + window_ms / 2, side="right")
    total = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray((total[high] - total[low]) / (high - low))


def turning_points(values: Array, least: float) -> list[int]:
    """Indices of alternating lows and highs that differ by at least `least` from one to the next.

    The last of them may still move on; that it is there is certain.
    """
    turns: list[int] = []
    low = high = 0
    rising = 0
    for index in range(1, len(values)):
        if rising <= 0 and values[index] < values[low]:
            low = index
        if rising >= 0 and values[index] > values[high]:
            high = index
        if rising <= 0 and values[index] - values[low] >= least:
            turns.append(low)
            rising, high = 1, index
        elif rising >= 0 and values[high] - values[index] >= least:
            turns.append(high)
            rising, low = -1, index
    if rising:
        turns.append(high if rising > 0 else low)
    return turns


def excursions(
    time_ms: Array, values: Array, *, enter: float, leave: float, bridge_ms: float = 0
) -> Iterable[tuple[int, int, int]]:
    """First, highest and last index of each stretch above `leave` that rises to `enter`.

    Where the value falls below `leave` for a single sample or less than `bridge_ms`, the stretch goes on.
    """
    above = np.flatnonzero(values >= leave)
    if not len(above):
        return
    apart = np.flatnonzero((np.diff(above) > 2) & (np.diff(time_ms[above]) >= bridge_ms))
    firsts, lasts = above[np.r_[0, apart + 1]], above[np.r_[apart, len(above) - 1]]
    for first, last in zip(firsts, lasts, strict=True):
        peak = first + int(np.argmax(values[first : last + 1]))
        if values[peak] >= enter:
            yield int(first), int(peak), int(last)


def bumps(values: Array, least: float) -> Iterable[tuple[int, int, int]]:
    """Each rise and fall by at least `least`: the last index before it, its peak, the first after it.

    Before and after are where the value lies `least` below the peak. Where no fall is seen there is no bump.
    """
    turns = turning_points(values, least)
    for before, peak, _ in zip(turns, turns[1:], turns[2:], strict=False):
        if values[before] < values[peak]:
            below = values[peak] - values >= least
            rise = before + int(np.flatnonzero(below[before:peak])[-1])
            fall = peak + int(np.argmax(below[peak:]))
            yield rise, peak, fall


def held_ms(time_ms: Array, values: Array, first: int, last: int, level: float) -> float:
    """Time between the first rise through a level and the last fall through it, read between the frames."""
    above = first + np.flatnonzero(values[first : last + 1] >= level)
    if not len(above):
        return 0.0
    rise, fall = int(above[0]), int(above[-1])
    begin = _crossing(time_ms, values, rise - 1, rise, level) if rise > 0 else float(time_ms[rise])
    end = (
        _crossing(time_ms, values, fall, fall + 1, level) if fall + 1 < len(values) else float(time_ms[fall])
    )
    return end - begin


def _crossing(time_ms: Array, values: Array, before: int, after: int, level: float) -> float:
    share = (level - values[before]) / (values[after] - values[before])
    return float(time_ms[before] + share * (time_ms[after] - time_ms[before]))
