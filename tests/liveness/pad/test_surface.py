"""Skin detail followed in the pixels: a drawn head that nods against its photograph, tilted."""

import cv2
import numpy as np
import pytest

from liveness.pad.surface import SurfaceWatch
from liveness.synthesis import Camera, astronaut, frame_portrait
from liveness.synthesis.face import NOD_DEG, Expression, Puppet
from liveness.synthesis.held_up import Hold, held_up
from liveness.synthesis.mesh import plane_mesh, render
from models.landmarks import FaceObservation

CAMERA = Camera(width=480, height=640)
SWING = np.sin(np.linspace(0, 4 * np.pi, 24))


@pytest.fixture(scope="module")
def framed():
    return frame_portrait(astronaut(), width=CAMERA.width, height=CAMERA.height)


def face(points, pitch_deg):
    scores = np.zeros(52, np.float32)
    return FaceObservation(points.astype(np.float32), scores, pitch_deg=pitch_deg, yaw_deg=0.0, roll_deg=0.0)


def grey(image):
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def test_a_drawn_head_shows_depth(framed):
    watch, puppet = SurfaceWatch(), Puppet(framed)
    for index, swing in enumerate(SWING):
        picture = puppet.draw(Expression(nod=0.5 * float(swing)))
        watch.look(130 * index, grey(picture), face(framed.points, 0.5 * NOD_DEG * float(swing)))
    assert (watch.measure().value or 0.0) > 0.4


def test_its_photograph_tilted_shows_none(framed):
    sheet = plane_mesh(CAMERA.width, CAMERA.height)
    watch = SurfaceWatch()
    flat = framed.points[:, :2]
    corners = np.array([[0, 0], [479, 0], [479, 639], [0, 639]], np.float32)
    for index, swing in enumerate(SWING):
        placed = held_up(sheet, Hold(pitch_deg=18 * float(swing)), camera=CAMERA)
        empty = np.full((640, 480, 3), 90, np.uint8)
        picture = render(sheet, moved=placed, texture=framed.image, onto=empty, fill=(0, 0, 0))
        at = [int(np.argmin(((sheet.vertices[:, :2] - corner) ** 2).sum(axis=1))) for corner in corners]
        matrix = cv2.getPerspectiveTransform(sheet.vertices[at, :2], placed[at, :2].astype(np.float32))
        points = framed.points.copy()
        points[:, :2] = cv2.perspectiveTransform(flat[None].astype(np.float64), matrix)[0]
        watch.look(130 * index, grey(picture), face(points, 7 * float(swing)))
    measured = watch.measure()
    assert measured.looks >= 4
    assert measured.value == pytest.approx(0.0, abs=0.18)


def test_a_head_that_keeps_still_tells_nothing(framed):
    watch = SurfaceWatch()
    for index in range(20):
        watch.look(130 * index, grey(framed.image), face(framed.points, 0.0))
    assert watch.measure().value is None


def test_a_small_face_is_left_out(framed):
    watch = SurfaceWatch()
    watch.look(0, grey(framed.image), face(framed.points * 0.1, 0.0))
    assert watch.skins == []
