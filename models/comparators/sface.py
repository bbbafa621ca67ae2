"""Face comparison on this machine by SFace, with portraits the office holds (see models/cards/sface.md)."""

import threading
from datetime import datetime, timedelta
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from models.alignment import SIDE, align
from models.comparison import Comparison, IdentityClaim, ImageBgr, Match, PortraitRegister, Probe
from models.errors import (
    ComparatorMisconfigured,
    ComparisonUndecided,
    FaceNotAligned,
    FaceNotFound,
    PictureUnreadable,
    PortraitUnavailable,
)
from models.loaded import LoadedNetwork, load_once
from models.pictures import read_face
from models.registry import ComparatorConfig
from models.weights import WeightStore

Embedding = npt.NDArray[np.float32]

FMR_BY_THRESHOLD: Final = {0.40: 0.0009, 0.45: 0.0002}
"""Cosine thresholds with the worst false match rate measured for each; only these may be chosen."""

DEFAULT_THRESHOLD: Final = 0.40

PREPARED_FOR: Final = timedelta(minutes=5)
MOST_PREPARED: Final = 64


class SfaceEmbedder:
    """SFace on OpenCV, loaded when first used, once for all in a process; safe to share between threads."""

    def __init__(self, weights: WeightStore) -> None:
        self._weights = weights
        self._network: LoadedNetwork | None = None

    def embed(self, aligned: ImageBgr) -> Embedding:
        """Embed one aligned face, uint8 BGR (112, 112, 3), into float32 (128,), unit length.

        The cosine of two lies in [-1, 1], higher is more alike. Raises FaceNotAligned.
        """
        if aligned.shape != (SIDE, SIDE, 3) or aligned.dtype != np.uint8:
            raise FaceNotAligned(f"An aligned face is uint8 ({SIDE}, {SIDE}, 3), not {aligned.shape}.")
        with self._load().alone() as network:
            vector = np.array(network.feature(aligned), np.float32).ravel()
        length = float(np.linalg.norm(vector))
        if not np.isfinite(length) or length == 0:
            raise FaceNotAligned
        return vector / np.float32(length)

    def ready(self) -> None:
        """Load the network. Raises WeightsError where its weights are missing or differ."""
        self._load()

    def _load(self) -> LoadedNetwork:
        if self._network is None:
            self._network = load_once(
                self._weights.path("sface"), lambda file: cv2.FaceRecognizerSF.create(file, "")
            )
        return self._network


def cosine(one: Embedding, other: Embedding) -> float:
    """Likeness of two embeddings in [-1, 1]; higher is more alike."""
    return float(np.clip(np.dot(one, other), -1.0, 1.0))


class SfaceComparator:
    """Compares with the portrait of the claim, or where it has none with that of the office's register."""

    name = "sface"
    safe_in_production = True

    def __init__(self, config: ComparatorConfig) -> None:
        self._threshold = _threshold(config.only("threshold").get("threshold"))
        self._weights = config.weights
        self._register: PortraitRegister | None = config.register
        self._new_id = config.new_id
        self._embedder = SfaceEmbedder(config.weights)
        self._clock = config.clock
        self._prepared: dict[IdentityClaim, tuple[datetime, Embedding]] = {}
        self._preparing = threading.Lock()

    def prepare(self, claim: IdentityClaim) -> None:
        """Embed the portrait of a claim that will be compared once, within minutes. Raises as `compare`."""
        embedding, now = self._embed_portrait(self._portrait(claim)), self._clock()
        with self._preparing:
            fresh = {key: kept for key, kept in self._prepared.items() if now - kept[0] < PREPARED_FOR}
            self._prepared = {**dict(list(fresh.items())[-MOST_PREPARED:]), claim: (now, embedding)}

    def compare(self, probe: Probe, claim: IdentityClaim) -> Comparison:
        """Compare by cosine. Raises PortraitUnavailable, PersonUnknown, ComparisonUndecided."""
        reference = self._reference(claim)
        try:
            seen = self._embedder.embed(align(probe))
        except FaceNotAligned as error:
            raise ComparisonUndecided(f"The face in the video cannot be compared. {error}") from error
        score = cosine(seen, reference)
        return Comparison(
            match=Match.MATCHED if score >= self._threshold else Match.NOT_MATCHED,
            score=score,
            threshold=self._threshold,
            fmr=FMR_BY_THRESHOLD[self._threshold],
            backend=self.name,
            request_id=self._new_id(),
        )

    def check(self) -> None:
        """Load both networks' weights. Raises WeightsError."""
        self._weights.path("face_landmarker")
        self._embedder.ready()

    def _reference(self, claim: IdentityClaim) -> Embedding:
        with self._preparing:
            at, embedding = self._prepared.pop(claim, (None, None))
        if at is not None and embedding is not None and self._clock() - at < PREPARED_FOR:
            return embedding
        return self._embed_portrait(self._portrait(claim))

    def _portrait(self, claim: IdentityClaim) -> bytes:
        if claim.portrait is not None:
            return claim.portrait
        if self._register is None:
            raise PortraitUnavailable
        return self._register.portrait(claim)

    def _embed_portrait(self, portrait: bytes) -> Embedding:
        try:
            return self._embedder.embed(align(read_face(portrait, self._weights)))
        except (PictureUnreadable, FaceNotFound, FaceNotAligned) as error:
            raise PortraitUnavailable(f"The reference portrait cannot be used. {error}") from error


def _threshold(given: str | None) -> float:
    if given is None:
        return DEFAULT_THRESHOLD
    for known in FMR_BY_THRESHOLD:
        if given.strip() in (str(known), f"{known:.2f}"):
            return known
    measured = ", ".join(f"{known:.2f}" for known in FMR_BY_THRESHOLD)
    raise ComparatorMisconfigured(f"threshold must be one whose error rates were measured: {measured}.")


def build(config: ComparatorConfig) -> SfaceComparator:
    """Build from the option `threshold` (0.40 or 0.45)."""
    return SfaceComparator(config)
