"""What the track, second faces and the likeness along a clip say."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from liveness.continuity.sights import FaceSight, Sightings
from liveness.continuity.stretches import stretches
from liveness.observation.observer import Observations
from liveness.verdict import ActionEvent, Reason

TOO_MANY_BREAKS: Final = "continuity.too_many_breaks"
UNMEASURED: Final = "continuity.unmeasured"
UNWATCHED: Final = "continuity.unwatched"

LEAST_LOOKS: Final = 2


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
    """What is said of the person.

    refusals keep a clip from being judged; breaches say that the person was exchanged; doubts say why it is
    not known that nobody was.
    """

    refusals: tuple[Reason, ...]
    breaches: tuple[Reason, ...]
    doubts: tuple[Reason, ...] = ()
    drift: tuple[Drift, ...] = ()


def judge_continuity(
    seen: Observations,
    limits: ContinuityLimits,
    *,
    sightings: Sightings,
    matched: Sequence[ActionEvent] = (),
) -> ContinuityFindings:
    """Look at the track, at second faces, and at the likeness of the face along the clip.

    matched: the movements that answer the challenge; each must be of a person who was looked at.
    """
    refusals = [Reason("continuity.jumped", at_ms=at_ms) for at_ms in seen.jumps_ms[:1]]
    rival_ms, at_ms = _longest_cluster(seen.rivals_ms, limits.rival_gap_ms)
    if rival_ms >= limits.rival_ms:
        refusals.append(
            Reason("quality.several_faces", at_ms=at_ms, measured=rival_ms, required=limits.rival_ms)
        )
    breaches: tuple[Reason, ...] = ()
    likeness, changed_ms = weakest_link([sight for sight in sightings.sights if not sight.turned])
    if likeness < limits.least_likeness:
        changed = Reason(
            "continuity.person_changed",
            at_ms=changed_ms,
            measured=round(likeness, 3),
            required=limits.least_likeness,
        )
        breaches = (changed,)
    return ContinuityFindings(
        refusals=tuple(refusals),
        breaches=breaches,
        doubts=tuple(_doubts(limits, sightings, matched, likeness)),
        drift=() if math.isnan(likeness) else _drift(sightings.sights),
    )


def weakest_link(sights: Sequence[FaceSight]) -> tuple[float, int | None]:
    """The weakest likeness that is needed to link all looks at the face, and when the first beyond it came.

    A head that turns differs from itself as much as from others, but every look is like some other one; an
    exchanged person's looks are like none of the first's, however short they were there. No number where
    there are not two moments to compare, or a look is no number itself.
    """
    vectors = np.array([sight.vector for sight in sights])
    if len({sight.time_ms for sight in sights}) < LEAST_LOOKS or not np.isfinite(vectors).all():
        return math.nan, None
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


def _doubts(
    limits: ContinuityLimits, sightings: Sightings, matched: Sequence[ActionEvent], likeness: float
) -> Iterator[Reason]:
    """Why it is not known that one person was there, and did what was asked."""
    if sightings.overlooked_ms:
        yield Reason(
            TOO_MANY_BREAKS,
            at_ms=sightings.overlooked_ms[0],
            measured=len(sightings.breaks_ms),
            required=len(sightings.breaks_ms) - len(sightings.overlooked_ms),
        )
    if math.isnan(likeness):
        yield Reason(UNMEASURED)
        return
    for event in sorted(matched, key=lambda item: item.start_ms):
        if not all(stretch.is_known(limits.least_likeness) for stretch in stretches(sightings, event)):
            yield Reason(UNWATCHED, at_ms=event.start_ms)
            return


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
