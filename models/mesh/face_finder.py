"""The faces of frame after frame: detected once, followed by their landmarks, in doubt detected again."""

from dataclasses import dataclass, field
from typing import Final, Self

import cv2
import numpy as np

from models.mesh.bundle import Bundle
from models.mesh.face_detector import ShortRangeDetector, Sighting
from models.mesh.face_mesh import FaceMesh, has_extent, next_region
from models.mesh.region import Floats, ImageRgb, Region

LEAST_PRESENCE: Final = 0.5
"""Presence in [0, 1] below which a region shows no face; MediaPipe's default."""

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
    glimpse: Floats = field(repr=False)

    @classmethod
    def of(cls, image_rgb: ImageRgb, points: Floats) -> Self:
        """The face with these points (478, 3) in uint8 RGB (h, w, 3)."""
        region = next_region(points)
        return cls(region, _glimpse(image_rgb, region))

    def changed(self, image_rgb: ImageRgb) -> bool:
        """Whether its region shows quite another picture now."""
        return float(np.abs(_glimpse(image_rgb, self.region) - self.glimpse).mean()) > CHANGED_LEVELS


class FaceFinder:
    """Finds and follows at most so many faces. Not shared between threads."""

    def __init__(self, bundle: Bundle, *, most: int) -> None:
        self._detector = ShortRangeDetector(bundle.detector)
        self._mesh = FaceMesh(bundle.landmarks)
        self._most = most

    def find(self, image_rgb: ImageRgb, before: tuple[FollowedFace, ...], *, search: bool) -> list[Floats]:
        """Points (478, 3) of each face, those that were there one frame before first.

        1. Look where the faces were.
        2. A face that moved far, is gone or changed: look where the detector sees the nearest one.
        3. With `search`, or when no face is left: look where the detector sees others.
        """
        sightings: tuple[Sighting, ...] | None = None
        faces: list[Floats] = []
        for face in before:
            points, presence = self._mesh.place(image_rgb, face.region)
            if not _is_face(points, presence) or _is_doubtful(image_rgb, face, points):
                if sightings is None:
                    sightings = self._detector.detect(image_rgb, most=self._most)
                points, presence = self._look_again(image_rgb, points, presence, sightings)
            if _is_face(points, presence):
                _add(faces, points)
        if search or not faces:
            if sightings is None:
                sightings = self._detector.detect(image_rgb, most=self._most)
            held = [next_region(points) for points in faces]
            for seen in sightings:
                if all(_apart(seen.region, at) > _SAME_FACE_SHIFT for at in held):
                    points, presence = self._mesh.place(image_rgb, seen.region)
                    if _is_face(points, presence):
                        _add(faces, points)
        return faces[: self._most]

    def _look_again(
        self, image_rgb: ImageRgb, points: Floats, presence: float, sightings: tuple[Sighting, ...]
    ) -> tuple[Floats, float]:
        if not has_extent(points):
            return points, presence
        moved = next_region(points)
        near = [seen.region for seen in sightings if _apart(seen.region, moved) < _REACH]
        if near:
            return self._mesh.place(image_rgb, min(near, key=lambda region: _apart(region, moved)))
        if presence < LEAST_PRESENCE:
            return points, presence
        again, still_there = self._mesh.place(image_rgb, moved)
        return (again, still_there) if still_there >= presence / 2 else (points, presence)


def _glimpse(image_rgb: ImageRgb, region: Region) -> Floats:
    """What a region shows, grey float32 (16, 16)."""
    cut = region.cut(image_rgb, _GLIMPSE_CUT_PX, border=cv2.BORDER_REPLICATE)
    small = cv2.resize(cut, (_GLIMPSE_PX, _GLIMPSE_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32)


def _is_doubtful(image_rgb: ImageRgb, face: FollowedFace, points: Floats) -> bool:
    return face.region.differs(next_region(points), share=MOVED_SHARE) or face.changed(image_rgb)


def _is_face(points: Floats, presence: float) -> bool:
    return presence >= LEAST_PRESENCE and has_extent(points)


def _add(faces: list[Floats], points: Floats) -> None:
    """Take a face that is not there yet: two looks can end on one."""
    if all(_overlap(points, other) < _SAME_FACE_IOU for other in faces):
        faces.append(points)


def _apart(seen: Region, held: Region) -> float:
    """Distance of two regions' centres in widths of the second."""
    return float(np.hypot(seen.centre_x - held.centre_x, seen.centre_y - held.centre_y)) / held.width


def _overlap(one: Floats, other: Floats) -> float:
    """Intersection over union of the boxes of two faces, in [0, 1]."""
    low = np.maximum(one[:, :2].min(axis=0), other[:, :2].min(axis=0))
    high = np.minimum(one[:, :2].max(axis=0), other[:, :2].max(axis=0))
    both = float(np.clip(high - low, 0, None).prod())
    areas = sum(float(np.ptp(points[:, :2], axis=0).prod()) for points in (one, other))
    return both / max(areas - both, 1e-9)
