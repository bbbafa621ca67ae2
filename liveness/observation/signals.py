"""The movements of one face over time, as plain arrays."""

import math
from dataclasses import dataclass, field, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from models.landmarks import FaceObservation

Array = npt.NDArray[np.float64]

# Outer corner, two points of the upper lid, inner corner, two of the lower lid (MediaPipe's mesh).
RIGHT_EYE: Final = (33, 160, 158, 133, 153, 144)
LEFT_EYE: Final = (263, 387, 385, 362, 380, 373)
INNER_LIPS: Final = (78, 13, 308, 14)
MOUTH_CORNERS: Final = (61, 291)
FOREHEAD: Final = 10
CHIN: Final = 152

_MEASURED: Final = np.array([*RIGHT_EYE, *LEFT_EYE, *INNER_LIPS, *MOUTH_CORNERS])
_PARTS: Final = ((0, 6), (6, 12), (12, 16), (16, 18))
_LEAST_PX: Final = 1e-6
_Place = list[float]


@dataclass(frozen=True, slots=True)
class Sample:
    """What one frame says of the face that is followed; numbers are NaN where `faces` is 0.

    right_eye, left_eye: height of the open eye over its width. mouth: gap between the lips over their width.
    mouth_width: distance of the corners of the mouth over that of the outer corners of the eyes.
    right_blink, left_blink, jaw, smile: MediaPipe scores in [0, 1]. Angles in degrees, pitch positive with
    the chin down.
    """

    time_ms: int
    faces: int
    right_eye: float = float("nan")
    left_eye: float = float("nan")
    right_blink: float = float("nan")
    left_blink: float = float("nan")
    mouth: float = float("nan")
    jaw: float = float("nan")
    smile: float = float("nan")
    mouth_width: float = float("nan")
    pitch_deg: float = float("nan")
    yaw_deg: float = float("nan")
    roll_deg: float = float("nan")


@dataclass(frozen=True, slots=True)
class Signals:
    """The samples of a clip as columns, float64 (n,), times in ms strictly increasing."""

    time_ms: Array = field(repr=False)
    faces: Array = field(repr=False)
    right_eye: Array = field(repr=False)
    left_eye: Array = field(repr=False)
    right_blink: Array = field(repr=False)
    left_blink: Array = field(repr=False)
    mouth: Array = field(repr=False)
    jaw: Array = field(repr=False)
    smile: Array = field(repr=False)
    mouth_width: Array = field(repr=False)
    pitch_deg: Array = field(repr=False)
    yaw_deg: Array = field(repr=False)
    roll_deg: Array = field(repr=False)

    def __post_init__(self) -> None:
        lengths = {len(getattr(self, column.name)) for column in fields(self)}
        if len(lengths) != 1:
            raise ValueError(f"columns of different length: {sorted(lengths)}")
        if len(self.time_ms) > 1 and not (np.diff(self.time_ms) > 0).all():
            raise ValueError("times must increase strictly")

    @classmethod
    def of(cls, samples: list[Sample]) -> "Signals":
        """Put samples side by side."""
        return cls(
            **{
                column.name: np.array([getattr(sample, column.name) for sample in samples], np.float64)
                for column in fields(cls)
            }
        )

    def __len__(self) -> int:
        return len(self.time_ms)

    @property
    def seen(self) -> npt.NDArray[np.bool_]:
        """Where a face was found."""
        return np.isfinite(self.pitch_deg)

    @property
    def only_seen(self) -> "Signals":
        """The same without the frames that show no face."""
        seen = self.seen
        return Signals(**{column.name: getattr(self, column.name)[seen] for column in fields(self)})


def sample_face(time_ms: int, faces: int, face: FaceObservation) -> Sample:
    """Measure one face."""
    places = face.points[_MEASURED, :2].tolist()  # plain numbers: one by one, numpy takes ten times as long
    right_eye, left_eye, lips, corners = (places[start:end] for start, end in _PARTS)
    return Sample(
        time_ms=time_ms,
        faces=faces,
        right_eye=_eye_openness(right_eye),
        left_eye=_eye_openness(left_eye),
        right_blink=face.score("EYE_BLINK_RIGHT"),
        left_blink=face.score("EYE_BLINK_LEFT"),
        mouth=_mouth_openness(lips),
        jaw=face.score("JAW_OPEN"),
        smile=(face.score("MOUTH_SMILE_LEFT") + face.score("MOUTH_SMILE_RIGHT")) / 2,
        mouth_width=math.dist(*corners) / max(math.dist(right_eye[0], left_eye[0]), _LEAST_PX),
        pitch_deg=face.pitch_deg,
        yaw_deg=face.yaw_deg,
        roll_deg=face.roll_deg,
    )


def _eye_openness(eye: list[_Place]) -> float:
    outer, upper_a, upper_b, inner, lower_b, lower_a = eye
    height = (math.dist(upper_a, lower_a) + math.dist(upper_b, lower_b)) / 2
    return height / max(math.dist(outer, inner), _LEAST_PX)


def _mouth_openness(lips: list[_Place]) -> float:
    right, upper, left, lower = lips
    return math.dist(upper, lower) / max(math.dist(right, left), _LEAST_PX)
