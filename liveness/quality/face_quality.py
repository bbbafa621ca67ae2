"""How good one picture of a face is for comparison: a score with named parts.

The parts follow the ideas of ISO/IEC 29794-5 (each from 0 to 100, higher is better, and one unified score
over them), not its algorithms: several of those need networks that are not free of weight (docs/adr/0009).
Scores rank the frames of one clip and tell a reviewer why; they are not those of the standard.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from liveness.observation.observer import FrameNotes
from liveness.observation.signals import Signals
from liveness.quality.framing import measure_glare
from models.alignment import ARCFACE_TEMPLATE, similarity
from models.comparison import Probe

SIDE: Final = 160
"""Every face is measured at one size and place: that of the comparison's template, larger, with a border."""

_SCALE = SIDE / 112 * 0.9
_POINTS: Final = (ARCFACE_TEMPLATE * _SCALE + SIDE * 0.05).astype(np.float32)

WEIGHTS: Final = {
    "yaw": 2.0,
    "pitch": 1.0,
    "roll": 0.5,
    "eyes_open": 2.0,
    "mouth_closed": 1.5,
    "expression_neutrality": 1.0,
    "sharpness": 2.0,
    "illumination_uniformity": 1.0,
    "over_exposure_prevention": 1.0,
    "under_exposure_prevention": 1.0,
    "dynamic_range": 0.5,
    "compression": 0.5,
    "eye_distance": 1.0,
    "glare_prevention": 1.0,
    "lower_face_uncovered": 0.5,
}
"""How much each part weighs in the unified score."""

LEAST_UNIFIED: Final = 30
LEAST_PART: Final = {"yaw": 20, "pitch": 10, "eyes_open": 25, "mouth_closed": 25, "sharpness": 5}
"""A frame below one of these is not compared, however good its other parts are."""

_FULL_EYE_DISTANCE_PX = 90.0
_SHARP = 60.0
_FLAT_LEVELS = 0.6
_TILE = 4
_WASHED_OUT = 247


@dataclass(frozen=True, slots=True)
class Rest:
    """What a person's own neutral face measures in this clip: openness of eyes and mouth, smile."""

    eye: float
    mouth: float
    smile: float

    @classmethod
    def of(cls, signals: Signals) -> "Rest":
        """Read it from the signals of a clip; narrow eyes are open eyes."""
        seen = signals.only_seen
        if not len(seen):
            return cls(0.3, 0.0, 0.0)
        eyes = (seen.right_eye + seen.left_eye) / 2
        return cls(
            eye=max(float(np.quantile(eyes, 0.7)), 1e-3),
            mouth=float(np.quantile(seen.mouth, 0.1)),
            smile=float(np.quantile(seen.smile, 0.1)),
        )


@dataclass(frozen=True, slots=True)
class FaceQuality:
    """The unified score and its parts, integers from 0 to 100, higher is better."""

    unified: int
    parts: Mapping[str, int] = field(repr=False)

    def __post_init__(self) -> None:
        if set(self.parts) != set(WEIGHTS):
            raise ValueError("a face's quality has all of its parts and no other")
        if not all(0 <= value <= 100 for value in (self.unified, *self.parts.values())):
            raise ValueError("scores lie between 0 and 100")

    @property
    def fit(self) -> bool:
        """Whether the picture may be compared with a portrait."""
        return self.unified >= LEAST_UNIFIED and not self.too_low

    @property
    def too_low(self) -> tuple[str, ...]:
        """The parts that keep the picture from being compared, the worst first."""
        low = [name for name, least in LEAST_PART.items() if self.parts[name] < least]
        return tuple(sorted(low, key=lambda name: self.parts[name] - LEAST_PART[name]))


def measure_face(note: FrameNotes, rest: Rest) -> FaceQuality:
    """Measure one frame whose head was kept. Raises ValueError where it was not."""
    if note.head is None or note.quality is None:
        raise ValueError("this frame shows no face")
    probe = note.head.probe()
    parts = _posture(note, rest) | _picture(probe)
    parts["eye_distance"] = min(1.0, note.quality.eye_distance_px / _FULL_EYE_DISTANCE_PX)
    return score(parts)


def score(parts: Mapping[str, float]) -> FaceQuality:
    """Put parts, each in [0, 1], together: the weighted geometric mean, so that one bad part is felt."""
    logs = sum(weight * float(np.log(max(parts[name], 0.01))) for name, weight in WEIGHTS.items())
    unified = float(np.exp(logs / sum(WEIGHTS.values())))
    return FaceQuality(
        unified=_percent(unified), parts={name: _percent(value) for name, value in parts.items()}
    )


def _posture(note: FrameNotes, rest: Rest) -> dict[str, float]:
    sample = note.sample
    eye = min(sample.right_eye, sample.left_eye) / rest.eye
    blink = max(sample.right_blink, sample.left_blink)
    return {
        "yaw": _bell(sample.yaw_deg, 15.0),
        "pitch": _bell(sample.pitch_deg, 22.0),
        "roll": _bell(sample.roll_deg, 20.0),
        "eyes_open": _ramp(eye, 0.4, 0.9) * (1.0 - _ramp(blink, 0.4, 0.9)),
        "mouth_closed": 1.0 - _ramp(sample.mouth - rest.mouth, 0.03, 0.3),
        "expression_neutrality": 1.0 - 0.8 * _ramp(sample.smile - rest.smile, 0.1, 0.8),
    }


def _picture(probe: Probe) -> dict[str, float]:
    matrix = similarity(probe.five_points, _POINTS)
    face = np.asarray(cv2.warpAffine(probe.image, matrix, (SIDE, SIDE), flags=cv2.INTER_AREA), np.uint8)
    grey = np.asarray(cv2.cvtColor(face, cv2.COLOR_BGR2GRAY), np.uint8)
    oval = grey[_rows(0.16, 0.96), _columns(0.12, 0.88)]
    right, left = grey[_rows(0.2, 0.88), _columns(0.14, 0.48)], grey[_rows(0.2, 0.88), _columns(0.52, 0.86)]
    sharpness = float(cv2.Laplacian(np.ascontiguousarray(oval), cv2.CV_32F).var())
    glare = measure_glare(
        np.asarray(cv2.cvtColor(probe.image, cv2.COLOR_BGR2RGB), np.uint8), probe.five_points
    )
    return {
        "sharpness": sharpness / (sharpness + _SHARP),
        "illumination_uniformity": _shared(right, left),
        "over_exposure_prevention": 1.0 - _ramp(float((oval >= _WASHED_OUT).mean()), 0.02, 0.5),
        "under_exposure_prevention": 1.0 - _ramp(float((oval <= 25).mean()), 0.05, 0.6),
        "dynamic_range": _ramp(_entropy(oval), 4.0, 7.0),
        "compression": 1.0 - _ramp(_flat_share(oval), 0.05, 0.25),
        "glare_prevention": 1.0 - _ramp(0.0 if np.isnan(glare) else glare, 0.01, 0.3),
        "lower_face_uncovered": 1.0 - _ramp(_colour_step(face), 12.0, 45.0),
    }


def _shared(one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> float:
    """How much of the light of two halves is alike: the common part of their histograms."""
    both = [np.histogram(half, bins=32, range=(0, 256))[0] / half.size for half in (one, other)]
    return _ramp(float(np.minimum(*both).sum()), 0.1, 0.7)


def _entropy(grey: npt.NDArray[np.uint8]) -> float:
    shares = np.bincount(grey.ravel(), minlength=256) / grey.size
    used = shares[shares > 0]
    return float(-(used * np.log2(used)).sum())


def _flat_share(grey: npt.NDArray[np.uint8]) -> float:
    """Share of tiles in which strong compression has left no detail at all."""
    rows, columns = grey.shape[0] // _TILE * _TILE, grey.shape[1] // _TILE * _TILE
    tiles = grey[:rows, :columns].reshape(rows // _TILE, _TILE, columns // _TILE, _TILE).astype(np.float32)
    lit = tiles.mean(axis=(1, 3)) < _WASHED_OUT
    return float(((tiles.std(axis=(1, 3)) < _FLAT_LEVELS) & lit).mean())


def _colour_step(face_bgr: npt.NDArray[np.uint8]) -> float:
    """How far the colour of the lower face is from that of the upper: a mask or scarf shows in it."""
    tint = cv2.cvtColor(face_bgr, cv2.COLOR_BGR2YCrCb)  # Lab would build large tables first
    upper = np.median(tint[_rows(0.5, 0.62), _columns(0.25, 0.75)], axis=(0, 1))
    lower = np.median(tint[_rows(0.9, 0.99), _columns(0.38, 0.62)], axis=(0, 1))
    return float(np.hypot(lower[1] - upper[1], lower[2] - upper[2]))


def _rows(top: float, bottom: float) -> slice:
    return slice(round(top * SIDE), round(bottom * SIDE))


_columns = _rows


def _bell(angle_deg: float, width_deg: float) -> float:
    return float(np.exp(-0.5 * (angle_deg / width_deg) ** 2))


def _ramp(value: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high` on, straight between."""
    return float(np.clip((value - low) / (high - low), 0.0, 1.0))


def _percent(share: float) -> int:
    return round(100 * min(1.0, max(0.0, share)))
