"""The pose of a head from its points: made by turning the canonical face in front of the camera."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.mesh.bundle import Bundle
from models.mesh.pose import VERTICAL_VIEW_DEG, PoseSolver

WIDTH, HEIGHT = 640, 480
FAR_CM = 60.0


@pytest.fixture(scope="module")
def canonical(weights):
    return Bundle.read(weights.path("face_landmarker")).canonical


def seen_by_camera(vertices, pitch_deg, yaw_deg, roll_deg, *, far_cm=FAR_CM, at=(0.0, 0.0)):
    """Points as the landmark network gives them: in pixels, depth relative and scaled as x."""
    pitch, yaw, roll = np.radians([pitch_deg, yaw_deg, roll_deg])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    placed = vertices @ (about_z @ about_y @ about_x).T + [*at, -far_cm]
    focal = HEIGHT / 2 / np.tan(np.radians(VERTICAL_VIEW_DEG) / 2)
    depth = -placed[:, 2]
    points = np.zeros((478, 3), np.float32)
    points[:468, 0] = WIDTH / 2 + focal * placed[:, 0] / depth
    points[:468, 1] = HEIGHT / 2 - focal * placed[:, 1] / depth
    points[:468, 2] = (depth - depth.mean()) * focal / depth.mean()
    return points


@settings(max_examples=40, deadline=None)
@given(pitch=st.floats(-35, 35), yaw=st.floats(-35, 35), roll=st.floats(-40, 40))
def test_a_face_turned_by_known_angles_is_measured(canonical, pitch, yaw, roll):
    points = seen_by_camera(canonical.vertices, pitch, yaw, roll)
    pose = PoseSolver(canonical).solve(points, width=WIDTH, height=HEIGHT)
    assert (pose.pitch_deg, pose.yaw_deg, pose.roll_deg) == pytest.approx((pitch, yaw, roll), abs=1.5)


def test_the_pose_of_a_face_beside_the_middle_is_its_own(canonical):
    points = seen_by_camera(canonical.vertices, 10, -5, 0, at=(8.0, 4.0))
    pose = PoseSolver(canonical).solve(points, width=WIDTH, height=HEIGHT)
    assert (pose.pitch_deg, pose.yaw_deg) == pytest.approx((10, -5), abs=2.0)


def test_the_chin_down_is_positive_pitch_and_the_nose_to_the_right_positive_yaw(canonical):
    still = seen_by_camera(canonical.vertices, 0, 0, 0)
    down = seen_by_camera(canonical.vertices, 15, 0, 0)
    right = seen_by_camera(canonical.vertices, 0, 15, 0)
    assert down[4, 1] > still[4, 1]
    assert right[4, 0] > still[4, 0]
    solver = PoseSolver(canonical)
    assert solver.solve(down, width=WIDTH, height=HEIGHT).pitch_deg > 13
    assert solver.solve(right, width=WIDTH, height=HEIGHT).yaw_deg > 13
