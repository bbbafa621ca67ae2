"""The drawn seal, looked at as pixels."""

import io
import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
import pytest
from PIL import Image

from filing.organs import demonstration_organs
from signing.appearance import draw_seal, draw_seal_png, draw_seal_svg
from signing.design import SealCentre, SealDesign, SealRank
from signing.emblem import SEAL_RED, clean_emblem
from signing.errors import GlyphMissing
from signing.seal import Seal
from signing.seal_layout import RING, lay_out

Plane = npt.NDArray[np.float64]

DOTS_PER_MM = 20
LONG_NAME = "武汉市江岸区人民政府行政审批局政务服务和大数据管理局江岸分局东湖新技术开发区工作站"
EMBLEM = clean_emblem(
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 -10 20 20">'
    b'<path fill="#000" fill-rule="evenodd" d="M-10-10H10V10H-10ZM-5-5H5V5H-5Z"/></svg>'
)
GOVERNMENT = Seal(
    "jiangan",
    "武汉市江岸区人民政府",
    "4201020000001",
    SealDesign(SealRank.DISTRICT, 45.0, SealCentre.EMBLEM, emblem=EMBLEM),
)


def picture(seal: Seal) -> Image.Image:
    """The drawing on white, at 20 dots to the millimetre."""
    page = pdfium.PdfDocument(draw_seal(seal))[0]
    shown: Image.Image = page.render(scale=DOTS_PER_MM * 25.4 / 72).to_pil()
    return shown.convert("RGB")


def inked(seal: Seal) -> tuple[Plane, Plane]:
    """Where red stands, in millimetres from the middle: to the right, and down."""
    rows, columns = np.nonzero(np.asarray(picture(seal).getchannel("G")) < 200)
    half = seal.diameter_mm / 2
    return columns / DOTS_PER_MM - half, rows / DOTS_PER_MM - half


def test_a_seal_of_45_mm_is_45_mm_wide_and_high():
    right, down = inked(GOVERNMENT)
    assert right.max() - right.min() == pytest.approx(45, abs=0.2)
    assert down.max() - down.min() == pytest.approx(45, abs=0.2)


@pytest.mark.parametrize("count", [2, 12, 26, 40])
def test_nothing_stands_between_the_ring_and_the_name(count: int):
    seal = Seal("x", LONG_NAME[:count], "4201020000001")
    arc = lay_out(seal.holder, seal.design).name
    ring, outer = seal.diameter_mm * (0.5 - RING), arc.radius_mm + arc.height_mm / 2
    right, down = inked(seal)
    distances = np.hypot(right, down)[down < 0.8 * np.abs(right)]
    assert not ((outer + 0.05 < distances) & (distances < ring - 0.1)).any()
    assert ((arc.inner_mm < distances) & (distances < outer)).any()


def test_the_letters_stand_upright_on_their_arc():
    """The lower stroke of 土 is the longer, and it faces the middle of the seal wherever it stands."""
    seal = Seal("x", "土土土土土", "4201020000001")
    arc = lay_out(seal.holder, seal.design).name
    right, down = inked(seal)
    for index in range(5):
        turn = math.radians((index - 2) * arc.step_deg)
        along = right * math.cos(turn) + down * math.sin(turn)
        up = right * math.sin(turn) - down * math.cos(turn) - arc.inner_mm
        own = np.abs(along) < arc.height_mm / 2
        foot, head = (
            np.ptp(along[own & (np.abs(up - part * arc.height_mm) < 0.25)]) for part in (0.14, 0.72)
        )
        assert foot > 2 * head > 0


def test_the_emblem_stands_in_the_middle_in_the_red_of_the_seal_with_its_hole_clear():
    shown, middle = picture(GOVERNMENT), 45 * DOTS_PER_MM // 2
    side = round(0.4 * 45 * DOTS_PER_MM)
    red = tuple(bytes.fromhex(SEAL_RED[1:]))
    assert shown.getpixel((middle, middle)) == (255, 255, 255)
    assert shown.getpixel((middle - side * 3 // 8, middle)) == red
    assert shown.getpixel((middle, middle + side * 3 // 8)) == red
    assert shown.getpixel((middle - side // 2 - 8, middle)) == (255, 255, 255)


def test_the_line_stands_below_the_star_and_touches_nothing():
    plain = Seal("x", "江岸区行政审批局（演示）", "4201020000001", SealDesign(diameter_mm=45))
    special = Seal("x", plain.holder, plain.code, SealDesign(diameter_mm=45, line="行政审批专用章"))
    line = lay_out(special.holder, special.design).line
    assert line is not None
    half = line.height_mm / 2
    right, down = inked(special)
    there = np.abs(down - line.down_mm) < half
    before, before_down = inked(plain)
    others = np.abs(before[np.abs(before_down - line.down_mm) < half]).min()
    own = np.abs(right[there & (np.abs(right) < others - 0.1)])
    assert 5 < own.max() < others - 0.3
    assert len(right) - len(before) == len(own)


def test_the_guide_shows_the_demonstration_seal_as_it_is_drawn():
    organ = demonstration_organs()[0]
    seal = Seal(organ.id, organ.name_zh, f"{organ.numbering_area}0000001", organ.seal_design)
    shown = Path(__file__).parents[2] / "docs" / "guide" / "seal-demonstration.svg"
    assert shown.read_bytes() == draw_seal_svg(seal)


def test_all_forms_are_one_drawing():
    png = Image.open(io.BytesIO(draw_seal_png(GOVERNMENT, dots_per_inch=300)))
    assert png.size == pytest.approx((45 / 25.4 * 300, 45 / 25.4 * 300), abs=1)
    assert png.getchannel("A").getpixel((png.width // 2, png.height // 2)) == 0
    svg = draw_seal_svg(GOVERNMENT).decode()
    assert svg.startswith("<svg")
    assert not any(word in svg for word in ("<script", 'href="http', "<text"))


def test_a_missing_character_is_no_silent_hole_in_any_form():
    seal = Seal("x", "江岸区\U0001f600局", "4201020012345")
    for draw in (draw_seal, draw_seal_png, draw_seal_svg):
        with pytest.raises(GlyphMissing):
            draw(seal)
