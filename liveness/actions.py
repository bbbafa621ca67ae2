"""Nods, mouth openings and blinks in the signals of a clip, each against the clip's own neutral state."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from liveness.signals import Array, Signals
from liveness.verdict import Action, ActionEvent

MAX_GAP_MS: Final = 350
"""A movement that was out of sight for longer is not one movement."""


@dataclass(frozen=True, slots=True)
class BlinkRule:
    """When a dip of the eyes is a blink. Closure is 1 - openness over the openness around that time."""

    required_closure: float = 0.5
    edge_closure: float = 0.3
    one_eye_closure: float = 0.4
    required_score_rise: float = 0.2
    baseline_ms: int = 1500
    longest_ms: int = 1600
    lowest_chin_deg: float = 20.0


@dataclass(frozen=True, slots=True)
class MouthRule:
    """When the mouth was opened on purpose; gap over width and jaw score, both above the clip's own rest."""

    required_gap: float = 0.3
    required_jaw: float = 0.3
    edge: float = 0.4
    shortest_ms: int = 150
    longest_ms: int = 5000


@dataclass(frozen=True, slots=True)
class NodRule:
    """When a change of pitch is a nod: there and back, or back and there, mostly about the ear axis."""

    required_deg: float = 8.0
    longest_ms: int = 4000
    shortest_ms: int = 250
    most_yaw_ratio: float = 1.5
    settle: float = 0.3


@dataclass(frozen=True, slots=True)
class ActionRules:
    """The rules of all three actions."""

    blink: BlinkRule = BlinkRule()
    mouth: MouthRule = MouthRule()
    nod: NodRule = NodRule()


def find_events(signals: Signals, rules: ActionRules | None = None) -> tuple[ActionEvent, ...]:
    """Every nod, mouth opening and blink of a clip, by time of their start."""
    rules = rules or ActionRules()
    seen = signals.only_seen
    events = [*find_blinks(seen, rules.blink), *find_mouths(seen, rules.mouth), *find_nods(seen, rules.nod)]
    return tuple(sorted(events, key=lambda event: (event.start_ms, event.end_ms)))


def find_blinks(seen: Signals, rule: BlinkRule) -> list[ActionEvent]:
    """Both eyes open, closed, open; geometry and score must agree, since either alone fires on paper."""
    if len(seen) < 3:
        return []
    time = seen.time_ms
    right = closure(time, seen.right_eye, rule.baseline_ms)
    left = closure(time, seen.left_eye, rule.baseline_ms)
    both = (right + left) / 2
    score = np.minimum(seen.right_blink, seen.left_blink)
    rise = score - rolling_quantile(time, score, rule.baseline_ms, 0.2)
    pitch = seen.pitch_deg - np.median(seen.pitch_deg)
    events = []
    for first, peak, last in _excursions(both, enter=rule.required_closure, leave=rule.edge_closure):
        if first == 0 or last == len(seen) - 1 or _broken(time, first - 1, last + 1):
            continue
        inside = slice(first, last + 1)
        if (
            time[last + 1] - time[first - 1] <= rule.longest_ms
            and min(right[inside].max(), left[inside].max()) >= rule.one_eye_closure
            and rise[inside].max() >= rule.required_score_rise
            and pitch[peak] <= rule.lowest_chin_deg
        ):
            events.append(
                _event(Action.BLINK, time, (first, peak, last), both[peak], rule.required_closure, "ratio")
            )
    return events


def find_mouths(seen: Signals, rule: MouthRule) -> list[ActionEvent]:
    """Closed, open, closed, held long enough not to be speech; a clip that starts open is refused."""
    if len(seen) < 3:
        return []
    time = seen.time_ms
    gap = seen.mouth - np.quantile(seen.mouth, 0.1)
    jaw = seen.jaw - np.quantile(seen.jaw, 0.1)
    events = []
    for first, peak, last in _excursions(gap, enter=rule.required_gap, leave=rule.required_gap * rule.edge):
        if first == 0 or _broken(time, first - 1, last):
            continue
        inside = slice(first, last + 1)
        held = _held_ms(time, gap, first, last, rule.required_gap)
        if (
            held >= rule.shortest_ms
            and time[last] - time[first] <= rule.longest_ms
            and jaw[inside].max() >= rule.required_jaw
        ):
            events.append(
                _event(Action.MOUTH, time, (first, peak, last), gap[peak], rule.required_gap, "ratio")
            )
    return events


def find_nods(seen: Signals, rule: NodRule) -> list[ActionEvent]:
    """Two swings of pitch that follow each other in opposite directions, whichever comes first."""
    if len(seen) < 3:
        return []
    time, pitch = seen.time_ms, smooth(seen.time_ms, seen.pitch_deg, 120)
    turns = turning_points(pitch, rule.required_deg)
    events = []
    at = 0
    while at + 2 < len(turns):
        start, peak, end = turns[at : at + 3]
        swing = float(min(abs(pitch[peak] - pitch[start]), abs(pitch[end] - pitch[peak])))
        start, end = _settled(pitch, start, peak, end, rule.settle)
        inside = slice(start, end + 1)
        turned = float(np.ptp(seen.yaw_deg[inside]))
        if (
            swing >= rule.required_deg
            and rule.shortest_ms <= time[end] - time[start] <= rule.longest_ms
            and turned <= rule.most_yaw_ratio * float(np.ptp(pitch[inside]))
            and not _broken(time, start, end)
        ):
            events.append(_event(Action.NOD, time, (start, peak, end), swing, rule.required_deg, "deg"))
            at += 2
        else:
            at += 1
    return events


def closure(time_ms: Array, openness: Array, window_ms: int) -> Array:
    """How far an eye is closed against the openness of the time around it: 0 as open as then, 1 shut."""
    return 1.0 - openness / np.maximum(rolling_quantile(time_ms, openness, window_ms, 0.7), 1e-6)


def rolling_quantile(time_ms: Array, values: Array, window_ms: int, share: float) -> Array:
    """The quantile of the values within `window_ms` before and after each."""
    low = np.searchsorted(time_ms, time_ms - window_ms, side="left")
    high = np.searchsorted(time_ms, time_ms + window_ms, side="right")
    return np.array([np.quantile(values[a:b], share) for a, b in zip(low, high, strict=True)])


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


def _excursions(values: Array, *, enter: float, leave: float) -> Iterable[tuple[int, int, int]]:
    """First, highest and last index of each stretch above `leave` that rises to `enter`."""
    above = values >= leave
    edges = np.flatnonzero(np.diff(np.concatenate([[0], above.astype(np.int8), [0]])))
    for first, stop in zip(edges[::2], edges[1::2], strict=True):
        peak = first + int(np.argmax(values[first:stop]))
        if values[peak] >= enter:
            yield int(first), int(peak), int(stop - 1)


def _settled(pitch: Array, start: int, peak: int, end: int, share: float) -> tuple[int, int]:
    """Move the ends of a nod inward over the rest that lies before and after the movement."""
    near_start = pitch[start] + share * (pitch[peak] - pitch[start])
    near_end = pitch[end] + share * (pitch[peak] - pitch[end])
    sign = 1.0 if pitch[peak] >= pitch[start] else -1.0
    before = np.flatnonzero(sign * pitch[start:peak] <= sign * near_start)
    after = np.flatnonzero(sign * pitch[peak : end + 1] <= sign * near_end)
    return start + int(before[-1]) if len(before) else start, peak + int(after[0]) if len(after) else end


def _held_ms(time_ms: Array, values: Array, first: int, last: int, level: float) -> float:
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


def _broken(time_ms: Array, first: int, last: int) -> bool:
    return bool(last > first and np.diff(time_ms[first : last + 1]).max() > MAX_GAP_MS)


def _event(
    action: Action, time_ms: Array, at: tuple[int, int, int], measured: float, required: float, unit: str
) -> ActionEvent:
    first, peak, last = (int(time_ms[index]) for index in at)
    return ActionEvent(
        action=action,
        start_ms=first,
        peak_ms=peak,
        end_ms=last,
        measured=round(float(measured), 3),
        required=required,
        unit=unit,
    )
