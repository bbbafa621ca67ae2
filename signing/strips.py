"""How a crossing seal (骑缝章) is cut over the pages of a document."""

import math
from dataclasses import dataclass
from typing import Final

from signing.errors import SealRefused
from signing.seal import CrossingSeal

MOST_STRIPS: Final = 12
"""Strips of one seal; a longer document gets several, so that none is narrower than a reader can see."""
MOST_PAGES: Final = 500


@dataclass(frozen=True, slots=True)
class Strip:
    """The part of a seal that one page shows: the how-manieth, from 0, of how many."""

    index: int
    count: int


def strips(pages: int) -> list[Strip]:
    """One strip a page: as few seals as will do, each over as many pages as the others or one more.

    Raises SealRefused where there is nothing to join, or too much.
    """
    if not 2 <= pages <= MOST_PAGES:
        raise SealRefused(f"A crossing seal goes over 2 to {MOST_PAGES} pages; this document has {pages}.")
    seals = math.ceil(pages / MOST_STRIPS)
    sizes = [pages // seals + (number < pages % seals) for number in range(seals)]
    return [Strip(index, size) for size in sizes for index in range(size)]


def middle_mm(crossing: CrossingSeal, *, page: int, height_mm: float, diameter_mm: float) -> float:
    """How far down a page, counted from 0, its strip has its middle. Raises SealRefused off the page."""
    middle = height_mm / 2 if crossing.y_mm is None else crossing.y_mm
    if not diameter_mm / 2 <= middle <= height_mm - diameter_mm / 2:
        raise SealRefused(f"The crossing seal does not fit on page {page + 1} at {middle:.0f} mm.")
    return middle
