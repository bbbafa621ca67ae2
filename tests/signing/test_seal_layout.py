"""Every name either fits into the ring, with no letter on another, or is refused."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.design import SealCentre, SealDesign, SealRank
from signing.errors import SealUnfit
from signing.seal_layout import RING, SMALLEST_WIDTH_MM, ArcLayout, lay_out

Point = tuple[float, float]
CODE_HALF_DEG = 13 / 2 * 3.7


def corners(arc: ArcLayout, index: int, count: int) -> list[Point]:
    """The four corners of one letter's box, from the middle of the seal, y downwards."""
    turn = math.radians((index - (count - 1) / 2) * arc.step_deg)
    half = arc.height_mm * arc.narrowness / 2
    return [
        (
            x * math.cos(turn) + radius * math.sin(turn),
            x * math.sin(turn) - radius * math.cos(turn),
        )
        for x, radius in [
            (-half, arc.radius_mm - arc.height_mm / 2),
            (half, arc.radius_mm - arc.height_mm / 2),
            (half, arc.radius_mm + arc.height_mm / 2),
            (-half, arc.radius_mm + arc.height_mm / 2),
        ]
    ]


def overlap(one: list[Point], other: list[Point]) -> bool:
    """Whether two boxes share a point: no side of either parts them."""
    for box in (one, other):
        for (ax, ay), (bx, by) in itertools.pairwise([*box, box[0]]):
            across = (by - ay, ax - bx)
            first = [x * across[0] + y * across[1] for x, y in one]
            second = [x * across[0] + y * across[1] for x, y in other]
            if max(first) <= min(second) or max(second) <= min(first):
                return False
    return True


@given(
    count=st.integers(4, 50),
    diameter=st.floats(20, 58),
    line=st.integers(0, 16),
    centre=st.sampled_from(SealCentre),
)
def test_words_fit_legibly_without_overlapping_or_are_refused(
    count: int, diameter: float, line: int, centre: SealCentre
):
    emblem = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">'
    emblem += '<circle r="1" fill="#d7000f" stroke="none" /></svg>'
    design = SealDesign(
        SealRank.OTHER, diameter, centre, "章" * line, emblem if centre is SealCentre.EMBLEM else ""
    )
    try:
        layout = lay_out("局" * count, design)
    except SealUnfit:
        return
    arc = layout.name
    boxes = [corners(arc, index, count) for index in range(count)]
    distances = [math.hypot(*point) for box in boxes for point in box]
    assert max(distances) < diameter * (0.5 - RING)
    assert arc.height_mm * arc.narrowness >= SMALLEST_WIDTH_MM
    assert not any(overlap(boxes[index], boxes[index - 1]) for index in range(count))
    assert count * arc.step_deg / 2 < 180 - CODE_HALF_DEG - 2
    inner = arc.inner_mm
    if centre is SealCentre.STAR:
        assert layout.centre_mm < inner
    if centre is SealCentre.EMBLEM:
        assert layout.centre_mm / 2 * math.sqrt(2) < inner
    if layout.line is None:
        assert not line
        return
    half = line * layout.line.height_mm * layout.line.narrowness / 2
    foot = layout.line.down_mm + layout.line.height_mm / 2
    assert math.hypot(half, foot) < inner
    if centre is not SealCentre.NONE:
        reach = layout.centre_mm * (math.cos(math.radians(36)) if centre is SealCentre.STAR else 0.5)
        assert layout.line.down_mm - layout.line.height_mm / 2 > reach


@pytest.mark.parametrize("count", range(2, 41))
def test_no_name_of_up_to_forty_characters_is_refused_by_a_seal_of_42_mm(count: int):
    assert lay_out("局" * count, SealDesign()).name.height_mm >= 2.8


def test_short_names_stand_in_full_size_and_long_ones_smaller():
    heights = [lay_out("局" * count, SealDesign()).name.height_mm for count in range(2, 41)]
    assert len(set(heights[:11])) == 1
    assert heights[0] > heights[18] > heights[38]
