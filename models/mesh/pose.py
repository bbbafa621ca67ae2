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
        self._weighted = (source - shares @ source) * shares[:, None]

    def solve(self, points: Floats, *, width: int, height: int) -> HeadPose:
        """Pose of a face by its points (478, 3), in pixels of a picture of this width and height.

        1. Put the points on the near plane of the camera.
        2. Bring them to their depth along the line of sight.
        3. Read the rotation that brings the canonical face nearest to them.

        MediaPipe first estimates how large the face is, to know how far it is. All that this changes about
        the points of the second step is one factor, and no factor changes a rotation: it is left out.
        """
        per_pixel = _PLANE_HEIGHT / height
        placed = points[self._basis].astype(np.float64)
        placed *= per_pixel
        placed[:, 0] -= width * per_pixel / 2
        placed[:, 1] = _PLANE_HEIGHT / 2 - placed[:, 1]
        depth = float(points[:VERTICES, 2].sum()) / VERTICES * per_pixel
        away = placed[:, 2:] + (1.0 - depth)
        placed *= away
        placed[:, 2:] = -away

        (xx, _, _), (yx, _, _), (zx, zy, zz) = self._rotation(placed).tolist()
        return HeadPose(
            pitch_deg=math.degrees(math.atan2(zy, zz)),
            yaw_deg=math.degrees(math.asin(min(1.0, max(-1.0, -zx)))),
            roll_deg=math.degrees(math.atan2(yx, xx)),
        )

    def _rotation(self, target: Doubles) -> Doubles:
        """Rotation (3, 3) that brings the canonical face nearest to `target` (n, 3), whatever its size."""
        design = target.T @ self._weighted
        left, _, right = np.linalg.svd(design)
        if np.linalg.det(design) < 0:
            left[:, 2] *= -1
        return np.asarray(left @ right, np.float64)
