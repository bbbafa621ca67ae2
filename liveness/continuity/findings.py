"""What the track, second faces and the likeness along a clip say."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from liveness.continuity.sights import FaceSight
from liveness.observation.observer import Observations
from liveness.verdict import Reason


@dataclass(frozen=True, slots=True)
class ContinuityLimits:
    """rival_ms: how long a second face may be there. least_likeness: cosine that links looks at one person.

    On the labelled recordings the weakest link within a person is 0.53, the strongest between two 0.40.
    """

    rival_ms: int = 400
    rival_gap_ms: int = 700
    least_likeness: float = 0.45


@dataclass(frozen=True, slots=True)
class Drift:
    """How like the face at one moment is to that of the sight before it and to the whole clip, cosines."""

    time_ms: int
    to_last: float
    to_nearest: float
    broken: bool


@dataclass(frozen=True, slots=True)
class ContinuityFindings:
    """refusals keep a clip from being judged; breaches say that the person was exchanged."""

    refusals: tuple[Reason, ...]
    breaches: tuple[Reason, ...]
    drift: tuple[Drift, ...] = ()


def judge_continuity(
    seen: Observations, limits: ContinuityLimits, *, sights: Sequence[FaceSight]
) -> ContinuityFindings:
    """Look at the track, at second faces, and at the likeness of the face along the clip."""
    refusals = [Reason("continuity.jumped", at_ms=at_ms) for at_ms in seen.jumps_ms[:1]]
    rival_ms, at_ms = _longest_cluster(seen.rivals_ms, limits.rival_gap_ms)
    if rival_ms >= limits.rival_ms:
        refusals.append(
            Reason("quality.several_faces", at_ms=at_ms, measured=rival_ms, required=limits.rival_ms)
        )
    likeness, changed_ms = weakest_link(sights)
    breaches = (
        (
            Reason(
                "continuity.person_changed",
                at_ms=changed_ms,
                measured=round(likeness, 3),
                required=limits.least_likeness,
            ),
        )
        if likeness < limits.least_likeness
        else ()
    )
    return ContinuityFindings(refusals=tuple(refusals), breaches=breaches, drift=_drift(sights))


def weakest_link(sights: Sequence[FaceSight]) -> tuple[float, int | None]:
    """The weakest likeness that is needed to link all looks at the face, and when the first beyond it came.

    A head that turns differs from itself as much as from others, but every look is like some other one; an
    exchanged person's looks are like none of the first's, however short they were there. 1 where there are
    fewer than two looks.
    """
    if len(sights) < 2:
        return 1.0, None
    vectors = np.stack([sight.vector for sight in sights])
    likeness = vectors @ vectors.T
    linked, left = [0], set(range(1, len(sights)))
    weakest, beyond = 1.0, set(left)
    while left:
        among = likeness[np.ix_(linked, sorted(left))]
        nearest = sorted(left)[int(among.max(axis=0).argmax())]
        link = float(among.max())
        if link < weakest:
            weakest, beyond = link, set(left)
        linked.append(nearest)
        left.discard(nearest)
    return weakest, min(sights[index].time_ms for index in beyond)


def _drift(sights: Sequence[FaceSight]) -> tuple[Drift, ...]:
    found = []
    for before, sight in pairwise(sights):
        others = [float(sight.vector @ other.vector) for other in sights if other is not sight]
        found.append(
            Drift(
                time_ms=sight.time_ms,
                to_last=round(float(sight.vector @ before.vector), 3),
                to_nearest=round(max(others), 3),
                broken=sight.broken,
            )
        )
    return tuple(found)


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
