"""The three movements over time as one SVG, with the events found, without any script."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np

from liveness.actions.events import ActionRules
from liveness.actions.ordering import required_for
from liveness.analysis import Timeline
from liveness.observation.signals import Array
from liveness.verdict import Action, ActionEvent

WIDTH: Final = 960
LEFT: Final = 64
RIGHT: Final = 16
PANEL: Final = 118
GAP: Final = 26
TOP: Final = 22
BOTTOM: Final = 30
COLOURS: Final = {Action.NOD: "#2563eb", Action.MOUTH: "#c2410c", Action.BLINK: "#7c3aed"}
TITLES: Final = {
    Action.NOD: "点头 nod · 俯仰角 pitch (°)",
    Action.MOUTH: "张嘴 mouth · 开口 gap + jaw",
    Action.BLINK: "眨眼 blink · 闭合度 closure",
}


@dataclass(frozen=True, slots=True)
class Panel:
    """One curve with its place in the picture."""

    action: Action
    values: Array
    low: float
    high: float
    top: int

    def y(self, value: float) -> float:
        """Place of a value."""
        share = (value - self.low) / (self.high - self.low)
        return self.top + PANEL * (1.0 - min(max(share, 0.0), 1.0))


def draw_timeline(timeline: Timeline, matched: Sequence[ActionEvent], rules: ActionRules) -> str:
    """Draw pitch, mouth and eyes under each other; the events that answer a challenge are numbered."""
    curves = timeline.curves
    length_ms = max(timeline.duration_ms, 1)
    panels = [
        _panel(Action.NOD, curves.pitch_deg, 0, (-12.0, 12.0)),
        _panel(Action.MOUTH, curves.opening, 1, (-0.1, 1.2)),
        _panel(Action.BLINK, curves.closure, 2, (-0.2, 1.0)),
    ]
    height = TOP + 3 * PANEL + 2 * GAP + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'font-family="system-ui, sans-serif" font-size="12">',
        "<title>三种动作随时间的变化 The three movements over time</title>",
    ]
    for panel in panels:
        parts += _frame(panel)
        parts += _spans(timeline, panel, length_ms)
        parts += _events(timeline.events, matched, panel, length_ms)
        parts += _required(panel, rules)
        parts.append(_line(curves.time_ms, panel, length_ms))
    parts += _axis(length_ms, panels[-1].top + PANEL)
    parts.append("</svg>")
    return "\n".join(parts)


def _panel(action: Action, values: Array, row: int, least: tuple[float, float]) -> Panel:
    low = min(least[0], float(values.min(initial=0.0)) * 1.1)
    high = max(least[1], float(values.max(initial=0.0)) * 1.1)
    return Panel(action, values, low, high, TOP + row * (PANEL + GAP))


def _x(time_ms: float, length_ms: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * time_ms / length_ms


def _frame(panel: Panel) -> list[str]:
    right = WIDTH - RIGHT
    parts = [
        f'<rect x="{LEFT}" y="{panel.top}" width="{right - LEFT}" height="{PANEL}" fill="#f8fafc" '
        'stroke="#e2e8f0"/>',
        f'<text x="{LEFT}" y="{panel.top - 6}" fill="#334155" font-weight="600">'
        f"{escape(TITLES[panel.action])}</text>",
    ]
    for value in _ticks(panel.low, panel.high):
        y = panel.y(value)
        parts.append(f'<line x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e2e8f0"/>')
        parts.append(
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#64748b">{value:g}</text>'
        )
    return parts


def _ticks(low: float, high: float) -> list[float]:
    step = next((step for step in (0.2, 0.5, 1, 2, 5, 10, 20, 50) if (high - low) / step <= 5), 100.0)
    first = int(np.ceil(low / step))
    return [round(index * step, 6) for index in range(first, int(np.floor(high / step)) + 1)]


def _spans(timeline: Timeline, panel: Panel, length_ms: int) -> list[str]:
    """Grey marks where no face was seen, red ones where there was a second."""
    parts = []
    for times, colour in ((timeline.unseen_ms, "#94a3b8"), (timeline.rivals_ms, "#dc2626")):
        parts += [
            f'<rect x="{_x(time_ms, length_ms) - 1.5:.1f}" y="{panel.top}" width="3" height="{PANEL}" '
            f'fill="{colour}" fill-opacity=".35"/>'
            for time_ms in times
        ]
    return parts


def _events(
    events: Sequence[ActionEvent], matched: Sequence[ActionEvent], panel: Panel, length_ms: int
) -> list[str]:
    parts = []
    colour = COLOURS[panel.action]
    for event in (event for event in events if event.action is panel.action):
        left, right = _x(event.start_ms, length_ms), _x(event.end_ms, length_ms)
        left, wide = (left, right - left) if right - left >= 4 else (left - 2, 4.0)
        number = matched.index(event) + 1 if event in matched else 0
        parts.append(
            f'<rect x="{left:.1f}" y="{panel.top}" width="{wide:.1f}" height="{PANEL}" fill="{colour}" '
            f'fill-opacity="{".18" if number else ".06"}" stroke="{colour}" '
            f'stroke-dasharray="{"0" if number else "3 3"}" stroke-opacity=".6"/>'
        )
        if number:
            middle = left + wide / 2
            parts.append(f'<circle cx="{middle:.1f}" cy="{panel.top + PANEL - 13}" r="9" fill="{colour}"/>')
            parts.append(
                f'<text x="{middle:.1f}" y="{panel.top + PANEL - 9}" text-anchor="middle" fill="#fff" '
                f'font-weight="700">{number}</text>'
            )
    return parts


def _required(panel: Panel, rules: ActionRules) -> list[str]:
    if panel.action is Action.NOD:
        return []  # a nod is required to swing by an amount, wherever it starts
    y = panel.y(required_for(panel.action, rules))
    return [
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{COLOURS[panel.action]}" '
        'stroke-dasharray="6 4" stroke-opacity=".7"/>'
    ]


def _line(time_ms: Array, panel: Panel, length_ms: int) -> str:
    points = " ".join(
        f"{_x(at, length_ms):.1f},{panel.y(value):.1f}"
        for at, value in zip(time_ms, panel.values, strict=True)
    )
    return f'<polyline points="{points}" fill="none" stroke="{COLOURS[panel.action]}" stroke-width="1.8"/>'


def _axis(length_ms: int, y: int) -> list[str]:
    step_s = next((step for step in (1, 2, 5) if length_ms / 1000 / step <= 16), 5)
    return [
        f'<text x="{_x(second * 1000, length_ms):.1f}" y="{y + 18}" text-anchor="middle" fill="#64748b">'
        f"{second} s</text>"
        for second in range(0, int(length_ms / 1000) + 1, step_s)
    ]
