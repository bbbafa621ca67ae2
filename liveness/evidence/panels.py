"""What stands under each other on a timeline: movements, quality, faces, the likeness of the person."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from liveness.actions.events import ActionRules, MovementCurves
from liveness.actions.ordering import required_for
from liveness.analysis import Timeline
from liveness.continuity import ContinuityLimits
from liveness.observation.signals import Array
from liveness.verdict import Action, ActionEvent

TALL: Final = 118
LOW: Final = 64
GAP: Final = 26
TOP: Final = 48
"""Room above the first panel: the prompts are named there."""

COLOURS: Final = {
    Action.NOD: "#2563eb",
    Action.MOUTH: "#c2410c",
    Action.BLINK: "#7c3aed",
    Action.TURN_LEFT: "#0f766e",
    Action.TURN_RIGHT: "#0e7490",
    Action.SMILE: "#be185d",
}


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a panel, or dots where `dots` is set; NaN breaks the line."""

    time_ms: Array = field(repr=False)
    values: Array = field(repr=False)
    colour: str
    name: str = ""
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """Curves over one scale, with the actions whose events are marked on it and the levels they need."""

    title: str
    curves: tuple[Curve, ...]
    low: float
    high: float
    top: int
    height: int
    actions: frozenset[Action] = frozenset()
    levels: tuple[tuple[float, str], ...] = ()

    def y(self, value: float) -> float:
        """Place of a value."""
        share = (value - self.low) / (self.high - self.low)
        return self.top + self.height * (1.0 - min(max(share, 0.0), 1.0))


@dataclass(frozen=True, slots=True)
class _Movement:
    title: str
    actions: tuple[Action, ...]
    values: Callable[[MovementCurves], Array]
    scale: tuple[float, float]
    levels: bool
    """Whether a level says how much is asked for; a nod needs a swing, wherever it starts."""


_MOVEMENTS: Final = (
    _Movement(
        "点头 nod · 俯仰角 pitch (°)", (Action.NOD,), lambda c: c.pitch_deg, (-12.0, 12.0), levels=False
    ),
    _Movement("张嘴 mouth · 开口 gap + jaw", (Action.MOUTH,), lambda c: c.opening, (-0.1, 1.2), levels=True),
    _Movement("眨眼 blink · 闭合度 closure", (Action.BLINK,), lambda c: c.closure, (-0.2, 1.0), levels=True),
    _Movement(
        "转头 turn · 偏转角 yaw (°)",
        (Action.TURN_LEFT, Action.TURN_RIGHT),
        lambda c: c.yaw_deg,
        (-20.0, 20.0),
        levels=False,
    ),
    _Movement("微笑 smile · 笑容 smile", (Action.SMILE,), lambda c: c.smile, (-0.1, 0.8), levels=True),
)
_ALWAYS: Final = frozenset({Action.NOD, Action.MOUTH, Action.BLINK})


def lay_panels(timeline: Timeline, matched: tuple[ActionEvent, ...], rules: ActionRules) -> tuple[Panel, ...]:
    """Choose and place the panels: the usual movements, the others where they were asked for, the rest."""
    shown = _ALWAYS | {prompt.action for prompt in timeline.prompts} | {event.action for event in matched}
    panels: list[Panel] = []
    for movement in _MOVEMENTS:
        if shown & set(movement.actions):
            panels.append(_movement_panel(movement, timeline.curves, rules, _below(panels)))
    if timeline.quality is not None:
        panels.append(_quality_panel(timeline, _below(panels)))
        panels.append(_faces_panel(timeline, _below(panels)))
    if timeline.drift:
        panels.append(_likeness_panel(timeline, _below(panels)))
    return tuple(panels)


def _below(panels: list[Panel]) -> int:
    return panels[-1].top + panels[-1].height + GAP if panels else TOP


def _movement_panel(movement: _Movement, curves: MovementCurves, rules: ActionRules, top: int) -> Panel:
    values = movement.values(curves)
    colour = COLOURS[movement.actions[0]]
    levels = tuple((required_for(action, rules), COLOURS[action]) for action in movement.actions)
    return Panel(
        title=movement.title,
        curves=(Curve(curves.time_ms, values, colour),),
        low=min(movement.scale[0], float(values.min(initial=0.0)) * 1.1),
        high=max(movement.scale[1], float(values.max(initial=0.0)) * 1.1),
        top=top,
        height=TALL,
        actions=frozenset(movement.actions),
        levels=levels if movement.levels else (),
    )


def _quality_panel(timeline: Timeline, top: int) -> Panel:
    quality = timeline.quality
    if quality is None:
        raise ValueError("a timeline without quality has no such panel")
    at = quality.time_ms
    return Panel(
        title="画质 quality (0-1)",
        curves=(
            Curve(at, quality.light / 255.0, "#ca8a04", "亮度 light"),
            Curve(at, quality.sharpness / (quality.sharpness + 100.0), "#0369a1", "清晰 sharpness"),
            Curve(at, np.minimum(quality.size, 1.0), "#4d7c0f", "大小 size"),
            Curve(at, np.minimum(quality.glare, 1.0), "#b91c1c", "反光 glare"),
        ),
        low=0.0,
        high=1.0,
        top=top,
        height=LOW,
    )


def _faces_panel(timeline: Timeline, top: int) -> Panel:
    quality = timeline.quality
    if quality is None:
        raise ValueError("a timeline without quality has no such panel")
    return Panel(
        title="人脸数 faces",
        curves=(Curve(quality.time_ms, quality.faces, "#475569"),),
        low=0.0,
        high=max(2.0, float(quality.faces.max(initial=0.0))),
        top=top,
        height=LOW // 2,
    )


def _likeness_panel(timeline: Timeline, top: int) -> Panel:
    at = np.array([item.time_ms for item in timeline.drift], np.float64)
    return Panel(
        title="是否同一人 likeness to the rest of the clip",
        curves=(
            Curve(at, np.array([item.to_nearest for item in timeline.drift]), "#334155", dots=True),
            Curve(at, np.array([item.to_last for item in timeline.drift]), "#94a3b8"),
        ),
        low=-0.2,
        high=1.0,
        top=top,
        height=LOW,
        levels=((ContinuityLimits().least_likeness, "#334155"),),
    )
