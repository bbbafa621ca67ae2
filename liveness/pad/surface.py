"""The movement of skin detail, followed in the pixels: points that no face network can imagine.

The same question as in depth.py, asked of corners found in the picture of the face and followed from one
frame to another by optical flow. They are fewer and noisier than the network's: they support, never decide.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from liveness.pad.depth import Doubles, fitted, parallax_of, turn_deg, turned_pairs
from liveness.pad.measurement import Measurement, Unit
from models.landmarks import FaceObservation

STEP_MS: Final = 130
SIDE_PX: Final = 160
EYES_PX: Final = 70.0
LEAST_EYE_DISTANCE_PX: Final = 36.0
MOST_TURN_DEG: Final = 10.0
PAIRS: Final = 10
LEAST_PAIRS: Final = 4
LEAST_MEAN_TURN_DEG: Final = 7.0
LEAST_POINTS: Final = 15

_EYE_LINE_PX = 60.0
_CORNERS = 80
_FORTH_AND_BACK_PX = 0.8
_NEAREST = 4
_WINDOW_PX = (21, 21)
_LEVELS = 2
_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 15, 0.03)
_OVAL: Final = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152),
    *(148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
_RIGHT_EYE: Final = (33, 160, 159, 158, 133, 153, 145, 144)
_LEFT_EYE: Final = (263, 387, 386, 385, 362, 380, 374, 373)
_UPPER_LIP: Final = 0


Grey = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Skin:
    """One frame's face, cut out upright at one size: uint8 grey (160, 160), points float32 (468, 3) in it."""

    time_ms: int
    grey: Grey = field(repr=False)
    points: npt.NDArray[np.float32] = field(repr=False)
    pitch_deg: float
    yaw_deg: float
    roll_deg: float


@dataclass(slots=True)
class SurfaceWatch:
    """Keeps small pictures of the face; what moved is worked out when the clip is over."""

    skins: list[Skin] = field(default_factory=list)

    def look(self, time_ms: int, grey: Grey, face: FaceObservation) -> None:
        """Cut the face out of a frame, grey uint8 (h, w)."""
        across = face.points[263] - face.points[33]
        distance = float(np.linalg.norm(across))
        if distance < LEAST_EYE_DISTANCE_PX:
            return
        scale, tilt = EYES_PX / distance, -float(np.arctan2(across[1], across[0]))
        turn = scale * np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
        shift = np.array([SIDE_PX / 2, _EYE_LINE_PX]) - turn @ face.points[168, :2]
        matrix = np.hstack([turn, shift[:, None]])
        cut = cv2.warpAffine(grey, matrix, (SIDE_PX, SIDE_PX), flags=cv2.INTER_LINEAR)
        points = np.empty((468, 3), np.float32)
        points[:, :2] = face.points[:468, :2] @ turn.T + shift
        points[:, 2] = face.points[:468, 2] * scale
        self.skins.append(
            Skin(time_ms, np.asarray(cut, np.uint8), points, face.pitch_deg, face.yaw_deg, face.roll_deg)
        )

    def measure(self) -> Measurement:
        """The share of a head's depth in the movement of skin detail, 1 for a head and 0 for a plane."""
        found, wanted, looks, at_ms = 0.0, 0.0, 0, None
        pairs = turned_pairs(self.skins, most_turn_deg=MOST_TURN_DEG, most=PAIRS)
        if sum(turn_deg(one, two) for one, two in pairs) < LEAST_MEAN_TURN_DEG * len(pairs):
            return Measurement("surface_motion", None, Unit.SHARE)
        for one, two in pairs:
            tracked = track(one, two)
            if tracked is None:
                continue
            source, target = tracked
            expected = parallax_of(one, two)
            x, y = (source - SIDE_PX / 2).T / EYES_PX
            away = depth_at(source, one) / EYES_PX
            columns = np.stack([np.ones_like(x), x, y, away], axis=1)
            shift = fitted(columns, (target - source) / EYES_PX)
            found += float(shift @ expected)
            wanted += float(expected @ expected)
            looks, at_ms = looks + 1, two.time_ms
        if looks < LEAST_PAIRS:
            return Measurement("surface_motion", None, Unit.SHARE, looks=looks)
        return Measurement("surface_motion", found / wanted, Unit.SHARE, at_ms, looks=looks)


def track(one: Skin, two: Skin) -> tuple[Doubles, Doubles] | None:
    """Corners of the rigid part of one face and where they are in another, float64 (n, 2) each."""
    start: Any = cv2.goodFeaturesToTrack(one.grey, _CORNERS, 0.01, 4, mask=rigid_part(one))
    if start is None or len(start) < LEAST_POINTS:
        return None
    there, seen = _follow(one.grey, two.grey, start)
    back, again = _follow(two.grey, one.grey, there)
    kept = (seen[:, 0] > 0) & (again[:, 0] > 0)
    kept &= np.hypot(*(back - start)[:, 0].T) < _FORTH_AND_BACK_PX
    if int(kept.sum()) < LEAST_POINTS:
        return None
    return start[kept, 0].astype(np.float64), there[kept, 0].astype(np.float64)


def _follow(one: Grey, two: Grey, places: Any) -> tuple[Any, Any]:  # noqa: ANN401  OpenCV says Mat or array
    """Where places (n, 1, 2) of one picture are in another, and whether they were found."""
    flow: Any = cv2.calcOpticalFlowPyrLK
    there, seen, _ = flow(one, two, places, None, winSize=_WINDOW_PX, maxLevel=_LEVELS, criteria=_STOP)
    return there, seen


def rigid_part(skin: Skin) -> Grey:
    """Mask of the face from the forehead to the upper lip, without the eyes, uint8 (160, 160)."""
    flat = skin.points[:, :2]
    mask = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(flat[list(_OVAL)].astype(np.int32)), 255)
    mask = np.asarray(cv2.erode(mask, np.ones((5, 5), np.uint8)), np.uint8)
    for eye in (_RIGHT_EYE, _LEFT_EYE):
        hole = np.zeros_like(mask)
        cv2.fillConvexPoly(hole, cv2.convexHull(flat[list(eye)].astype(np.int32)), 255)
        mask[cv2.dilate(hole, np.ones((9, 9), np.uint8)) > 0] = 0
    mask[max(0, int(flat[_UPPER_LIP, 1]) - 3) :] = 0
    return mask


def depth_at(places: Doubles, skin: Skin) -> Doubles:
    """Depth of the face at places of its picture, from the nearest points of the mesh, float64 (n,)."""
    mesh = skin.points[:, :2].astype(np.float64)
    square = (places**2).sum(axis=1)[:, None] + (mesh**2).sum(axis=1) - 2 * places @ mesh.T
    nearest = np.argpartition(square, _NEAREST, axis=1)[:, :_NEAREST]
    weights = 1 / (np.take_along_axis(square, nearest, axis=1) + 1.0)
    return np.asarray(
        (weights * skin.points[:, 2].astype(np.float64)[nearest]).sum(axis=1) / weights.sum(axis=1)
    )
