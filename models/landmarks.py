"""Landmarks, expression scores and head pose of the faces in a picture, by MediaPipe's face networks."""

from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from models.detection import overlap
from models.mesh.blendshapes import NAMES, BlendshapeNetwork
from models.mesh.bundle import Bundle
from models.mesh.face_detector import ShortRangeDetector
from models.mesh.face_mesh import POINTS, FaceMesh, has_extent, next_region
from models.mesh.pose import PoseSolver
from models.mesh.region import Region

ImageRgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

BLENDSHAPES: Final = len(NAMES)
MAX_FACES: Final = 2
"""Two are looked for, since a landmarker that looks for one hides a second person."""

SEARCH_STEP_MS: Final = 500
"""While a face is followed, the whole picture is searched for another this often."""

LEAST_PRESENCE: Final = 0.5
"""Presence in [0, 1] below which a region shows no face; MediaPipe's default."""

_SAME_FACE_IOU = 0.5
_SAME_FACE_SHIFT = 0.35

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

    A face found once is followed by its own landmarks; the whole picture is searched when no face is left,
    and every SEARCH_STEP_MS for a second one. The same frames give the same numbers.
    Raises FileNotFoundError where the weights are not, BundleUnreadable where they are something else.
    """

    def __init__(self, weights_path: Path) -> None:
        self._networks = _Networks(Bundle.read(weights_path))
        self._regions: tuple[Region, ...] = ()
        self._last_ms = -1
        self._search_due_ms = 0

    def detect(self, image_rgb: ImageRgb, timestamp_ms: int) -> tuple[FaceObservation, ...]:
        """Find up to two faces, largest first, in uint8 RGB (h, w, 3); timestamps must increase strictly."""
        if timestamp_ms <= self._last_ms:
            raise ValueError(f"timestamps must increase: {timestamp_ms} ms after {self._last_ms} ms")
        self._last_ms = timestamp_ms
        _require_rgb(image_rgb)
        faces = self._networks.follow(image_rgb, self._regions)
        due = timestamp_ms >= self._search_due_ms and len(faces) < MAX_FACES
        if due or not faces:
            self._search_due_ms = timestamp_ms + SEARCH_STEP_MS
            faces = self._networks.search(image_rgb, faces)
        self._regions = tuple(next_region(face.points) for face in faces)
        return _largest_first(faces)

    def close(self) -> None:
        """Forget the face that was followed."""
        self._regions = ()

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
    return _largest_first(_Networks(Bundle.read(weights_path)).search(image_rgb, []))


_BLENDSHAPE_INDEX: Final = {name: index for index, name in enumerate(NAMES)}


class _Networks:
    """The three networks and the pose solver of one bundle, one after the other."""

    def __init__(self, bundle: Bundle) -> None:
        self._detector = ShortRangeDetector(bundle.detector)
        self._mesh = FaceMesh(bundle.landmarks)
        self._blendshapes = BlendshapeNetwork(bundle.blendshapes)
        self._pose = PoseSolver(bundle.canonical)

    def follow(self, image_rgb: ImageRgb, regions: tuple[Region, ...]) -> list[FaceObservation]:
        """The faces in the regions of one frame before, each once."""
        return self._observe(image_rgb, [self._mesh.follow(image_rgb, region) for region in regions])

    def search(self, image_rgb: ImageRgb, known: list[FaceObservation]) -> list[FaceObservation]:
        """The known faces, and those found elsewhere in the whole picture, at most MAX_FACES."""
        held = [next_region(face.points) for face in known]
        sightings = self._detector.detect(image_rgb, most=MAX_FACES)
        fresh = tuple(seen.region for seen in sightings if not any(_is_same(seen.region, at) for at in held))
        found = [
            face
            for face in self._observe(image_rgb, [self._mesh.place(image_rgb, region) for region in fresh])
            if all(overlap(face.box, other.box) < _SAME_FACE_IOU for other in known)
        ]
        return [*known, *found][:MAX_FACES]

    def _observe(self, image_rgb: ImageRgb, placed: list[tuple[Floats, float]]) -> list[FaceObservation]:
        faces: list[FaceObservation] = []
        for points, presence in placed:
            if presence < LEAST_PRESENCE or not has_extent(points):
                continue
            face = self._face(points, image_rgb)
            if all(overlap(face.box, other.box) < _SAME_FACE_IOU for other in faces):
                faces.append(face)
        return faces

    def _face(self, points: Floats, image_rgb: ImageRgb) -> FaceObservation:
        height, width = image_rgb.shape[:2]
        pose = self._pose.solve(points, width=width, height=height)
        return FaceObservation(
            points=points,
            scores=self._blendshapes.score(points),
            pitch_deg=pose.pitch_deg,
            yaw_deg=pose.yaw_deg,
            roll_deg=pose.roll_deg,
        )


def _is_same(seen: Region, held: Region) -> bool:
    """Whether a detection lies where a face is followed already."""
    shift = np.hypot(seen.centre_x - held.centre_x, seen.centre_y - held.centre_y)
    return bool(shift < _SAME_FACE_SHIFT * held.width)


def _largest_first(faces: list[FaceObservation]) -> tuple[FaceObservation, ...]:
    return tuple(sorted(faces, key=lambda face: face.area_px, reverse=True))


def _require_rgb(image_rgb: ImageRgb) -> None:
    if image_rgb.dtype != np.uint8 or image_rgb.ndim != 3 or image_rgb.shape[2] != 3:
        raise ValueError(f"image must be uint8 (h, w, 3), not {image_rgb.dtype} {image_rgb.shape}")
