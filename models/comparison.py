"""The words of face comparison: who is claimed, what was seen, what came out."""

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt

ImageBgr = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float32]


class DocumentType(StrEnum):
    """Kinds of identity document a claim may name."""

    RESIDENT_ID = "resident_id"
    PASSPORT = "passport"
    HK_MACAO_PERMIT = "hk_macao_permit"
    TAIWAN_PERMIT = "taiwan_permit"


class Match(StrEnum):
    """What a comparison decided. Anything undecided is an error, never a member of this enum."""

    MATCHED = "matched"
    NOT_MATCHED = "not_matched"


@dataclass(frozen=True, slots=True)
class Probe:
    """One face as the camera saw it.

    image: uint8 BGR (h, w, 3). five_points: float32 (5, 2) in pixels of the image, in the order right eye,
    left eye, nose tip, right mouth corner, left mouth corner, where right is the person's own right
    (the smaller x in an unmirrored picture).
    """

    image: ImageBgr = field(repr=False)
    five_points: Points = field(repr=False)

    def __post_init__(self) -> None:
        if self.image.dtype != np.uint8 or self.image.ndim != 3 or self.image.shape[2] != 3:
            raise ValueError(f"image must be uint8 (h, w, 3), not {self.image.dtype} {self.image.shape}")
        if self.five_points.shape != (5, 2) or not np.isfinite(self.five_points).all():
            raise ValueError(f"five_points must be finite (5, 2), not {self.five_points.shape}")


@dataclass(frozen=True, slots=True)
class IdentityClaim:
    """Who a person says they are. `portrait` is an encoded JPEG or PNG that the office itself holds."""

    document_type: DocumentType
    document_number: str = field(repr=False)
    name: str = field(repr=False)
    portrait: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.document_number.strip() or not self.name.strip():
            raise ValueError("a claim needs a document number and a name")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One decided comparison.

    score and threshold are on the backend's own scale, higher is more alike, and are never reused across
    backends. fmr is the false match rate the backend states for its threshold, in [0, 1].
    """

    match: Match
    score: float
    threshold: float
    fmr: float
    backend: str
    request_id: str

    def __post_init__(self) -> None:
        if not (math.isfinite(self.score) and math.isfinite(self.threshold)):
            raise ValueError("a comparison has a score and a threshold that are finite")
        if self.match is Match.MATCHED and self.score < self.threshold:
            raise ValueError("a score below the threshold is no match")


class FaceComparator(Protocol):
    """Compares a probe with the person a claim names. Raises ComparisonUndecided, and never guesses."""

    @property
    def name(self) -> str: ...

    @property
    def safe_in_production(self) -> bool: ...

    def compare(self, probe: Probe, claim: IdentityClaim) -> Comparison: ...

    def check(self) -> None:
        """Return when the backend is ready to answer; raise ModelsError where not. Sends no personal data."""
        ...


class PortraitRegister(Protocol):
    """A register of reference portraits the office holds itself."""

    def portrait(self, claim: IdentityClaim) -> bytes:
        """Give the encoded portrait of the claimed person. Raises PersonUnknown."""
        ...


class FaceEmbedder(Protocol):
    """Turns an aligned face into a vector of unit length."""

    def embed(self, aligned: ImageBgr) -> npt.NDArray[np.float32]:
        """Embed one aligned face, uint8 BGR (112, 112, 3), into float32 (128,). Raises FaceNotAligned."""
        ...
