"""Stretches of a clip in which the face stays the same one, and whether it is known whose it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from liveness.continuity.sights import FaceSight, Sightings
from liveness.verdict import ActionEvent


@dataclass(frozen=True, slots=True)
class Stretch:
    """What lies between two breaks. inside: the looks in it; elsewhere: frontal ones of the whole clip."""

    inside: tuple[FaceSight, ...]
    frontal: tuple[FaceSight, ...]

    def is_known(self, least_likeness: float) -> bool:
        """Whether somebody was looked at here, and every look at a turned head is like one from the front.

        That frontal looks are of one person is judged for the whole clip.
        """
        turned = [sight for sight in self.inside if sight.turned]
        return bool(self.inside) and all(
            any(float(sight.vector @ other.vector) >= least_likeness for other in self.frontal)
            for sight in turned
        )


def stretches(sightings: Sightings, event: ActionEvent) -> Iterator[Stretch]:
    """Those that a movement reaches into, at least one."""
    frontal = tuple(sight for sight in sightings.sights if not sight.turned)
    edges = (float("-inf"), *sightings.breaks_ms, float("inf"))
    for begins, ends in pairwise(edges):
        if begins <= event.end_ms and event.start_ms < ends:
            inside = tuple(sight for sight in sightings.sights if begins <= sight.time_ms < ends)
            yield Stretch(inside, frontal)
