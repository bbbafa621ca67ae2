"""Does the face move as a head does, or as a flat picture?

Between two poses, the points of a head part by their depth: the nose runs ahead of the temples. A photograph
has no depth to show, however it is held; a bent one bends smoothly. So the movement of the rigid points
between two frames is explained by an affine map, a smooth bend (quadratic terms, which also hold the
perspective of a plane) and the depth of a head at that point, and the share of depth found is set against
the turn between the frames: 1 for a head, 0 for a plane. Any turn serves, up, down or sideways.
"""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from liveness.observation.observer import RIGID_POINTS, FrameNotes, Observations
from liveness.pad.measurement import Measurement, Unit
from liveness.verdict import Action, ActionEvent

Doubles = npt.NDArray[np.float64]

LEAST_TURN_DEG: Final = 6.0
MOST_TURN_DEG: Final = 14.0
MOST_ROLL_DEG: Final = 12.0
LEAST_MEAN_TURN_DEG: Final = 7.0
PAIRS: Final = 24
LEAST_PAIRS: Final = 6
PAIRS_PER_FRAME: Final = 3
LEAST_EYE_DISTANCE_PX: Final = 36.0

_DEG_PER_S = 1.5
_ROUNDS = 6
_TIGHT = 2.0
_LEAST_NOISE = 0.0007
_RIDGE = 1e-13
"""Keeps points that lie in one line from having no solution; moves others by less than they are known."""
_TURNING = frozenset({Action.NOD, Action.TURN_LEFT, Action.TURN_RIGHT})
_EYE_CORNERS = (RIGID_POINTS.index(33), RIGID_POINTS.index(263))
_BRIDGE = RIGID_POINTS.index(168)


class Facing(Protocol):
    """Whatever has a time and the angles of a head."""

    @property
    def time_ms(self) -> int: ...
    @property
    def pitch_deg(self) -> float: ...
    @property
    def yaw_deg(self) -> float: ...
    @property
    def roll_deg(self) -> float: ...


Turned = TypeVar("Turned", bound=Facing)


@dataclass(frozen=True, slots=True)
class Pose:
    """One frame's rigid points, float64 (n, 2), upright, around the bridge of the nose.

    Their unit is the distance of the eyes of the unturned head.

    away: float64 (n,), how far from the camera a head turned like this has each point, in eye distances.
    """

    time_ms: int
    points: Doubles = field(repr=False)
    away: Doubles = field(repr=False)
    pitch_deg: float
    yaw_deg: float
    roll_deg: float

    @classmethod
    def of(cls, note: FrameNotes) -> "Pose | None":
        """Take the pose from a frame; None where there is no face, or one too small to tell."""
        unit_px = _eye_distance_px(note)
        if note.rigid is None or unit_px < LEAST_EYE_DISTANCE_PX:
            return None
        points = note.rigid.astype(np.float64)
        across = points[_EYE_CORNERS[1]] - points[_EYE_CORNERS[0]]
        sample = note.sample
        pitch, yaw = np.radians(sample.pitch_deg), np.radians(sample.yaw_deg)
        tilt = -np.arctan2(across[1], across[0])
        upright = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]]) / unit_px
        head = canonical_head()
        toward = -np.sin(yaw) * head[:, 0] + np.cos(yaw) * (
            np.sin(pitch) * head[:, 1] + np.cos(pitch) * head[:, 2]
        )
        return cls(
            time_ms=note.time_ms,
            points=(points - points[_BRIDGE]) @ upright.T,
            away=-toward,
            pitch_deg=sample.pitch_deg,
            yaw_deg=sample.yaw_deg,
            roll_deg=sample.roll_deg,
        )


def measure_depth(seen: Observations, events: Sequence[ActionEvent]) -> Measurement:
    """The share of a head's depth that the movement of the face shows; a nod or turn makes it expected."""
    large = {note.time_ms: note for note in seen.notes if _eye_distance_px(note) >= LEAST_EYE_DISTANCE_PX}
    pairs = turned_pairs([note.sample for note in large.values()])
    expected = any(event.action in _TURNING for event in events)
    unmeasured = Measurement("planar_motion", None, Unit.SHARE, looks=len(pairs), expected=expected)
    if len(pairs) < LEAST_PAIRS or np.mean([turn_deg(one, two) for one, two in pairs]) < LEAST_MEAN_TURN_DEG:
        return unmeasured
    found, wanted = 0.0, 0.0
    for one, two in pairs:
        before, after = Pose.of(large[one.time_ms]), Pose.of(large[two.time_ms])
        if before is None or after is None:
            continue
        expected_shift = parallax_of(one, two)
        found += float(depth_shift(before.points, after.points, before.away) @ expected_shift)
        wanted += float(expected_shift @ expected_shift)
    widest = max(pairs, key=lambda pair: turn_deg(*pair))
    return Measurement("planar_motion", found / wanted, Unit.SHARE, widest[1].time_ms, looks=len(pairs))


def _eye_distance_px(note: FrameNotes) -> float:
    """Between the outer corners of the eyes, as if the head were not turned aside; 0 where not known."""
    if note.rigid is None:
        return 0.0
    right, left = (note.rigid[corner].tolist() for corner in _EYE_CORNERS)
    facing = max(math.cos(math.radians(note.sample.yaw_deg)), 0.3)
    distance = math.hypot(left[0] - right[0], left[1] - right[1]) / facing
    return distance if math.isfinite(distance) else 0.0


def turned_pairs(
    poses: Sequence[Turned], *, most_turn_deg: float = MOST_TURN_DEG, most: int = PAIRS
) -> list[tuple[Turned, Turned]]:
    """Choose pairs of frames, the earlier first, with a turn between them and little time."""
    if len(poses) < 2:
        return []
    pitch = np.array([pose.pitch_deg for pose in poses])
    yaw = np.array([pose.yaw_deg for pose in poses])
    roll = np.array([pose.roll_deg for pose in poses])
    time_s = np.array([pose.time_ms for pose in poses]) / 1000.0
    turn = np.hypot(pitch[:, None] - pitch, yaw[:, None] - yaw)
    fit = (turn >= LEAST_TURN_DEG) & (turn <= most_turn_deg)
    fit &= np.abs(roll[:, None] - roll) < MOST_ROLL_DEG
    fit &= np.triu(np.ones_like(fit), 1)
    earlier, later = np.nonzero(fit)
    worth = turn[earlier, later] - _DEG_PER_S * np.abs(time_s[later] - time_s[earlier])
    used = np.zeros(len(poses), int)
    chosen: list[tuple[Turned, Turned]] = []
    for index in np.argsort(-worth, kind="stable"):
        one, two = int(earlier[index]), int(later[index])
        if max(used[one], used[two]) >= PAIRS_PER_FRAME:
            continue
        used[[one, two]] += 1
        chosen.append((poses[one], poses[two]))
        if len(chosen) == most:
            break
    return chosen


def turn_deg(one: Facing, two: Facing) -> float:
    """How far the head turned between two frames, roll left out."""
    return float(np.hypot(two.pitch_deg - one.pitch_deg, two.yaw_deg - one.yaw_deg))


def parallax_of(one: Facing, two: Facing) -> Doubles:
    """How far a point of a head moves in the picture for each unit it lies farther away, (2,)."""
    return -np.sin(np.radians([two.yaw_deg - one.yaw_deg, two.pitch_deg - one.pitch_deg]))


def depth_shift(source: Doubles, target: Doubles, away: Doubles) -> Doubles:
    """How far points move for each unit of depth once an affine map and a smooth bend are taken out, (2,)."""
    x, y = source.T
    bend = [x * x, x * y, y * y]
    return fitted(np.stack([np.ones_like(x), x, y, *bend, away], axis=1), target - source)


def fitted(columns: Doubles, moved: Doubles) -> Doubles:
    """The last row of a fit of `moved` (n, 2) by `columns` (n, k) that outliers do not draw away, (2,)."""
    weights = np.ones(len(moved))
    steady = _RIDGE * float(np.square(columns).sum()) * np.eye(columns.shape[1])
    middle = len(moved) // 2
    for _ in range(_ROUNDS):
        weighted = columns.T * weights
        solution = np.linalg.solve(weighted @ columns + steady, weighted @ moved)
        away = moved - columns @ solution
        left_over = np.hypot(away[:, 0], away[:, 1])
        ordered = np.sort(left_over)
        median = float(ordered[middle] + ordered[-1 - middle]) / 2
        noise = max(1.26 * median, _LEAST_NOISE)
        weights = 1 / (1 + (left_over / (_TIGHT * noise)) ** 2)
    return np.asarray(solution[-1], np.float64)


@cache
def canonical_head() -> Doubles:
    """The rigid points of MediaPipe's canonical face (Apache-2.0), (n, 3) in eye distances, z to us."""
    with (files("liveness.pad") / "head.csv").open(encoding="utf-8") as rows:
        points = {
            int(row["point"]): [float(row[axis]) for axis in ("x", "y", "z")] for row in csv.DictReader(rows)
        }
    head = np.array([points[index] for index in RIGID_POINTS])
    return np.asarray(
        (head - head[_BRIDGE]) / np.linalg.norm(head[_EYE_CORNERS[1]] - head[_EYE_CORNERS[0]]), np.float64
    )
