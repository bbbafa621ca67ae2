"""The turned rectangle a network looks at."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.mesh.face_mesh import next_region
from models.mesh.region import Region

SIDE = 64


@given(
    x=st.floats(-50, 250),
    y=st.floats(-50, 250),
    width=st.floats(20, 300),
    angle=st.floats(-3, 3),
)
def test_the_middle_of_a_cut_is_the_centre_of_the_region(x, y, width, angle):
    region = Region(x, y, width, width * 0.8, angle)
    (placed,) = region.to_picture(np.array([[SIDE / 2, SIDE / 2, 0]], np.float32), SIDE)
    assert placed[:2] == pytest.approx([x, y], abs=0.01)


def test_a_cut_shows_what_lies_at_the_points_it_is_brought_back_to():
    rng = np.random.default_rng(3)
    image = cv2.GaussianBlur(rng.integers(0, 255, (200, 300, 3), np.uint8), (0, 0), 6).astype(np.uint8)
    region = Region(160, 90, 80, 80, 0.6)
    cut = region.cut(image, SIDE, border=cv2.BORDER_REPLICATE)
    inside = np.array([[x, y, 0] for x in range(8, 56, 8) for y in range(8, 56, 8)], np.float32)
    for (x, y, _), (u, v, _) in zip(inside, region.to_picture(inside, SIDE), strict=True):
        seen = cv2.getRectSubPix(image, (1, 1), (float(u), float(v)))[0, 0]
        assert np.abs(seen.astype(int) - cut[int(y), int(x)].astype(int)).max() <= 3


def test_depth_is_scaled_as_the_picture_is():
    region = Region(10, 10, 2 * SIDE, 2 * SIDE, 1.0)
    (placed,) = region.to_picture(np.array([[0, 0, 5]], np.float32), SIDE)
    assert placed[2] == pytest.approx(10)


def test_the_next_region_keeps_its_place_on_a_face_that_turns_in_the_picture():
    points = np.random.default_rng(5).normal(0, 30, (478, 3)).astype(np.float32)
    points[33, :2], points[263, :2] = (-25, 0), (25, 0)
    upright = next_region(points)
    quarter = np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1]], np.float32)
    turned = next_region(points @ quarter)
    assert upright is not None
    assert turned is not None
    assert upright.angle == pytest.approx(0)
    assert turned.angle == pytest.approx(np.pi / 2)
    assert turned.width == pytest.approx(upright.width)
    assert (turned.centre_x, turned.centre_y) == pytest.approx(
        (-upright.centre_y, upright.centre_x), abs=1e-4
    )


def test_small_steps_do_not_make_another_region():
    region = Region(100, 100, 200, 200)
    assert not region.differs(Region(104, 103, 205, 205, 0.05), share=0.05)
    assert region.differs(Region(115, 100, 200, 200), share=0.05)
    assert region.differs(Region(100, 100, 230, 230), share=0.05)
    assert region.differs(Region(100, 100, 200, 200, 0.2), share=0.05)
    assert not Region(0, 0, 9, 9, 3.13).differs(Region(0, 0, 9, 9, -3.13), share=0.05), "nearly one angle"


def test_a_region_has_a_size():
    with pytest.raises(ValueError, match="size"):
        Region(0, 0, 0, 10)
    with pytest.raises(ValueError, match="size"):
        Region(0, 0, float("nan"), 10)


@pytest.mark.parametrize("column", [0, 1, 2])
@pytest.mark.parametrize("nothing", [np.nan, np.inf])
def test_points_in_one_place_or_none_give_no_region(column, nothing):
    points = np.arange(478 * 3, dtype=np.float32).reshape(478, 3)
    assert next_region(points) is not None
    assert next_region(np.zeros((478, 3), np.float32)) is None
    points[7, column] = nothing
    assert next_region(points) is None
