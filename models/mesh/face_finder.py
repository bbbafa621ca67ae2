"""The faces of frame after frame: detected once, followed by their landmarks, in doubt detected again."""

import math
from dataclasses import dataclass, field
from typing import Final, Self

import cv2
import numpy as np

from models.mesh.bundle import Bundle
from models.mesh.face_detector import ShortRangeDetector, Sighting
from models.mesh.face_mesh import LEAST_PRESENCE, FaceMesh, Look
from models.mesh.region import Floats, ImageRgb, Region

MOVED_SHARE: Final = 0.05
"""A face that moved by more of its region's side than this since the last frame is looked for anew.

Landmarks are drawn to the middle of the region they are looked for in: half a side beside it they lie a tenth
of the face's width off, and a flat photograph seems to have depth.
"""

CHANGED_LEVELS: Final = 16.0
"""So it is where the region's picture changed by more, in grey levels: the network cannot tell by itself.

A photograph shaken before the camera changed by 40 and more from frame to frame, a nodding head by 17 in one
frame of twenty.
"""

_GLIMPSE_PX = 16
_GLIMPSE_CUT_PX = 64

_SAME_FACE_SHIFT = 0.35
_REACH = 1.0
_SAME_FACE_IOU = 0.5


@dataclass(frozen=True, slots=True)
class FollowedFace:
    """Where a face will be looked for in the next frame, and what is to be seen there now."""

    region: Region
    glimpse: cv2.typing.MatLike = field(repr=False)

    @classmethod
    def of(cls, image_rgb: ImageRgb, region: Region) -> Self:
        """The face that will be looked for in this region, in uint8 RGB (h, w, 3)."""
        return cls(region, _glimpse(region.cut(image_rgb, _GLIMPSE_CUT_PX, border=cv2.BORDER_REPLICATE)))

    def is_doubtful(self, look: Look) -> bool:
        """Whether its region, looked into a frame later, shows it elsewhere or quite another picture."""
        if look.region is None or self.region.differs(look.region, share=MOVED_SHARE):
            return True
        # Every fourth pixel of the larger cut is one of the smaller: both begin at one corner.
        size = (_GLIMPSE_CUT_PX, _GLIMPSE_CUT_PX)
        now = _glimpse(cv2.resize(look.picture, size, interpolation=cv2.INTER_NEAREST))
        return cv2.norm(now, self.glimpse, cv2.NORM_L1) > CHANGED_LEVELS * _GLIMPSE_PX**2


class FaceFinder:
    """Finds and follows at most so many faces. Not shared between threads."""

    def __init__(self, bundle: Bundle, *, most: int) -> None:
        self._detector = ShortRangeDetector(bundle.detector)
        self._mesh = FaceMesh(bundle.landmarks)
        self._most = most

    def find(self, image_rgb: ImageRgb, before: tuple[FollowedFace, ...], *, search: bool) -> list[Look]:
        """The look that shows each face, those that were there one frame before first.

        1. Look where the faces were.
        2. A face that moved far, is gone or changed: look where the detector sees the nearest one.
        3. With `search`, or when no face is left: look where the detector sees others.
        """
        sightings: tuple[Sighting, ...] | None = None
        faces: list[Look] = []
        for face in before:
            look = self._mesh.look(image_rgb, face.region)
            if not look.is_face or face.is_doubtful(look):
                if sightings is None:
                    sightings = self._detector.detect(image_rgb, most=self._most)
                look = self._look_again(image_rgb, look, sightings)
            _add(faces, look)
        if search or not faces:
            if sightings is None:
                sightings = self._detector.detect(image_rgb, most=self._most)
            held = [face.region for face in faces if face.region is not None]
            for seen in sightings:
                if all(_apart(seen.region, at) > _SAME_FACE_SHIFT for at in held):
                    _add(faces, self._mesh.look(image_rgb, seen.region))
        return faces[: self._most]

    def _look_again(self, image_rgb: ImageRgb, look: Look, sightings: tuple[Sighting, ...]) -> Look:
        moved = look.region
        if moved is None:
            return look
        near = [seen.region for seen in sightings if _apart(seen.region, moved) < _REACH]
        if near:
            return self._mesh.look(image_rgb, min(near, key=lambda region: _apart(region, moved)))
        if look.presence < LEAST_PRESENCE:
            return look
        again = self._mesh.look(image_rgb, moved)
        return again if again.presence >= look.presence / 2 else look


def _glimpse(cut: cv2.typing.MatLike) -> cv2.typing.MatLike:
    """What a region shows, grey uint8 (16, 16), by a cut of it."""
    small = cv2.resize(cut, (_GLIMPSE_PX, _GLIMPSE_PX), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)


def _add(faces: list[Look], look: Look) -> None:
    """Take a face that is not there yet: two looks can end on one."""
    if look.is_face and all(_overlap(look.points, other.points) < _SAME_FACE_IOU for other in faces):
        faces.append(look)


def _apart(seen: Region, held: Region) -> float:
    """Distance of two regions' centres in widths of the second."""
    return math.hypot(seen.centre_x - held.centre_x, seen.centre_y - held.centre_y) / held.width


def _overlap(one: Floats, other: Floats) -> float:
    """Intersection over union of the boxes of two faces, in [0, 1]."""
    low = np.maximum(one[:, :2].min(axis=0), other[:, :2].min(axis=0))
    high = np.minimum(one[:, :2].max(axis=0), other[:, :2].max(axis=0))
    both = float(np.clip(high - low, 0, None).prod())
    areas = sum(float(np.ptp(points[:, :2], axis=0).prod()) for points in (one, other))
    return both / max(areas - both, 1e-9)
