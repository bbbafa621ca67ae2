"""What a made video shows: movements in time, and the truth that goes with it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from liveness.synthesis.face import Expression
from liveness.verdict import Action

LEAD_S = 1.0
GAP_S = 0.9
TAIL_S = 0.9


@dataclass(frozen=True, slots=True)
class Pace:
    """How a movement runs: rising, held, falling, each in seconds."""

    rise_s: float
    hold_s: float
    fall_s: float

    @property
    def duration_s(self) -> float:
        return self.rise_s + self.hold_s + self.fall_s

    def amount_at(self, time_s: float) -> float:
        """Give the share of the movement, 0 to 1, at a time counted from its start."""
        if not 0 < time_s < self.duration_s:
            return 0.0
        if time_s < self.rise_s:
            return 0.5 - 0.5 * math.cos(math.pi * time_s / self.rise_s)
        if time_s <= self.rise_s + self.hold_s:
            return 1.0
        return 0.5 - 0.5 * math.cos(math.pi * (self.duration_s - time_s) / self.fall_s)


PACES = {
    Action.BLINK: Pace(rise_s=0.15, hold_s=0.42, fall_s=0.18),
    Action.MOUTH: Pace(rise_s=0.35, hold_s=0.80, fall_s=0.35),
    Action.NOD: Pace(rise_s=0.45, hold_s=0.25, fall_s=0.45),
    Action.TURN_LEFT: Pace(rise_s=0.55, hold_s=0.40, fall_s=0.55),
    Action.TURN_RIGHT: Pace(rise_s=0.55, hold_s=0.40, fall_s=0.55),
    Action.SMILE: Pace(rise_s=0.35, hold_s=0.80, fall_s=0.35),
}
NATURAL_BLINK = Pace(rise_s=0.06, hold_s=0.05, fall_s=0.09)


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement: strength 1 is the full movement, -1 a nod that starts upwards."""

    action: Action
    start_s: float
    strength: float = 1.0
    pace: Pace | None = None

    def __post_init__(self) -> None:
        if self.start_s < 0:
            raise ValueError("a movement starts at or after 0 s")
        if not -1.5 <= self.strength <= 1.5 or (self.strength < 0 and self.action is not Action.NOD):
            raise ValueError("strength is from 0 to 1.5, and negative only for a nod that starts upwards")

    @property
    def shape(self) -> Pace:
        return self.pace or PACES[self.action]

    @property
    def end_s(self) -> float:
        return self.start_s + self.shape.duration_s

    def amount_at(self, time_s: float) -> float:
        return self.strength * self.shape.amount_at(time_s - self.start_s)


@dataclass(frozen=True, slots=True)
class Scene:
    """Movements of one face over a time."""

    movements: tuple[Movement, ...]
    duration_s: float

    def __post_init__(self) -> None:
        if not 0 < self.duration_s <= 120:
            raise ValueError("a scene lasts more than 0 and at most 120 s")
        if any(movement.end_s > self.duration_s for movement in self.movements):
            raise ValueError("every movement ends before the scene does")

    def expression_at(self, time_s: float) -> Expression:
        amounts = dict.fromkeys(Action, 0.0)
        for movement in self.movements:
            amount = movement.amount_at(time_s)
            if abs(amount) > abs(amounts[movement.action]):
                amounts[movement.action] = amount
        smiles = any(movement.action is Action.SMILE for movement in self.movements)
        return Expression(
            nod=amounts[Action.NOD],
            mouth=amounts[Action.MOUTH],
            blink=min(1.0, amounts[Action.BLINK]),
            turn=amounts[Action.TURN_LEFT] - amounts[Action.TURN_RIGHT],
            sober=1.0 - min(1.0, amounts[Action.SMILE]) if smiles else 0.0,
        )


def in_order(actions: Sequence[Action], *, gap_s: float = GAP_S) -> Scene:
    """Make a scene of the actions one after the other, each after a pause, as a page's prompts would lead."""
    movements, time_s = [], LEAD_S
    for action in actions:
        movement = Movement(action, round(time_s, 3))
        movements.append(movement)
        time_s = movement.end_s + gap_s
    needed_s = (movements[-1].end_s if movements else LEAD_S) + TAIL_S
    return Scene(tuple(movements), duration_s=round(needed_s, 3))


@dataclass(frozen=True, slots=True)
class TrueEvent:
    """One movement as it was drawn; times in ms from the first frame."""

    action: Action
    start_ms: int
    peak_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Truth:
    """What a made video holds. `species` is None for one that shows no attack but the puppet itself."""

    path: str
    events: tuple[TrueEvent, ...]
    species: str | None
    seed: int
    width: int
    height: int
    frames: int
    duration_ms: int
    times_ms: tuple[int, ...] = field(repr=False)


def true_events(scene: Scene) -> tuple[TrueEvent, ...]:
    """List the movements of a scene in the order of their start."""
    return tuple(
        TrueEvent(
            action=movement.action,
            start_ms=round(1000 * movement.start_s),
            peak_ms=round(1000 * (movement.start_s + movement.shape.rise_s + movement.shape.hold_s / 2)),
            end_ms=round(1000 * movement.end_s),
        )
        for movement in sorted(scene.movements, key=lambda one: one.start_s)
    )
