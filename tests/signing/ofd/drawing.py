"""Draw a page of an OFD file as SVG, from what its parts say: there is no OFD viewer to look at it with."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, fromstring
from xml.sax.saxutils import escape

from signing.ofd.document import DOCUMENT, RESOURCES, SIGNATURE, SIGNED_VALUE
from signing.ofd.package import unpack
from signing.ofd.pages import tag
from signing.ofd.seal_format import SealSignature

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class SeenText:
    """A line as a reader would place it: text, font id, box, and where each character begins."""

    text: str
    font: str
    box: Box
    starts: tuple[float, ...]
    turned: bool


def read_page(ofd: bytes, index: int = 0) -> tuple[Element, dict[str, bytes]]:
    parts = unpack(ofd)
    page = _xml(parts[DOCUMENT]).findall(f"{tag('Pages')}/{tag('Page')}")[index]
    return _xml(parts[page.get("BaseLoc", "")[1:]]), parts


def texts(ofd: bytes, index: int = 0) -> Iterator[SeenText]:
    page, _ = read_page(ofd, index)
    for item in page.iter(tag("TextObject")):
        code = item.find(tag("TextCode"))
        assert code is not None
        assert code.text
        box = _numbers(item.get("Boundary", ""))
        starts = [float(code.get("X", "0"))]
        for step in _steps(code.get("DeltaX", "")):
            starts.append(starts[-1] + step)
        yield SeenText(
            code.text,
            item.get("Font", ""),
            (box[0], box[1], box[2], box[3]),
            tuple(starts),
            "CTM" in item.attrib,
        )


def seal_box(ofd: bytes) -> Box:
    info = _xml(unpack(ofd)[SIGNATURE]).find(f"{tag('SignedInfo')}/{tag('StampAnnot')}")
    assert info is not None
    x, y, width, height = _numbers(info.get("Boundary", ""))
    return x, y, width, height


def stamp_boxes(ofd: bytes, page_id: str) -> Iterator[tuple[Box, Box | None]]:
    """Where the seal's picture stands on a page, and which part of it is shown, where not all."""
    info = _xml(unpack(ofd)[SIGNATURE]).find(tag("SignedInfo"))
    assert info is not None
    for stamp in info.findall(tag("StampAnnot")):
        if stamp.get("PageRef") == page_id:
            x, y, width, height = _numbers(stamp.get("Boundary", ""))
            cut = _numbers(stamp.get("Clip", ""))
            yield (x, y, width, height), (cut[0], cut[1], cut[2], cut[3]) if cut else None


def as_svg(ofd: bytes, index: int = 0, *, with_seal: bool = True) -> str:
    page, parts = read_page(ofd, index)
    area = page.find(f"{tag('Area')}/{tag('PhysicalBox')}")
    assert area is not None
    _, _, width, height = _numbers(area.text or "")
    drawn = [_drawn(item) for layer in page.iter(tag("Layer")) for item in layer]
    if with_seal:
        picture = SealSignature.load(parts[SIGNED_VALUE])["to_sign"]["seal"]["info"]["picture"]["data"].native
        listed = _xml(parts[DOCUMENT]).findall(f"{tag('Pages')}/{tag('Page')}")
        for (x, y, wide, high), cut in stamp_boxes(ofd, listed[index].get("ID", "")):
            left, top, right, lower = (0.0, 0.0, wide, high) if cut is None else cut
            drawn.append(
                f'<svg x="{x + left}" y="{y + top}" width="{right}" height="{lower}" '
                f'viewBox="{left} {top} {right} {lower}"><image width="{wide}" height="{high}" '
                f'href="data:image/png;base64,{base64.b64encode(picture).decode()}"/></svg>'
            )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}"><style>{_fonts(parts)}</style>{"".join(drawn)}</svg>'
    )


def _xml(content: bytes) -> Element:
    return fromstring(content)  # noqa: S314 - made by the test itself


def _fonts(parts: dict[str, bytes]) -> str:
    faces = []
    for font in _xml(parts[RESOURCES]).iter(tag("Font")):
        name = f"Doc_0/Res/{font.findtext(tag('FontFile'))}"
        content = base64.b64encode(parts[name]).decode()
        faces.append(
            f"@font-face {{ font-family: f{font.get('ID')}; src: url(data:font/otf;base64,{content}) }}"
        )
    return " ".join(faces)


def _drawn(item: Element) -> str:
    left, top, width, height = _numbers(item.get("Boundary", ""))
    matrix = f'<g transform="matrix({item.get("CTM")})">' if item.get("CTM") else "<g>"
    alpha = int(item.get("Alpha", "255")) / 255
    if item.tag == tag("PathObject"):
        fill = _colour(item, "FillColor") if item.get("Fill") == "true" else "none"
        stroke = _colour(item, "StrokeColor") if item.get("Stroke") == "true" else "none"
        data = re.sub(r"\bC\b", "Z", item.findtext(tag("AbbreviatedData")) or "").replace("B", "C")
        inner = f'<path d="{data}" fill="{fill}" stroke="{stroke}" stroke-width="{item.get("LineWidth")}"/>'
    else:
        code = item.find(tag("TextCode"))
        assert code is not None
        starts = [float(code.get("X", "0"))]
        for step in _steps(code.get("DeltaX", "")):
            starts.append(starts[-1] + step)
        stroke = (
            f'stroke="{_colour(item, "StrokeColor")}" stroke-width="{item.get("LineWidth")}"'
            if item.get("Stroke") == "true"
            else ""
        )
        inner = (
            f'<text xml:space="preserve" x="{" ".join(f"{start:.3f}" for start in starts)}" '
            f'y="{code.get("Y")}" font-family="f{item.get("Font")}" font-size="{item.get("Size")}" '
            f'fill="{_colour(item, "FillColor")}" {stroke}>{escape(code.text or "")}</text>'
        )
    box = f'x="{left}" y="{top}" width="{width}" height="{height}"'
    return f'<svg {box} overflow="hidden" opacity="{alpha}">{matrix}{inner}</g></svg>'


def _colour(item: Element, name: str) -> str:
    found = item.find(tag(name))
    assert found is not None
    red, green, blue = (found.get("Value") or "").split()
    return f"rgb({red},{green},{blue})"


def _steps(told: str) -> Iterator[float]:
    words = iter(told.split())
    for word in words:
        if word == "g":
            count, step = int(next(words)), float(next(words))
            yield from [step] * count
        else:
            yield float(word)


def _numbers(told: str) -> list[float]:
    return [float(number) for number in told.split()]
