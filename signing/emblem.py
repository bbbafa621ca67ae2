"""The emblem in the middle of a seal: an SVG of the organ's own, taken only as plain shapes of one colour.

What comes out holds nothing but `svg`, `g` and shapes with numbers in their attributes, painted in the red of
the seal: no script, style sheet, link, text, image, gradient, entity or document type ever gets to the page.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring, tostring
from xml.parsers import expat

from signing.errors import EmblemRefused

SEAL_RED: Final = "#d7000f"
LARGEST_EMBLEM: Final = 256 << 10
MOST_ELEMENTS: Final = 5000
DEEPEST: Final = 32
SVG: Final = "http://www.w3.org/2000/svg"

_NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?"
"""Its digits can be shared out in one way only, so that long ones take no longer than they are."""

_LENGTH = re.compile(rf"\s*({_NUMBER})(?:px)?\s*")
_NUMBERS = re.compile(r"[-+0-9.,eE\s]*")
_PATH = re.compile(r"[MmZzLlHhVvCcSsQqTtAa0-9eE+\-.,\s]*")
_TRANSFORM = re.compile(r"\s*(?:(?:matrix|translate|scale|rotate|skewX|skewY)\s*\([-+0-9.,eE\s]+\)[\s,]*)+")
_COLOUR = re.compile(r"#[0-9a-f]{3}|#[0-9a-f]{6}|[a-z]+|rgb\(\s*\d+\s*,\s*\d+\s*,\s*\d+\s*\)")
_WORD = re.compile(r"[a-z]+")

_SHAPES: Final[dict[str, dict[str, re.Pattern[str]]]] = {
    "path": {"d": _PATH},
    "polygon": {"points": _NUMBERS},
    "polyline": {"points": _NUMBERS},
    "circle": dict.fromkeys(("cx", "cy", "r"), _LENGTH),
    "ellipse": dict.fromkeys(("cx", "cy", "rx", "ry"), _LENGTH),
    "rect": dict.fromkeys(("x", "y", "width", "height", "rx", "ry"), _LENGTH),
    "line": dict.fromkeys(("x1", "y1", "x2", "y2"), _LENGTH),
}
_PAINT: Final = {
    "fill": _COLOUR,
    "stroke": _COLOUR,
    "fill-rule": _WORD,
    "stroke-width": _LENGTH,
    "stroke-linecap": _WORD,
    "stroke-linejoin": _WORD,
    "stroke-miterlimit": _LENGTH,
}
_COLOURS: Final = ("fill", "stroke")
_TOLD_NOTHING: Final = frozenset({"title", "desc", "metadata"})
"""Elements that draw nothing and are left out."""
_DRAW_NOTHING: Final = frozenset({"id", "class", "version", "baseProfile", "color", "role", "overflow"})
"""Attributes without a style sheet to go by, or that say what is done here anyway."""
_SAME_COLOURS: Final = {"#000": "black", "#000000": "black", "#f00": "red", "#ff0000": "red"}


def clean_emblem(svg: bytes) -> str:
    """Make the SVG that a seal carries of an organ's file. Raises EmblemRefused, which tells what to do."""
    if len(svg) > LARGEST_EMBLEM:
        raise EmblemRefused(f"The file of the emblem is larger than {LARGEST_EMBLEM >> 10} KiB: simplify it.")
    _refuse_tricks(svg)
    try:
        root = fromstring(svg)  # noqa: S314 - document types and entities were refused above
    except (ParseError, ValueError):
        raise EmblemRefused("The file of the emblem is no SVG that can be read.") from None
    if root.tag != f"{{{SVG}}}svg":
        raise EmblemRefused("The file of the emblem is no SVG.")
    made = Element("svg", {"xmlns": SVG, "viewBox": _view_box(root)})
    colours: set[str] = set()
    _copy(root, made, _painted({}, root), colours)
    if not len(made):
        raise EmblemRefused("The file of the emblem shows nothing.")
    if len(colours) > 1:
        raise EmblemRefused(
            f"The emblem has {len(colours)} colours ({', '.join(sorted(colours)[:5])}), a seal has one: "
            "leave out what is to stay clear, as a hole of its shape."
        )
    return tostring(made, encoding="unicode")


@lru_cache(maxsize=32)
def require_clean(emblem: str) -> None:
    """Return where this is what `clean_emblem` makes. Raises ValueError."""
    try:
        made = clean_emblem(emblem.encode())
    except EmblemRefused as error:
        raise ValueError(str(error)) from None
    if made != emblem:
        raise ValueError("the emblem of a seal is stored as `clean_emblem` gives it")


def _copy(source: Element, target: Element, paint: Mapping[str, str], colours: set[str]) -> None:
    """Copy the shapes in an element, each with all of its paint; note the colours it had."""
    for child in source:
        space, _, kind = child.tag.rpartition("}")
        if space != f"{{{SVG}" or kind in _TOLD_NOTHING or (kind == "defs" and not len(child)):
            continue
        own = _painted(paint, child)
        if kind == "g":
            group = Element("g", dict(_transform(child)))
            _copy(child, group, own, colours)
            if len(group):
                target.append(group)
        elif kind in _SHAPES:
            _draw(child, kind, target, own, colours)
        else:
            raise EmblemRefused(
                f"The file of the emblem holds <{kind[:40]}>; only plain shapes are taken. Turn texts and "
                "strokes into paths and save as plain SVG."
            )


def _draw(shape: Element, kind: str, target: Element, paint: Mapping[str, str], colours: set[str]) -> None:
    shown = {"fill": "black", "stroke": "none", **paint}
    had = {shown[name] for name in _COLOURS if shown[name] != "none"}
    if not had:
        return
    colours |= had
    red = {name: SEAL_RED if shown[name] != "none" else "none" for name in _COLOURS}
    known = _SHAPES[kind]
    values = {
        name: _checked(value, known[name], name) for name, value in shape.attrib.items() if name in known
    }
    SubElement(target, kind, {**values, **dict(_transform(shape)), **shown, **red})


def _painted(inherited: Mapping[str, str], element: Element) -> dict[str, str]:
    """The paint that holds for an element: its own over what it inherits. Raises EmblemRefused."""
    paint = dict(inherited)
    kind = element.tag.rpartition("}")[2]
    taken = {"transform", "style", *_SHAPES.get(kind, ())}
    if kind == "svg":
        taken |= {"viewBox", "width", "height", "x", "y", "preserveAspectRatio"}
    for name, value in [*element.attrib.items(), *_styled(element)]:
        if name in _PAINT:
            word = value.strip().lower()
            paint[name] = _checked(_SAME_COLOURS.get(word, word), _PAINT[name], name)
        elif name == "opacity" or name.endswith("-opacity"):
            if value.strip() not in ("1", "1.0"):
                raise EmblemRefused("The emblem is translucent; a seal is of one full colour.")
        elif not (name in taken or name in _DRAW_NOTHING or name.startswith(("{", "data-", "font-", "-"))):
            raise EmblemRefused(
                f"The file of the emblem uses `{name[:40]}`, which is not taken: save it as plain SVG."
            )
    return paint


def _styled(element: Element) -> Iterator[tuple[str, str]]:
    for part in element.get("style", "").split(";"):
        name, colon, value = part.partition(":")
        if colon:
            yield name.strip(), value


def _transform(element: Element) -> Iterator[tuple[str, str]]:
    value = element.get("transform")
    if value:
        yield "transform", _checked(value, _TRANSFORM, "transform")


def _checked(value: str, form: re.Pattern[str], name: str) -> str:
    if not form.fullmatch(value):
        raise EmblemRefused(f"The file of the emblem has a `{name}` that is not taken: {value[:40]!r}.")
    return value


def _view_box(root: Element) -> str:
    """The four numbers of the part that is shown, from `viewBox` or from width and height."""
    given = root.get("viewBox")
    parts = re.split(r"[\s,]+", given.strip()) if given else ["0", "0", *map(root.get, ("width", "height"))]
    found = [_LENGTH.fullmatch(part or "") for part in parts]
    numbers = [float(match[1]) for match in found if match]
    if len(numbers) != 4 or not all(0 < side < 1e6 for side in numbers[2:]):
        raise EmblemRefused("The file of the emblem does not say how large it is: give it a viewBox.")
    return " ".join(f"{number:g}" for number in numbers)


def _refuse_tricks(svg: bytes) -> None:
    """Refuse document types, entities, processing instructions, and XML too large or nested too deep."""
    depth = count = 0

    def refuse(*_: object) -> None:
        raise EmblemRefused(
            "The file of the emblem has a document type, an entity or an instruction, is nested too deep or "
            f"has more than {MOST_ELEMENTS} elements: save it as plain SVG."
        )

    def enter(*_: object) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > DEEPEST or count > MOST_ELEMENTS:
            refuse()

    def leave(*_: object) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ProcessingInstructionHandler = refuse
    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    try:
        parser.Parse(svg, True)
    except expat.ExpatError:
        raise EmblemRefused("The file of the emblem is no SVG that can be read.") from None
