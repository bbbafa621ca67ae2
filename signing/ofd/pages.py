"""What stands on the pages of an OFD document, as values, and as the XML of GB/T 33190 (chapters 7 to 11).

Millimetres from the upper left corner of the page throughout.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, SubElement

NAMESPACE: Final = "http://www.ofdspec.org/2016"
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

    Its numbers count from the upper left corner of its box, outside of which nothing is drawn.
    """

    data: str
    box_mm: tuple[float, float, float, float]
    stroke: Colour | None = None
    fill: Colour | None = None
    width_mm: float = 0.25


@dataclass(frozen=True, slots=True)
class Page:
    """One page and what stands on it, from the lowest to the topmost."""

    width_mm: float
    height_mm: float
    objects: tuple[Text | Path, ...]


def tag(name: str) -> str:
    """A name in the namespace of OFD."""
    return f"{{{NAMESPACE}}}{name}"


def number(value: float) -> str:
    """A number as short as it goes, to the micrometre."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def numbers(values: Iterable[float]) -> str:
    """Numbers with blanks between."""
    return " ".join(number(value) for value in values)


def page_content(page: Page, *, first_id: int) -> tuple[Element, int]:
    """The Content.xml of a page, with object ids from `first_id` on; gives the first id that is free."""
    root = Element(tag("Page"))
    area = SubElement(root, tag("Area"))
    SubElement(area, tag("PhysicalBox")).text = numbers((0, 0, page.width_mm, page.height_mm))
    content = SubElement(root, tag("Content"))
    layer = SubElement(content, tag("Layer"), ID=str(first_id), Type="Body")
    next_id = first_id + 1
    for item in page.objects:
        _draw(layer, item, next_id)
        next_id += 1
    return root, next_id


def _draw(layer: Element, item: Text | Path, object_id: int) -> None:
    if isinstance(item, Path):
        _draw_path(layer, item, object_id)
    else:
        _draw_text(layer, item, object_id)


def _draw_text(layer: Element, item: Text, object_id: int) -> None:
    width = sum(item.advances_mm) + item.size_mm
    box, start = (item.x_mm, item.y_mm - item.size_mm, width, item.size_mm * 1.35), (0.0, item.size_mm)
    if item.turn_deg:
        box, start = _turned_box(item, width), (0.0, 0.0)
    element = SubElement(
        layer,
        tag("TextObject"),
        ID=str(object_id),
        Boundary=numbers(box),
        Font=str(item.font_id),
        Size=number(item.size_mm),
    )
    if item.turn_deg:
        element.set("CTM", _turn(item, width))
    if item.alpha != OPAQUE:
        element.set("Alpha", str(item.alpha))
    if item.stroke_mm:
        element.set("Stroke", "true")
        element.set("LineWidth", number(item.stroke_mm))
        _colour(element, "StrokeColor", item.colour)
    _colour(element, "FillColor", item.colour)
    code = SubElement(element, tag("TextCode"), X=number(start[0]), Y=number(start[1]))
    if item.advances_mm:
        code.set("DeltaX", _steps(item.advances_mm))
    code.text = item.text


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


def _steps(advances_mm: Sequence[float]) -> str:
    """Steps with runs of equal ones gathered: `g 7 4.2` is seven times 4.2."""
    told = [number(step) for step in advances_mm]
    parts: list[str] = []
    at = 0
    while at < len(told):
        end = at
        while end < len(told) and told[end] == told[at]:
            end += 1
        parts += ["g", str(end - at), told[at]] if end - at > 2 else told[at:end]
        at = end
    return " ".join(parts)


def _draw_path(layer: Element, item: Path, object_id: int) -> None:
    element = SubElement(
        layer,
        tag("PathObject"),
        ID=str(object_id),
        Boundary=numbers(item.box_mm),
        LineWidth=number(item.width_mm),
        Stroke="true" if item.stroke else "false",
    )
    if item.stroke:
        _colour(element, "StrokeColor", item.stroke)
    if item.fill:
        element.set("Fill", "true")
        _colour(element, "FillColor", item.fill)
    SubElement(element, tag("AbbreviatedData")).text = item.data


def _colour(element: Element, name: str, colour: Colour) -> None:
    SubElement(element, tag(name), Value=f"{colour.red} {colour.green} {colour.blue}")
