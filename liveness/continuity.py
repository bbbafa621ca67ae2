"""Is it one person, and nobody else, from the first frame to the last?"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from liveness.observation.observer import FrameNotes, Observations
from liveness.quality.portrait_frame import neutrality
from liveness.verdict import Reason
from models.alignment import align
from models.comparison import FaceEmbedder
from models.errors import FaceNotAligned


@dataclass(frozen=True, slots=True)
class ContinuityLimits:
    """rival_ms: how long a second face may be there. least_likeness: cosine between parts of one clip."""

    rival_ms: int = 400
    rival_gap_ms: int = 700
    least_likeness: float = 0.3
    parts: int = 3


@dataclass(frozen=True, slots=True)
class ContinuityFindings:
    """refusals keep a clip from being judged; breaches say that the person was exchanged."""

    refusals: tuple[Reason, ...]
    breaches: tuple[Reason, ...]


def judge_continuity(
    seen: Observations, limits: ContinuityLimits, *, embedder: FaceEmbedder | None
) -> ContinuityFindings:
    """Look at the track, at second faces, and at the likeness of the face along the clip."""
    refusals = [Reason("continuity.jumped", at_ms=at_ms) for at_ms in seen.jumps_ms[:1]]
    rival_ms, at_ms = _longest_cluster(seen.rivals_ms, limits.rival_gap_ms)
    if rival_ms >= limits.rival_ms:
        refusals.append(
            Reason("quality.several_faces", at_ms=at_ms, measured=rival_ms, required=limits.rival_ms)
        )
    breaches: list[Reason] = []
    if embedder is not None:
        likeness = least_likeness(seen, limits.parts, embedder)
        if likeness < limits.least_likeness:
            breaches.append(
                Reason(
                    "continuity.person_changed", measured=round(likeness, 3), required=limits.least_likeness
                )
            )
    return ContinuityFindings(refusals=tuple(refusals), breaches=tuple(breaches))


def least_likeness(seen: Observations, parts: int, embedder: FaceEmbedder) -> float:
    """The least cosine between the most neutral faces of equal parts of a clip; 1 where there is only one."""
    vectors: list[npt.NDArray[np.float32]] = []
    for part in np.array_split(np.arange(len(seen.notes)), parts):
        notes = [seen.notes[index] for index in part]
        best = max((note for note in notes if note.head is not None), key=neutrality, default=None)
        vector = _embed(best, embedder)
        if vector is not None:
            vectors.append(vector)
    return min(
        (float(np.dot(one, other)) for i, one in enumerate(vectors) for other in vectors[i + 1 :]),
        default=1.0,
    )


def _embed(note: FrameNotes | None, embedder: FaceEmbedder) -> npt.NDArray[np.float32] | None:
    if note is None or note.head is None:
        return None
    try:
        return embedder.embed(align(note.head.probe()))
    except FaceNotAligned:
        return None


def _longest_cluster(times_ms: tuple[int, ...], gap_ms: int) -> tuple[int, int]:
    """Length and start of the longest stretch of times no further apart than `gap_ms`."""
    best = (0, 0)
    start = times_ms[0] if times_ms else 0
    for before, after in pairwise(times_ms):
        if after - before > gap_ms:
            start = after
        elif after - start > best[0]:
            best = (after - start, start)
    return best
