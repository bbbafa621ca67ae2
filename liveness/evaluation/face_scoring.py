"""Likeness of pairs of pictures by the network that the service uses. Runs in a process of its own."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from liveness.evaluation.faces import Pair, ScoredPair
from models.alignment import align
from models.comparators.sface import FMR_BY_THRESHOLD, SfaceEmbedder, cosine
from models.errors import FaceNotAligned, FaceNotFound, PictureUnreadable
from models.pictures import read_face
from models.weights import WeightStore

Vector = npt.NDArray[np.float32]
THRESHOLDS: Final = tuple(sorted(FMR_BY_THRESHOLD))
BACKEND: Final = "sface"


def embed_pictures(paths: Sequence[Path], weights_dir: Path) -> dict[str, Vector]:
    """Embed the one face of each picture, by its path; what has not exactly one usable face is left out."""
    weights = WeightStore(weights_dir)
    embedder = SfaceEmbedder(weights)
    found = {}
    for path in paths:
        try:
            found[str(path)] = embedder.embed(align(read_face(path.read_bytes(), weights)))
        except (PictureUnreadable, FaceNotFound, FaceNotAligned):
            continue
    return found


def score_pairs(folder: Path, pairs: Sequence[Pair], vectors: Mapping[str, Vector]) -> tuple[ScoredPair, ...]:
    """Give each pair its cosine in [-1, 1], higher is more alike; NaN where a picture has no vector."""
    scored = []
    for pair in pairs:
        one, other = vectors.get(str(folder / pair.one)), vectors.get(str(folder / pair.other))
        scored.append(ScoredPair(pair, math.nan if one is None or other is None else cosine(one, other)))
    return tuple(scored)
