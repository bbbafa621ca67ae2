"""Lines of text for OFD pages: measured, wrapped and split by the font that has each character.

OFD knows no paragraphs: whoever makes a page says where every character stands.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, groupby, pairwise
from typing import Final

from signing.ofd.document import EmbeddedFont, font_id
from signing.ofd.fonts import FontShelf
from signing.ofd.pages import OPAQUE, Colour, Text

COMMON_FONT: Final = font_id(0)
RARE_FONT: Final = font_id(1)
NO_LINE_BEGINS_WITH: Final = frozenset("，。、；：？！）》」』】〉”’%…,.;:?!)]}·")
NO_LINE_ENDS_WITH: Final = frozenset("（《「『【〈“‘([{")

WIDE: Final = "\u2e80"
"""The first of the Chinese characters and their signs."""

BETWEEN_SCRIPTS_EM: Final = 0.25
"""What stands between a Chinese character and a Latin letter or a digit."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a line looks. `tracking_em` is what stands between characters; `bold_em` thickens every stroke."""

    size_mm: float
    colour: Colour
    tracking_em: float = 0.0
    bold_em: float = 0.0
    turn_deg: float = 0.0
    alpha: int = OPAQUE

    @property
    def tracking_mm(self) -> float:
        return self.tracking_em * self.size_mm

    @property
    def bold_mm(self) -> float:
        return self.bold_em * self.size_mm


class Typesetter:
    """Sets the lines of one document and keeps account of the fonts it needs."""

    def __init__(self, shelf: FontShelf) -> None:
        self._shelf = shelf
        self._rare: set[str] = set()

    @property
    def fonts(self) -> tuple[EmbeddedFont, ...]:
        """The fonts of the document: the common cut, and one for its rare characters where it has any."""
        common = self._shelf.common
        return (common, self._shelf.rare(self._rare)) if self._rare else (common,)

    def width(self, text: str, style: Style) -> float:
        """How wide a line is, in millimetres. Raises GlyphMissing, which names the characters."""
        return sum(self._advances(text, style)) - style.tracking_mm if text else 0.0

    def line(self, text: str, style: Style, *, x_mm: float, y_mm: float) -> tuple[Text, ...]:
        """Set one line from its left end on, its baseline at `y_mm`. Raises GlyphMissing."""
        advances = self._advances(text, style)
        pieces: list[Text] = []
        at, begin = x_mm, 0
        for is_common, run in groupby(text, self._shelf.is_common):
            characters = "".join(run)
            steps = advances[begin : begin + len(characters)]
            if not is_common:
                self._rare.update(characters)
            if not characters.isspace():
                font = COMMON_FONT if is_common else RARE_FONT
                pieces.append(_piece(characters, style, steps, font=font, at=(at, y_mm)))
            at += sum(steps)
            begin += len(characters)
        return tuple(pieces)

    def centred(self, text: str, style: Style, *, x_mm: float, y_mm: float) -> tuple[Text, ...]:
        """Set one line with its middle at `x_mm`."""
        return self.line(text, style, x_mm=x_mm - self.width(text, style) / 2, y_mm=y_mm)

    def right(self, text: str, style: Style, *, x_mm: float, y_mm: float) -> tuple[Text, ...]:
        """Set one line that ends at `x_mm`."""
        return self.line(text, style, x_mm=x_mm - self.width(text, style), y_mm=y_mm)

    def wrapped(self, text: str, style: Style, *, width_mm: float) -> tuple[str, ...]:
        """Break a text into lines no wider than this, between Chinese characters and between words.

        A word wider than a line is broken where the line ends.
        """
        return tuple(
            line
            for paragraph in text.split("\n")
            for line in (self._broken(paragraph, style, width_mm) if paragraph else ("",))
        )

    def _broken(self, text: str, style: Style, width_mm: float) -> Iterator[str]:
        reached = list(accumulate(self._advances(text, style), initial=0.0))
        between = BETWEEN_SCRIPTS_EM * style.size_mm

        def width(start: int, end: int) -> float:
            """As wide as the characters there would be in a line of their own, without blanks at its end."""
            while end > start and text[end - 1].isspace():
                end -= 1
            joined = end < len(text) and _is_between_scripts(text[end - 1], text[end])
            return reached[end] - reached[start] - style.tracking_mm - (between if joined else 0.0)

        start = end = 0
        for stop in _stops(text) if width(0, len(text)) > width_mm else (len(text),):
            steps = (stop,) if width(end, stop) <= width_mm else range(end + 1, stop + 1)
            for step in steps:
                if end > start and width(start, step) > width_mm:
                    yield text[start:end].rstrip()
                    start = end
                end = step
        yield text[start:end].rstrip()

    def _advances(self, text: str, style: Style) -> list[float]:
        size, tracking = style.size_mm, style.tracking_mm
        advances = [em * size + tracking for em in self._shelf.advances(text)]
        for at in _script_changes(text):
            advances[at] += BETWEEN_SCRIPTS_EM * size
        return advances


def _piece(text: str, style: Style, steps: list[float], *, font: int, at: tuple[float, float]) -> Text:
    return Text(
        x_mm=at[0],
        y_mm=at[1],
        size_mm=style.size_mm,
        text=text,
        advances_mm=tuple(steps[:-1]),
        font_id=font,
        colour=style.colour,
        stroke_mm=style.bold_mm,
        turn_deg=style.turn_deg,
        alpha=style.alpha,
    )


def _stops(text: str) -> list[int]:
    """Where a line may end; blanks stay with the word before them."""
    stops = [at for at, (before, after) in enumerate(pairwise(text), start=1) if _may_break(before, after)]
    return [*stops, len(text)]


def _may_break(before: str, after: str) -> bool:
    if after in NO_LINE_BEGINS_WITH or before in NO_LINE_ENDS_WITH or after.isspace():
        return False
    return before.isspace() or before >= WIDE or after >= WIDE


@lru_cache(maxsize=1024)
def _script_changes(text: str) -> tuple[int, ...]:
    """Behind which characters a Chinese one and a Latin letter or a digit meet."""
    return tuple(at for at, pair in enumerate(pairwise(text)) if _is_between_scripts(*pair))


def _is_between_scripts(before: str, after: str) -> bool:
    return (before >= WIDE) is not (after >= WIDE) and before.isalnum() and after.isalnum()
