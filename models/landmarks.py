"""Landmarks, expression scores and head pose of the faces in a picture, by MediaPipe's face networks."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from models.mesh.blendshapes import NAMES, BlendshapeNetwork
from models.mesh.bundle import Bundle
from models.mesh.face_finder import FaceFinder, FollowedFace
from models.mesh.face_mesh import POINTS
from models.mesh.pose import PoseSolver
from models.threads import stay_on_one_thread

ImageRgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

BLENDSHAPES: Final = len(NAMES)
MAX_FACES: Final = 2
"""Two are looked for, since a landmarker that looks for one hides a second person."""

SEARCH_STEP_MS: Final = 1000
"""While a face is followed, the whole picture is searched for another this often."""

SEARCH_AGAIN_MS: Final = 400
"""This long after two faces were seen, if one of them is lost: it may be hard to see, and still there."""

STALE_MS: Final = 180
"""After a longer pause a face is detected anew: it may be anywhere."""

# The person's own right is on the left of an unmirrored picture and has the smaller x.
RIGHT_EYE_CORNERS: Final = (33, 133)
LEFT_EYE_CORNERS: Final = (362, 263)
NOSE_TIP: Final = 4
RIGHT_MOUTH_CORNER: Final = 61
LEFT_MOUTH_CORNER: Final = 291

_FIVE_POINTS = np.array(
    [
        *(RIGHT_EYE_CORNERS[0], LEFT_EYE_CORNERS[0], RIGHT_EYE_CORNERS[1], LEFT_EYE_CORNERS[1]),
        *(NOSE_TIP, RIGHT_MOUTH_CORNER, LEFT_MOUTH_CORNER),
    ]
)


@dataclass(frozen=True, slots=True)
class FaceObservation:
    """One face in one picture.

    points: float32 (478, 3), x and y in pixels, z scaled as x, smaller is nearer the camera.
    scores: float32 (52,) in [0, 1], MediaPipe's blendshapes in its own order.
    pitch_deg is positive with the chin down, yaw_deg with the nose toward larger x.
    box: left, top, right, bottom of the landmarks, in pixels.
    """

    points: Floats = field(repr=False)
    scores: Floats = field(repr=False)
    pitch_deg: float
    yaw_deg: float
    roll_deg: float
    box: tuple[float, float, float, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.points.shape != (POINTS, 3) or not np.isfinite(self.points).all():
            raise ValueError(f"points must be finite ({POINTS}, 3), not {self.points.shape}")
        if self.scores.shape != (BLENDSHAPES,):
            raise ValueError(f"scores must be ({BLENDSHAPES},), not {self.scores.shape}")
        left, top, _ = self.points.min(axis=0).tolist()
        right, bottom, _ = self.points.max(axis=0).tolist()
        object.__setattr__(self, "box", (left, top, right, bottom))

    def score(self, name: str) -> float:
        """A blendshape by its name, as `JAW_OPEN`, in [0, 1]; higher is more of it. Raises KeyError."""
        return float(self.scores[_BLENDSHAPE_INDEX[name]])

    @property
    def five_points(self) -> Floats:
        """Right eye, left eye, nose tip, right and left mouth corner, float32 (5, 2), as a Probe has them."""
        corners = self.points[_FIVE_POINTS, :2]
        return np.concatenate([(corners[:2] + corners[2:4]) / 2, corners[4:]])

    @property
    def area_px(self) -> float:
        """Area of `box`, in square pixels."""
        left, top, right, bottom = self.box
        return (right - left) * (bottom - top)


class FaceLandmarker:
    """Finds the faces of one clip, frame after frame. One per clip, never shared; use it by `with`.

    A face found once is followed by its own landmarks; the whole picture is searched when no face is left or
    one moved far, and for a second one every SEARCH_STEP_MS or when asked to. The same frames give the same
    numbers.
    Raises FileNotFoundError where the weights are not, BundleUnreadable or NetworkUnreadable where they are
    something else.
    """

    def __init__(self, weights_path: Path) -> None:
        self._networks = _take(weights_path)
        self._is_closed = False
        self._followed: tuple[FollowedFace, ...] = ()
        self._last_ms = -1
        self._search_due_ms = 0

    def detect(
        self, image_rgb: ImageRgb, timestamp_ms: int, *, search: bool = False
    ) -> tuple[FaceObservation, ...]:
        """Find up to two faces, largest first, in uint8 RGB (h, w, 3); timestamps must increase strictly.

        search: look for a second face now, whenever it was looked for last.
        """
        if timestamp_ms <= self._last_ms:
            raise ValueError(f"timestamps must increase: {timestamp_ms} ms after {self._last_ms} ms")
        if self._is_closed:
            raise ValueError("this landmarker is closed: each clip has its own")
        _require_rgb(image_rgb)
        fresh = self._followed if timestamp_ms - self._last_ms <= STALE_MS else ()
        search = (search or timestamp_ms >= self._search_due_ms) and len(fresh) < MAX_FACES
        if search or not fresh:
            self._search_due_ms = timestamp_ms + SEARCH_STEP_MS
        finder = self._networks.finder
        found = finder.find(image_rgb, fresh, search=search)
        if not found and self._followed and not fresh:
            found = finder.find(image_rgb, self._followed, search=False)
        if len(found) == MAX_FACES:
            self._search_due_ms = timestamp_ms + SEARCH_AGAIN_MS
        self._last_ms = timestamp_ms
        self._followed = tuple(
            FollowedFace.of(image_rgb, look.region) for look in found if look.region is not None
        )
        return self._networks.read(image_rgb, [look.points for look in found])

    def close(self) -> None:
        """Forget the face that was followed, and leave the networks to the next clip."""
        self._followed = ()
        if not self._is_closed:
            self._is_closed = True
            _leave(self._networks)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def detect_in_still(weights_path: Path, image_rgb: ImageRgb) -> tuple[FaceObservation, ...]:
    """Find up to two faces, largest first, in one picture that belongs to no clip, uint8 RGB (h, w, 3).

    Raises as FaceLandmarker.
    """
    _require_rgb(image_rgb)
    networks = _take(weights_path)
    try:
        found = networks.finder.find(image_rgb, (), search=True)
        return networks.read(image_rgb, [look.points for look in found])
    finally:
        _leave(networks)


_MOST_FREE = 2
_hand_over = threading.Lock()
_free: "list[_Networks]" = []

_BLENDSHAPE_INDEX: Final = {name: index for index, name in enumerate(NAMES)}


class _Networks:
    """What one clip needs at a time; between two clips nothing of a face stays in it."""

    def __init__(self, bundle: Bundle, version: tuple[Path, int, int]) -> None:
        stay_on_one_thread()
        self.version = version
        self.finder = FaceFinder(bundle, most=MAX_FACES)
        self._blendshapes = BlendshapeNetwork(bundle.blendshapes)
        self._pose = PoseSolver(bundle.canonical)

    def read(self, image_rgb: ImageRgb, found: list[Floats]) -> tuple[FaceObservation, ...]:
        """The faces with these points, with scores and pose, largest first."""
        height, width = image_rgb.shape[:2]
        faces = []
        for points in found:
            pose = self._pose.solve(points, width=width, height=height)
            faces.append(
                FaceObservation(
                    points=points,
                    scores=self._blendshapes.score(points),
                    pitch_deg=pose.pitch_deg,
                    yaw_deg=pose.yaw_deg,
                    roll_deg=pose.roll_deg,
                )
            )
        return tuple(sorted(faces, key=lambda face: face.area_px, reverse=True))


def _take(weights_path: Path) -> _Networks:
    """Networks that are free, or new ones: to load them takes as long as ten frames."""
    file = weights_path.stat()
    version = (weights_path, file.st_mtime_ns, file.st_size)
    with _hand_over:
        if _free and _free[-1].version == version:
            return _free.pop()
    return _Networks(Bundle.read(weights_path), version)


def _leave(networks: _Networks) -> None:
    with _hand_over:
        _free.append(networks)
        del _free[:-_MOST_FREE]


def _require_rgb(image_rgb: ImageRgb) -> None:
    if image_rgb.dtype != np.uint8 or image_rgb.ndim != 3 or image_rgb.shape[2] != 3:
        raise ValueError(f"image must be uint8 (h, w, 3), not {image_rgb.dtype} {image_rgb.shape}")
