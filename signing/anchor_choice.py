"""Which of the places where a text stands is the seal's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from signing.errors import SealRefused, SealTextUnclear
from signing.seal import SealAnchor, SealPlace

MOST_TOLD: Final = 20


@dataclass(frozen=True, slots=True)
class Occurrence:
    """The middle of a text on a page, from 0: millimetres from the page's left and upper edge."""

    page: int
    x_mm: float
    y_mm: float


def choose(
    found: Sequence[Occurrence], anchor: SealAnchor, *, size_mm: Callable[[int], tuple[float, float]]
) -> SealPlace:
    """The place of a seal, of all occurrences of its text in reading order; `size_mm` tells a page's size.

    Raises SealTextUnclear where the text is not there (so often), or is there more than once and nobody said
    which is meant; SealRefused where the seal would lie off its page.
    """
    if anchor.occurrence is None and len(found) > 1:
        pages = ", ".join(str(page + 1) for page in sorted({each.page for each in found})[:MOST_TOLD])
        raise SealTextUnclear(
            f"The text for the seal, {anchor.text!r}, stands {len(found)} times in this document (pages "
            f"{pages}): say which is meant (occurrence: 1 the first, -1 the last), or take a longer text."
        )
    occurrence = 1 if anchor.occurrence is None else anchor.occurrence
    try:
        chosen = found[occurrence - 1 if occurrence > 0 else occurrence]
    except IndexError:
        times = f"only {len(found)} times" if found else "nowhere"
        raise SealTextUnclear(
            f"The text for the seal, {anchor.text!r}, stands {times} in this document. Check how it "
            "is written there; a scanned page has no text."
        ) from None
    x_mm, y_mm = chosen.x_mm + anchor.right_mm, chosen.y_mm + anchor.down_mm
    width_mm, height_mm = size_mm(chosen.page)
    if not (0 <= x_mm <= width_mm and 0 <= y_mm <= height_mm):
        raise SealRefused("Moved so far from its text, the seal would lie off the page.")
    return SealPlace(chosen.page, x_mm, y_mm)
