"""What stands on the pages of an OFD document, as values, and as the XML of GB/T 33190 (chapters 7 to 11).

Millimetres from the upper left corner of the page throughout.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Final
from xml.sax.saxutils import escape

NAMESPACE: Final = "http://www.ofdspec.org/2016"
XML_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
MM_PER_POINT: Final = 25.4 / 72
OPAQUE: Final = 255
MIDDLE: Final = 0.36
"""Half the height of a character above its baseline, in ems: what a turned line turns about."""


@dataclass(frozen=True, slots=True)
class Colour:
    """Red, green and blue, 0 to 255."""

    red: int
    green: int
    blue: int

    def __post_init__(self) -> None:
        if not all(0 <= part <= 255 for part in (self.red, self.green, self.blue)):
            raise ValueError("a colour has parts from 0 to 255")


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text. y_mm is its baseline; advances_mm are the steps between its characters.

    `turn_deg` turns the line about its middle, clockwise; `alpha` is 255 where nothing shines through.
    """

    x_mm: float
    y_mm: float
    size_mm: float
    text: str
    advances_mm: tuple[float, ...]
    font_id: int
    colour: Colour
    stroke_mm: float = 0.0
    turn_deg: float = 0.0
    alpha: int = OPAQUE

    def __post_init__(self) -> None:
        if not self.text or len(self.advances_mm) != len(self.text) - 1:
            raise ValueError("a line of n characters has n - 1 steps")


@dataclass(frozen=True, slots=True)
class Path:
    """A drawing in abbreviated data (M moves, L is a line, B a Bezier curve, C closes), filled or stroked.

    Its numbers count from the upper left corner of its box, outside of which nothing is drawn; one of them is
    as long as `scale_mm`.
    """

    data: str
    box_mm: tuple[float, float, float, float]
    stroke: Colour | None = None
    fill: Colour | None = None
    width_mm: float = 0.25
    scale_mm: float = 1.0


@dataclass(frozen=True, slots=True)
class Page:
    """One page and what stands on it, from the lowest to the topmost."""

    width_mm: float
    height_mm: float
    objects: tuple[Text | Path, ...]


def tag(name: str) -> str:
    """A name in the namespace of OFD."""
    return f"{{{NAMESPACE}}}{name}"


def document(root: str, content: str, attributes: str = "") -> bytes:
    """An XML file in UTF-8: its root element's name, what stands in it, and its attributes.

    Text and attributes were escaped by whoever wrote them.
    """
    return f'{XML_HEAD}<ofd:{root} xmlns:ofd="{NAMESPACE}"{attributes}>{content}</ofd:{root}>'.encode()


@lru_cache(maxsize=4096)
def number(value: float) -> str:
    """A number as short as it goes, to the micrometre."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def numbers(values: Iterable[float]) -> str:
    """Numbers with blanks between."""
    return " ".join(map(number, values))


def page_content(page: Page, *, first_id: int, background: int | None = None) -> tuple[bytes, int]:
    """The Content.xml of a page, with object ids from `first_id` on; gives the first id that is free.

    `background` is the id of the template page behind it, where there is one.
    """
    drawn = "".join(draw(item, object_id) for object_id, item in enumerate(page.objects, first_id + 1))
    below = "" if background is None else f'<ofd:Template TemplateID="{background}" ZOrder="Background"/>'
    content = (
        f"{below}<ofd:Area><ofd:PhysicalBox>{numbers((0, 0, page.width_mm, page.height_mm))}"
        f'</ofd:PhysicalBox></ofd:Area><ofd:Content><ofd:Layer ID="{first_id}" Type="Body">{drawn}'
        "</ofd:Layer></ofd:Content>"
    )
    return document("Page", content), first_id + 1 + len(page.objects)


def draw(item: Text | Path, object_id: int) -> str:
    """One thing on a page, as XML."""
    return _path(item, object_id) if isinstance(item, Path) else _text(item, object_id)


def _text(item: Text, object_id: int) -> str:
    width = sum(item.advances_mm) + item.size_mm
    box, start = (item.x_mm, item.y_mm - item.size_mm, width, item.size_mm * 1.35), (0.0, item.size_mm)
    matrix = ""
    if item.turn_deg:
        box, start = _turned_box(item, width), (0.0, 0.0)
        matrix = f' CTM="{_turn(item, width)}"'
    alpha = "" if item.alpha == OPAQUE else f' Alpha="{item.alpha}"'
    bold, line = "", ""
    if item.stroke_mm:
        bold = f' Stroke="true" LineWidth="{number(item.stroke_mm)}"'
        line = _colour("StrokeColor", item.colour)
    steps = f' DeltaX="{_steps(item.advances_mm)}"' if item.advances_mm else ""
    return (
        f'<ofd:TextObject ID="{object_id}" Boundary="{numbers(box)}" Font="{item.font_id}" '
        f'Size="{number(item.size_mm)}"{matrix}{alpha}{bold}>{line}{_colour("FillColor", item.colour)}'
        f'<ofd:TextCode X="{number(start[0])}" Y="{number(start[1])}"{steps}>{escape(item.text)}'
        "</ofd:TextCode></ofd:TextObject>"
    )


def _turned_box(item: Text, width: float) -> tuple[float, float, float, float]:
    """A square about the middle of a line that holds it however it is turned."""
    reach = width / 2 + item.size_mm
    middle = item.x_mm + width / 2, item.y_mm - MIDDLE * item.size_mm
    return middle[0] - reach, middle[1] - reach, 2 * reach, 2 * reach


def _turn(item: Text, width: float) -> str:
    """The matrix that turns a line which begins at 0 0 about its middle, into the middle of its box."""
    cos, sin = math.cos(math.radians(item.turn_deg)), math.sin(math.radians(item.turn_deg))
    middle, reach = (width / 2, -MIDDLE * item.size_mm), width / 2 + item.size_mm
    right = reach - (cos * middle[0] - sin * middle[1])
    down = reach - (sin * middle[0] + cos * middle[1])
    return " ".join(f"{value:.6g}" for value in (cos, sin, -sin, cos, right, down))


@lru_cache(maxsize=512)
def _steps(advances_mm: tuple[float, ...]) -> str:
    """Steps with runs of equal ones gathered: `g 7 4.2` is seven times 4.2."""
    parts: list[str] = []
    for step, run in groupby(map(number, advances_mm)):
        count = len(list(run))
        parts.append(f"g {count} {step}" if count > 2 else " ".join([step] * count))
    return " ".join(parts)


def _path(item: Path, object_id: int) -> str:
    matrix = "" if item.scale_mm == 1 else f' CTM="{item.scale_mm:.6g} 0 0 {item.scale_mm:.6g} 0 0"'
    line, filled = "", ""
    if item.stroke:
        line = _colour("StrokeColor", item.stroke)
    if item.fill:
        filled, line = ' Fill="true"', line + _colour("FillColor", item.fill)
    return (
        f'<ofd:PathObject ID="{object_id}" Boundary="{numbers(item.box_mm)}"{matrix} '
        f'LineWidth="{number(item.width_mm)}" Stroke="{"true" if item.stroke else "false"}"{filled}>{line}'
        f"<ofd:AbbreviatedData>{item.data}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def _colour(name: str, colour: Colour) -> str:
    return f'<ofd:{name} Value="{colour.red} {colour.green} {colour.blue}"/>'
