"""One person throughout."""

import cv2
import numpy as np

from liveness.continuity import ContinuityLimits, judge_continuity
from liveness.observation.observer import Observations
from liveness.observation.picture import HeadPicture
from models.alignment import ARCFACE_TEMPLATE
from tests.liveness.builders import make_observations

LIMITS = ContinuityLimits()


class EmbedBrightness:
    """Takes light pictures for one person and dark ones for another."""

    def embed(self, aligned):
        vector = np.zeros(128, np.float32)
        vector[0 if aligned.mean() > 128 else 1] = 1.0
        return vector


def paint_heads(observations: Observations, levels: dict[range, int]) -> Observations:
    """Give every frame a head of one grey level."""
    from dataclasses import replace

    notes = []
    for index, note in enumerate(observations.notes):
        level = next(level for frames, level in levels.items() if index in frames)
        jpeg = cv2.imencode(".jpg", np.full((112, 112, 3), level, np.uint8))[1].tobytes()
        notes.append(replace(note, head=HeadPicture(note.time_ms, jpeg, ARCFACE_TEMPLATE)))
    return replace(observations, notes=tuple(notes))


def test_a_steady_track_of_one_face_has_no_findings():
    seen = paint_heads(make_observations(), {range(1000): 200})
    found = judge_continuity(seen, LIMITS, embedder=EmbedBrightness())
    assert (found.refusals, found.breaches) == ((), ())


def test_another_person_in_the_last_part_is_a_breach():
    seen = paint_heads(make_observations(), {range(60): 200, range(60, 1000): 40})
    found = judge_continuity(seen, LIMITS, embedder=EmbedBrightness())
    assert [reason.code for reason in found.breaches] == ["continuity.person_changed"]


def test_a_jump_is_refused():
    found = judge_continuity(make_observations(jumps_ms=(1200,)), LIMITS, embedder=None)
    assert [(reason.code, reason.at_ms) for reason in found.refusals] == [("continuity.jumped", 1200)]


def test_a_second_face_is_refused_once_it_stays():
    glimpse = judge_continuity(make_observations(rivals_ms=(1000, 3000)), LIMITS, embedder=None)
    assert glimpse.refusals == ()
    stays = judge_continuity(make_observations(rivals_ms=(1000, 1500, 2000)), LIMITS, embedder=None)
    assert [reason.code for reason in stays.refusals] == ["quality.several_faces"]
