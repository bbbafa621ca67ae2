"""One person, and nobody else, from the first frame to the last."""

from liveness.continuity.findings import ContinuityFindings, ContinuityLimits, Drift, judge_continuity
from liveness.continuity.sights import FaceSight, Sightings
from liveness.continuity.watch import FaceWatch, add_sight, find_sights

__all__ = [
    "ContinuityFindings",
    "ContinuityLimits",
    "Drift",
    "FaceSight",
    "FaceWatch",
    "Sightings",
    "add_sight",
    "find_sights",
    "judge_continuity",
]
