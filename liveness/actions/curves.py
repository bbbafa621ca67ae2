"""Arithmetic on uneven series: rolling baselines, turning points, stretches above a level."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from liveness.observation.signals import Array

MAX_GAP_MS: Final = 350
"""A movement that was out of sight for longer is not one movement."""

FIRST_REST_MS: Final = 1000
"""Before so much is seen, rest is what is seen in this time."""


def is_broken(time_ms: Array, first: int, last: int) -> bool:
    """True where the face was out of sight for too long between the two samples."""
    return bool(last > first and np.diff(time_ms[first : last + 1]).max() > MAX_GAP_MS)


def rest_level(time_ms: Array, values: Array) -> Array:
    """The median of what was seen up to each sample, so that what comes later does not change it."""
    stop = np.searchsorted(time_ms, np.maximum(time_ms, time_ms[0] + FIRST_REST_MS), side="right")
    return np.array([np.median(values[:end]) for end in stop])


def closure(time_ms: Array, openness: Array, window_ms: int) -> Array:
    """How far an eye is closed against the openness of the time around it: 0 as open as then, 1 shut."""
    return 1.0 - openness / np.maximum(rolling_quantile(time_ms, openness, window_ms, 0.7), 1e-6)


def rolling_quantile(time_ms: Array, values: Array, window_ms: int, share: float) -> Array:
    """The quantile of the values within `window_ms` before and after each."""
    low = np.searchsorted(time_ms, time_ms - window_ms, side="left")
    high = np.searchsorted(time_ms, time_ms + window_ms, side="right")
    # All windows at once: one np.quantile after the other takes a hundred times as long.
    counts = high - low
    within = np.arange(counts.max(initial=1))
    nearest = values[np.minimum(low[:, None] + within, len(values) - 1)]
    table = np.sort(np.where(within < counts[:, None], nearest, np.inf), axis=1)
    at = share * (counts - 1)
    below, rows = np.floor(at).astype(np.int64), np.arange(len(values))
    first, second = table[rows, below], table[rows, np.minimum(below + 1, counts - 1)]
    return np.asarray(first + (at - below) * (second - first))


def smooth(time_ms: Array, values: Array, window_ms: int) -> Array:
    """The mean of the values within half a window before and after each."""
    low = np.searchsorted(time_ms, time_ms - window_ms / 2, side="left")
    high = np.searchsorted(time_ms, time_ms + window_ms / 2, side="right")
    total = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray((total[high] - total[low]) / (high - low))


def turning_points(values: Array, least: float) -> list[int]:
    """Indices of alternating lows and highs that differ by at least `least` from one to the next."""
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


def excursions(values: Array, *, enter: float, leave: float) -> Iterable[tuple[int, int, int]]:
    """First, highest and last index of each stretch above `leave` that rises to `enter`."""
    above = values >= leave
    edges = np.flatnonzero(np.diff(np.concatenate([[0], above.astype(np.int8), [0]])))
    for first, stop in zip(edges[::2], edges[1::2], strict=True):
        peak = first + int(np.argmax(values[first:stop]))
        if values[peak] >= enter:
            yield int(first), int(peak), int(stop - 1)


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
