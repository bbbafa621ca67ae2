import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.alignment import ARCFACE_TEMPLATE, align, similarity
from models.comparison import Probe
from models.errors import FaceNotAligned


@given(
    scale=st.floats(0.2, 20),
    turn_deg=st.floats(-179, 179),
    shift=st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
)
def test_similarity_undoes_any_turn_scale_and_shift(
    scale: float, turn_deg: float, shift: tuple[float, float]
) -> None:
    angle = np.radians(turn_deg)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = (scale * ARCFACE_TEMPLATE @ rotation.T + np.array(shift)).astype(np.float32)
    matrix = similarity(moved, ARCFACE_TEMPLATE)
    back = moved @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(back, ARCFACE_TEMPLATE, atol=0.05)


def test_similarity_never_mirrors() -> None:
    mirrored = ARCFACE_TEMPLATE * np.array([-1, 1], np.float32)
    assert np.linalg.det(similarity(mirrored, ARCFACE_TEMPLATE)[:, :2]) > 0


def test_points_in_one_line_are_refused() -> None:
    line = np.array([[0, 0], [30, 30], [60, 60], [90, 90], [120, 120]], np.float32)
    with pytest.raises(FaceNotAligned, match="one line"):
        align(Probe(image=np.zeros((200, 200, 3), np.uint8), five_points=line))


def test_a_face_of_a_few_pixels_is_refused() -> None:
    probe = Probe(image=np.zeros((200, 200, 3), np.uint8), five_points=ARCFACE_TEMPLATE / np.float32(5))
    with pytest.raises(FaceNotAligned, match="too small"):
        align(probe)


def test_aligned_points_land_on_the_template() -> None:
    image = np.zeros((400, 400, 3), np.uint8)
    points = (ARCFACE_TEMPLATE * 2.5 + 40).astype(np.float32)
    for x, y in points.astype(int):
        image[y - 3 : y + 4, x - 3 : x + 4] = 255
    aligned = align(Probe(image=image, five_points=points))
    assert all(aligned[round(float(y)), round(float(x))].min() > 150 for x, y in ARCFACE_TEMPLATE)
