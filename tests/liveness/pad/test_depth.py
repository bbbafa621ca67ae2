"""Depth in the movement of the face: heads against flat and bent pictures of heads, in any turn."""

from types import SimpleNamespace

import numpy as np
import pytest

from liveness.observation.observer import RIGID_POINTS
from liveness.observation.signals import Sample
from liveness.pad.depth import Pose, canonical_head, measure_depth, turn_deg, turned_pairs
from liveness.verdict import Action, ActionEvent

EYES_PX = 110.0
CAMERA = 6.0
"""Distance of the camera from the head, in distances of the eyes."""

NOD = ActionEvent(Action.NOD, 0, 1000, 2000, 15.0, 10.0, "deg")


def note(time_ms, pitch_deg, yaw_deg=0.0, *, shape, noise=0.0, eyes_px=EYES_PX, random=None):
    """A frame of a shape turned by angles, seen in perspective; noise in shares of the eyes' distance."""
    pitch, yaw = np.radians([pitch_deg, yaw_deg])
    up = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    side = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    turned = shape @ (side @ up).T
    flat = turned[:, :2] * [1, -1] * (CAMERA / (CAMERA - turned[:, 2:]))
    if random is not None:
        flat = flat + random.normal(0, noise, flat.shape)
    sample = Sample(time_ms=time_ms, faces=1, pitch_deg=pitch_deg, yaw_deg=yaw_deg, roll_deg=0.0)
    rigid = (300 + eyes_px * flat).astype(np.float32)
    return SimpleNamespace(time_ms=time_ms, rigid=rigid, sample=sample)


def clip(shape, *, pitch=15.0, yaw=0.0, noise=0.004, frames=40, eyes_px=EYES_PX, told=1.0):
    """A clip of a shape that swings; `told` is the share of its turn that the pose reads."""
    random = np.random.default_rng(4)
    notes = []
    for index in range(frames):
        swing = np.sin(2 * np.pi * index / 20)
        frame = note(
            66 * index, pitch * swing, yaw * swing, shape=shape, noise=noise, eyes_px=eyes_px, random=random
        )
        frame.sample = Sample(
            time_ms=66 * index,
            faces=1,
            pitch_deg=told * pitch * swing,
            yaw_deg=told * yaw * swing,
            roll_deg=0.0,
        )
        notes.append(frame)
    return SimpleNamespace(notes=notes)


def flat():
    return canonical_head() * [1, 1, 0]


def rolled(radius=1.4, *, lying=False):
    """A sheet bent about an upright axis, or a lying one."""
    sheet = flat()
    along = sheet[:, 1 if lying else 0]
    sheet[:, 2] = -radius * (1 - np.cos(along / radius))
    return sheet


@pytest.mark.parametrize(("pitch", "yaw"), [(15, 0), (-15, 0), (0, 20), (10, 10)])
def test_a_head_shows_its_depth_in_any_turn(pitch, yaw):
    measured = measure_depth(clip(canonical_head(), pitch=pitch, yaw=yaw), [])
    assert measured.value == pytest.approx(1.0, abs=0.2)
    assert measured.looks >= 20


@pytest.mark.parametrize("shape", [flat(), rolled(), rolled(0.9), rolled(lying=True)])
@pytest.mark.parametrize(("pitch", "yaw"), [(30, 0), (0, 35)])
def test_a_picture_shows_none_however_it_is_bent(shape, pitch, yaw):
    measured = measure_depth(clip(shape, pitch=pitch, yaw=yaw, told=0.5), [])
    assert measured.value == pytest.approx(0.0, abs=0.3)


def test_noise_alone_gives_neither_head_nor_plane_away():
    heads = [measure_depth(clip(canonical_head(), noise=noise), []).value for noise in (0.0, 0.01, 0.02)]
    assert heads == pytest.approx([heads[0]] * 3, abs=0.2)


@pytest.mark.parametrize("events", [(), (NOD,)])
def test_a_small_movement_tells_nothing_and_a_nod_makes_it_expected(events):
    measured = measure_depth(clip(canonical_head(), pitch=2), events)
    assert measured.value is None
    assert measured.expected is bool(events)


def test_a_face_too_small_tells_nothing():
    assert measure_depth(clip(canonical_head(), eyes_px=20), []).value is None


def test_frames_without_a_face_are_left_out():
    seen = clip(canonical_head())
    for frame in seen.notes[::3]:
        frame.rigid = None
    assert measure_depth(seen, []).value == pytest.approx(1.0, abs=0.2)


def test_pairs_are_turned_in_order_and_no_frame_is_used_too_often():
    poses = [pose for frame in clip(canonical_head()).notes if (pose := Pose.of(frame)) is not None]
    pairs = turned_pairs(poses)
    used = [pose.time_ms for pair in pairs for pose in pair]
    assert all(6 <= turn_deg(one, two) <= 14 for one, two in pairs)
    assert all(one.time_ms < two.time_ms for one, two in pairs)
    assert max(used.count(time_ms) for time_ms in used) <= 3


def test_the_head_holds_the_rigid_points_in_their_order():
    head = canonical_head()
    assert head.shape == (len(RIGID_POINTS), 3)
    nose, temple = RIGID_POINTS.index(4), RIGID_POINTS.index(234)
    assert head[nose, 2] > head[temple, 2]
    assert head[RIGID_POINTS.index(10), 1] > head[nose, 1]
