"""Where the words of a seal stand: fitted into its ring as large as they go, and never too small to read.

All lengths in millimetres from the middle of the seal, angles in degrees clockwise from the top.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from signing.design import SealCentre, SealDesign
from signing.errors import SealUnfit

RING: Final = 0.028
"""Thickness of the ring as a part of the diameter; so are the other lengths without a unit."""
RIM: Final = 0.018
"""Clear between the ring and the name."""
TALLEST: Final = 0.135
LETTER_STEP_DEG: Final = 20.5
"""The angle from letter to letter where there is room."""
USUAL_ARC_DEG: Final = 248.0
WIDEST_ARC_DEG: Final = 300.0
"""The rest of the circle is the seal code's."""
APART: Final = 0.94
"""The part of its room that a letter takes, so that neighbours do not touch."""
SMALLEST_HEIGHT_MM: Final = 2.8
SMALLEST_WIDTH_MM: Final = 1.5
USUAL_NARROWNESS: Final = 0.62
NARROWEST: Final = 0.5
"""Width of a letter by its height: nobody reads narrower ones."""
STAR_RADIUS: Final = 0.165
EMBLEM_SIDE: Final = 0.40
EMBLEM_SIDE_OVER_LINE: Final = 0.33
LINE_GAP: Final = 0.022
LINE_TALLEST: Final = 0.082
LINE_SMALLEST_HEIGHT_MM: Final = 2.2
LINE_SMALLEST_WIDTH_MM: Final = 1.2
STEPS: Final = 60


@dataclass(frozen=True, slots=True)
class ArcLayout:
    """The name: how tall a letter is, how wide by its height, and from letter to letter, on which radius."""

    height_mm: float
    narrowness: float
    step_deg: float
    radius_mm: float

    @property
    def inner_mm(self) -> float:
        """How far from the middle the feet of the letters are."""
        return self.radius_mm - self.height_mm / 2


@dataclass(frozen=True, slots=True)
class LineLayout:
    """The line below the middle: how tall and narrow its letters are, and how far down its own middle is."""

    height_mm: float
    narrowness: float
    down_mm: float


@dataclass(frozen=True, slots=True)
class SealLayout:
    """Both, and how large the middle is: the star's radius or the emblem's side."""

    name: ArcLayout
    line: LineLayout | None
    centre_mm: float


@lru_cache(maxsize=256)
def lay_out(name: str, design: SealDesign) -> SealLayout:
    """Fit the words of a seal into it. Raises SealUnfit, which says what to do."""
    arc = _arc(len(name), design.diameter_mm)
    if arc is None:
        raise SealUnfit(
            f"The name has {len(name)} characters; legibly a seal of {design.diameter_mm:g} mm takes "
            f"{_most(design.diameter_mm)}. Give its standard short form (规范化简称) or a larger diameter."
        )
    centre = _centre(design)
    if not design.line:
        return SealLayout(arc, None, centre)
    line = _line(len(design.line), design, arc)
    if line is None:
        raise SealUnfit(
            f"The line {design.line!r} does not fit legibly below the middle of a seal of "
            f"{design.diameter_mm:g} mm. Shorten it or give a larger diameter."
        )
    return SealLayout(arc, line, centre)


def _arc(letters: int, diameter: float) -> ArcLayout | None:
    """The tallest letters of a usual shape on a usual arc, or else narrower and smaller ones on a wider."""
    outer = diameter * (0.5 - RING - RIM)
    shortest = min(SMALLEST_HEIGHT_MM, TALLEST * diameter)
    for arc, narrowest in ((USUAL_ARC_DEG, USUAL_NARROWNESS), (WIDEST_ARC_DEG, NARROWEST)):
        step = min(LETTER_STEP_DEG, arc / letters)
        for height in _falling(TALLEST * diameter, shortest):
            room = 2 * (outer - height) * math.tan(math.radians(step / 2)) * APART
            narrowness = min(1.0, room / height)
            if narrowness >= narrowest and narrowness * height >= SMALLEST_WIDTH_MM:
                return ArcLayout(height, narrowness, step, outer - height / 2)
    return None


def _line(letters: int, design: SealDesign, arc: ArcLayout) -> LineLayout | None:
    """The tallest letters whose line stays within the circle that the name leaves free."""
    top = _foot(design) + LINE_GAP * design.diameter_mm
    free = arc.inner_mm * APART
    heights = _falling(LINE_TALLEST * design.diameter_mm, LINE_SMALLEST_HEIGHT_MM)
    for narrowest in (USUAL_NARROWNESS, NARROWEST):
        for height in heights:
            bottom = top + height
            width = 2 * math.sqrt(max(0.0, free**2 - bottom**2)) / letters * APART
            narrowness = min(1.0, width / height)
            if narrowness >= narrowest and narrowness * height >= LINE_SMALLEST_WIDTH_MM:
                return LineLayout(height, narrowness, top + height / 2)
    return None


def _centre(design: SealDesign) -> float:
    match design.centre:
        case SealCentre.STAR:
            return STAR_RADIUS * design.diameter_mm
        case SealCentre.EMBLEM:
            return (EMBLEM_SIDE_OVER_LINE if design.line else EMBLEM_SIDE) * design.diameter_mm
        case SealCentre.NONE:
            return 0.0


def _foot(design: SealDesign) -> float:
    """How far down the middle reaches."""
    match design.centre:
        case SealCentre.STAR:
            return _centre(design) * math.cos(math.radians(36))
        case SealCentre.EMBLEM:
            return _centre(design) / 2
        case SealCentre.NONE:
            return -(LINE_GAP + LINE_TALLEST / 2) * design.diameter_mm


def _falling(tallest: float, shortest: float) -> list[float]:
    """Heights from the tallest to the shortest; none where the first is below the second."""
    if tallest < shortest:
        return []
    return [tallest - (tallest - shortest) * step / STEPS for step in range(STEPS + 1)]


def _most(diameter: float) -> int:
    """How many characters a seal takes."""
    most = 0
    while _arc(most + 1, diameter) is not None:
        most += 1
    return most
