"""Which pictures of the head are kept, and which of them stands for a moment."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from liveness.inspection import sample_video
from liveness.observation.heads import HEAD_STEP_MS, HeadPlan
from liveness.observation.signals import Sample
from liveness.synthesis import make_clip
from liveness.verdict import Action
from liveness.video.limits import VideoLimits

STILL = Sample(
    time_ms=0,
    faces=1,
    right_eye=0.3,
    left_eye=0.3,
    right_blink=0.1,
    left_blink=0.1,
    mouth=0.02,
    jaw=0.0,
    smile=0.1,
    mouth_width=0.5,
    pitch_deg=2.0,
    yaw_deg=-1.0,
    roll_deg=0.0,
)


def test_a_face_that_rests_is_kept_four_times_a_second():
    plan = HeadPlan()
    kept = [at for at in range(0, 1000, 50) if plan.wants(replace(STILL, time_ms=at))]
    assert kept == [0, HEAD_STEP_MS, 2 * HEAD_STEP_MS, 3 * HEAD_STEP_MS]


@pytest.mark.parametrize(
    "moved",
    [
        {"right_blink": 0.4},
        {"left_blink": 0.4},
        {"mouth": 0.1},
        {"smile": 0.5},
        {"pitch_deg": 8.0},
        {"yaw_deg": 5.0},
        {"roll_deg": -5.0},
    ],
)
def test_a_face_that_moves_is_kept_at_once(moved):
    plan = HeadPlan()
    assert plan.wants(STILL)
    assert not plan.wants(replace(STILL, time_ms=40))
    assert plan.wants(replace(STILL, time_ms=80, **moved))
    assert not plan.wants(replace(STILL, time_ms=120, **moved))


@pytest.mark.slow
def test_every_moment_of_a_clip_has_a_picture_near_that_shows_it(weights, tmp_path):
    clip = make_clip(tmp_path / "clip.mp4", actions=[Action.BLINK])
    seen, _ = sample_video(Path(clip.path), weights=weights, limits=VideoLimits())
    kept = [note for note in seen.notes if note.head is not None]
    assert len(kept) < 0.7 * len(seen.notes)
    shut = max(seen.notes, key=lambda note: note.sample.right_blink)
    head = seen.head_at(shut.time_ms)
    assert head is not None
    (shown,) = (note for note in kept if note.time_ms == head.time_ms)
    assert shown.sample.right_blink == pytest.approx(shut.sample.right_blink, abs=0.15)
    for note in seen.notes:
        near = seen.head_at(note.time_ms)
        assert near is not None
        assert abs(near.time_ms - note.time_ms) <= HEAD_STEP_MS
    assert np.diff([note.time_ms for note in kept]).max() <= 2 * HEAD_STEP_MS
    assert seen.head_at(seen.duration_ms + 1000) is None
