"""A clip over time as one SVG without any script: signals, events, prompts, quality, faces, likeness."""

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np

from liveness.actions.events import ActionRules
from liveness.analysis import Timeline
from liveness.challenge.schedule import Prompt
from liveness.evidence.panels import COLOURS, TOP, Curve, Panel, lay_panels
from liveness.messages import text_of
from liveness.verdict import ActionEvent

WIDTH: Final = 960
LEFT: Final = 64
RIGHT: Final = 16
BOTTOM: Final = 30
NARROWEST: Final = 4.0


def draw_timeline(timeline: Timeline, matched: Sequence[ActionEvent], rules: ActionRules) -> str:
    """Draw a timeline; the events that answer the challenge are numbered in their order."""
    length_ms = max(timeline.duration_ms, 1)
    panels = lay_panels(timeline, tuple(matched), rules)
    bottom = panels[-1].top + panels[-1].height
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + BOTTOM}" role="img" '
        'font-family="system-ui, sans-serif" font-size="12">',
        "<title>录像全程 The clip over time</title>",
    ]
    for panel in panels:
        parts += _frame(panel)
        parts += _spans(timeline, panel, length_ms)
        parts += _windows(timeline.prompts, panel, length_ms)
        parts += _events(timeline.events, matched, panel, length_ms)
        parts += _levels(panel)
        for curve in panel.curves:
            parts += _dots(curve, panel, length_ms) if curve.dots else _lines(curve, panel, length_ms)
    parts += _prompts(timeline.prompts, bottom, length_ms)
    parts += _axis(length_ms, bottom)
    parts.append("</svg>")
    return "\n".join(parts)


def _x(time_ms: float, length_ms: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * min(1.0, time_ms / length_ms)


def _frame(panel: Panel) -> list[str]:
    right = WIDTH - RIGHT
    parts = [
        f'<rect x="{LEFT}" y="{panel.top}" width="{right - LEFT}" height="{panel.height}" fill="#f8fafc" '
        'stroke="#e2e8f0"/>',
        f'<text x="{LEFT}" y="{panel.top - 6}" fill="#334155" font-weight="600">{escape(panel.title)}</text>',
    ]
    named = [curve for curve in panel.curves if curve.name]
    for place, curve in enumerate(reversed(named)):
        parts.append(
            f'<text x="{right - 108 * place}" y="{panel.top - 6}" text-anchor="end" fill="{curve.colour}">'
            f"{escape(curve.name)}</text>"
        )
    for value in _ticks(panel.low, panel.high, most=panel.height // 22):
        y = panel.y(value)
        parts.append(f'<line x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e2e8f0"/>')
        parts.append(
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#64748b">{value:g}</text>'
        )
    return parts


def _ticks(low: float, high: float, *, most: int) -> list[float]:
    step = next((step for step in (0.2, 0.5, 1, 2, 5, 10, 20, 50) if (high - low) / step <= most), 100.0)
    first = int(np.ceil(low / step))
    return [round(index * step, 6) for index in range(first, int(np.floor(high / step)) + 1)]


def _spans(timeline: Timeline, panel: Panel, length_ms: int) -> list[str]:
    """Grey marks where no face was seen, red ones where there was a second."""
    parts = []
    for times, colour in ((timeline.unseen_ms, "#94a3b8"), (timeline.rivals_ms, "#dc2626")):
        parts += [
            f'<rect x="{_x(time_ms, length_ms) - 1.5:.1f}" y="{panel.top}" width="3" height="{panel.height}" '
            f'fill="{colour}" fill-opacity=".35"/>'
            for time_ms in times
        ]
    return parts


def _windows(prompts: Sequence[Prompt], panel: Panel, length_ms: int) -> list[str]:
    """The time in which each prompt of this panel's movements could be answered."""
    parts = []
    for prompt in (prompt for prompt in prompts if prompt.action in panel.actions):
        left, right = _x(prompt.shown_ms, length_ms), _x(prompt.closes_ms, length_ms)
        parts.append(
            f'<rect x="{left:.1f}" y="{panel.top + panel.height - 5}" width="{max(right - left, 1):.1f}" '
            f'height="5" fill="{COLOURS[prompt.action]}" fill-opacity=".35"/>'
        )
    return parts


def _prompts(prompts: Sequence[Prompt], bottom: int, length_ms: int) -> list[str]:
    """A line through all panels where a prompt was shown, and its name above the first."""
    parts = []
    for prompt in prompts:
        x, colour = _x(prompt.shown_ms, length_ms), COLOURS[prompt.action]
        name = text_of(f"action.{prompt.action}")
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 30}" y2="{bottom}" stroke="{colour}" '
            'stroke-dasharray="2 3"/>'
        )
        parts.append(
            f'<text x="{x + 3:.1f}" y="{TOP - 32}" fill="{colour}">'
            f"提示 {escape(name.zh)} {escape(prompt.action)}</text>"
        )
    return parts


def _events(
    events: Sequence[ActionEvent], matched: Sequence[ActionEvent], panel: Panel, length_ms: int
) -> list[str]:
    parts = []
    for event in (event for event in events if event.action in panel.actions):
        colour = COLOURS[event.action]
        left, right = _x(event.start_ms, length_ms), _x(event.end_ms, length_ms)
        wide = right - left
        if wide < NARROWEST:
            left, wide = left - NARROWEST / 2, NARROWEST
        number = matched.index(event) + 1 if event in matched else 0
        parts.append(
            f'<rect x="{left:.1f}" y="{panel.top}" width="{wide:.1f}" height="{panel.height}" '
            f'fill="{colour}" fill-opacity="{".18" if number else ".06"}" stroke="{colour}" '
            f'stroke-dasharray="{"0" if number else "3 3"}" stroke-opacity=".6"/>'
        )
        if number:
            middle, low = left + wide / 2, panel.top + panel.height
            parts.append(f'<circle cx="{middle:.1f}" cy="{low - 13}" r="9" fill="{colour}"/>')
            parts.append(
                f'<text x="{middle:.1f}" y="{low - 9}" text-anchor="middle" fill="#fff" '
                f'font-weight="700">{number}</text>'
            )
    return parts


def _levels(panel: Panel) -> list[str]:
    return [
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{panel.y(level):.1f}" y2="{panel.y(level):.1f}" '
        f'stroke="{colour}" stroke-dasharray="6 4" stroke-opacity=".7"/>'
        for level, colour in panel.levels
    ]


def _lines(curve: Curve, panel: Panel, length_ms: int) -> list[str]:
    """The curve, parted where nothing was measured."""
    runs: list[list[str]] = [[]]
    for at, value in zip(curve.time_ms, curve.values, strict=True):
        if np.isfinite(value):
            runs[-1].append(f"{_x(at, length_ms):.1f},{panel.y(value):.1f}")
        elif runs[-1]:
            runs.append([])
    return [
        f'<polyline points="{" ".join(run)}" fill="none" stroke="{curve.colour}" stroke-width="1.8"/>'
        for run in runs
        if run
    ]


def _dots(curve: Curve, panel: Panel, length_ms: int) -> list[str]:
    return [
        f'<circle cx="{_x(at, length_ms):.1f}" cy="{panel.y(value):.1f}" r="3.5" fill="{curve.colour}"/>'
        for at, value in zip(curve.time_ms, curve.values, strict=True)
        if np.isfinite(value)
    ]


def _axis(length_ms: int, y: int) -> list[str]:
    step_s = next((step for step in (1, 2, 5) if length_ms / 1000 / step <= 16), 5)
    return [
        f'<text x="{_x(second * 1000, length_ms):.1f}" y="{y + 18}" text-anchor="middle" fill="#64748b">'
        f"{second} s</text>"
        for second in range(0, int(length_ms / 1000) + 1, step_s)
    ]
