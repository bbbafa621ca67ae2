"""The pose of a head: the turn that brings MediaPipe's canonical face onto the points of a picture.

The steps are those of MediaPipe's geometry module (`geometry_pipeline.cc`), the solution of the weighted
orthogonal problem is after D. Akca, Generalized Procrustes analysis, 2003, section 2.4.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.mesh.bundle import VERTICES, CanonicalFace, Doubles
from models.mesh.region import Floats

VERTICAL_VIEW_DEG: Final = 63.0
"""How much the camera is taken to see from top to bottom; the near plane is at 1 cm."""


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
        self._shares = canonical.weights / canonical.weights.sum()
        self._centred = source - self._shares @ source
        self._spread = float(self._shares @ (self._centred**2).sum(axis=1))

    def solve(self, points: Floats, *, width: int, height: int) -> HeadPose:
        """Pose of a face by its points (478, 3), in pixels of a picture of this width and height.

        1. Put the points on the near plane of the camera.
        2. Estimate the scale there; bring them to their depth by it; estimate the scale again.
        3. Bring them to their depth by both scales, and read the rotation.
        """
        plane_height = 2 * np.tan(np.radians(VERTICAL_VIEW_DEG) / 2)
        per_pixel = plane_height / height
        near = points[self._basis].astype(np.float64) * per_pixel
        near[:, 0] -= plane_height * width / height / 2
        near[:, 1] = plane_height / 2 - near[:, 1]
        depth = float(points[:VERTICES, 2].mean()) * per_pixel

        flat = near * [1.0, 1.0, -1.0]
        _, first = self._fit(flat)
        _, second = self._fit(_at_depth(near, depth, first))
        rotation, _ = self._fit(_at_depth(near, depth, first * second))
        pitch = np.arctan2(rotation[2, 1], rotation[2, 2])
        yaw = np.arcsin(np.clip(-rotation[2, 0], -1.0, 1.0))
        roll = np.arctan2(rotation[1, 0], rotation[0, 0])
        return HeadPose(*(float(np.degrees(angle)) for angle in (pitch, yaw, roll)))

    def _fit(self, target: Doubles) -> tuple[Doubles, float]:
        """Rotation (3, 3) and scale that bring the canonical face nearest to `target` (n, 3)."""
        design = (target * self._shares[:, None]).T @ self._centred
        left, values, right = np.linalg.svd(design)
        signs = np.array([1.0, 1.0, -1.0 if np.linalg.det(design) < 0 else 1.0])
        return (left * signs) @ right, max(float((values * signs).sum()) / self._spread, 1e-9)


def _at_depth(near: Doubles, depth: float, scale: float) -> Doubles:
    """Points of the near plane at the depth a scale gives them; z toward the camera."""
    away = (near[:, 2] - depth + 1.0) / scale
    return np.column_stack([near[:, 0] * away, near[:, 1] * away, -away])
