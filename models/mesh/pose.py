"""The pose of a head: the turn that brings MediaPipe's canonical face onto the points of a picture.

The steps are those of MediaPipe's geometry module (`geometry_pipeline.cc`), the solution of the weighted
orthogonal problem is after D. Akca, Generalized Procrustes analysis, 2003, section 2.4.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.mesh.bundle import VERTICES, CanonicalFace, Doubles
from models.mesh.region import Floats

_AWAY: Final = np.array([1.0, 1.0, -1.0])
VERTICAL_VIEW_DEG: Final = 63.0
"""How much the camera is taken to see from top to bottom; the near plane is at 1 cm."""

_PLANE_HEIGHT: Final = 2 * math.tan(math.radians(VERTICAL_VIEW_DEG) / 2)


@dataclass(frozen=True, slots=True)
class HeadPose:
    """pitch_deg is positive with the chin down, yaw_deg with the nose toward larger x, in degrees."""

    pitch_deg: float
    yaw_deg: float
    roll_deg: float


class PoseSolver:
    """Finds the pose of one face after the other."""

    def __init__(self, canonical: CanonicalFace) -> None:
        self._basis = canonical.basis
        source = canonical.vertices[canonical.basis]
        shares = canonical.weights / canonical.weights.sum()
        centred = source - shares @ source
        self._weighted = centred * shares[:, None]
        self._spread = float((self._weighted * centred).sum())

    def solve(self, points: Floats, *, width: int, height: int) -> HeadPose:
        """Pose of a face by its points (478, 3), in pixels of a picture of this width and height.

        1. Put the points on the near plane of the camera.
        2. Estimate the scale there; bring them to their depth by it; estimate the scale again.
        3. Bring them to their depth by both scales, and read the rotation.
        """
        per_pixel = _PLANE_HEIGHT / height
        near = points[self._basis].astype(np.float64)
        near *= per_pixel
        near[:, 0] -= width * per_pixel / 2
        near[:, 1] = _PLANE_HEIGHT / 2 - near[:, 1]
        depth = float(points[:VERTICES, 2].sum()) / VERTICES * per_pixel

        flat = near * _AWAY
        _, first = self._fit(flat)
        _, second = self._fit(_at_depth(near, depth, first))
        rotation, _ = self._fit(_at_depth(near, depth, first * second))
        (xx, _, _), (yx, _, _), (zx, zy, zz) = rotation.tolist()
        return HeadPose(
            pitch_deg=math.degrees(math.atan2(zy, zz)),
            yaw_deg=math.degrees(math.asin(min(1.0, max(-1.0, -zx)))),
            roll_deg=math.degrees(math.atan2(yx, xx)),
        )

    def _fit(self, target: Doubles) -> tuple[Doubles, float]:
        """Rotation (3, 3) and scale that bring the canonical face nearest to `target` (n, 3)."""
        design = target.T @ self._weighted
        left, values, right = np.linalg.svd(design)
        if np.linalg.det(design) < 0:
            left[:, 2] *= -1
            values[2] *= -1
        return left @ right, max(float(values.sum()) / self._spread, 1e-9)


def _at_depth(near: Doubles, depth: float, scale: float) -> Doubles:
    """Points of the near plane at the depth a scale gives them; z toward the camera."""
    away = (near[:, 2:] + (1.0 - depth)) / scale
    placed = near * away
    placed[:, 2:] = -away
    return placed
