"""What stands behind the text of a certificate as OFD: paper, a fret border (回纹), a rosette of fine lines.

The same look as the typst template's; drawn once per size of page.
"""

import math
import re
from functools import lru_cache
from typing import Final

from filing.qr_codes import qr_rows
from signing.ofd.pages import Colour, Path, number

WIDTH_MM: Final = 297.0
HEIGHT_MM: Final = 210.0
INK: Final = Colour(0x1D, 0x1A, 0x16)
FAINT: Final = Colour(0x6F, 0x67, 0x5C)
GOLD: Final = Colour(0xA8, 0x84, 0x3A)
PALE: Final = Colour(0xD9, 0xC6, 0x93)
RED: Final = Colour(0x9D, 0x1C, 0x1C)

_PAPER = Colour(0xFF, 0xFD, 0xF7)
_PALER = Colour(0xEE, 0xE5, 0xCE)
_FAINTEST = Colour(0xE7, 0xDC, 0xBC)
_PAGE_BOX = (0.0, 0.0, WIDTH_MM, HEIGHT_MM)
_EDGE = 9.0
_BAND = 6.0
_FRET = (
    (0.0, 5.4), (5.1, 5.4), (5.1, 0.9), (0.9, 0.9), (0.9, 4.1), (3.8, 4.1), (3.8, 2.2), (2.2, 2.2), (2.2, 2.9)
)  # fmt: skip
_FRET_JOINT = ((5.1, 5.4), (6.0, 5.4))
_ROSETTE_LINES = 36
_ROSETTE_RADII_MM = (59.0, 23.0)
_DARK = re.compile("1+")
_ROUND = 0.5522847498
"""How far the handles of a Bezier curve reach for a quarter of a circle."""


@lru_cache(maxsize=1)
def background() -> tuple[Path, ...]:
    """Everything behind the text."""
    inner_width, inner_height = WIDTH_MM - 2 * _EDGE, HEIGHT_MM - 2 * _EDGE
    outer = _rectangle(_EDGE - 1.6, _EDGE - 1.6, inner_width + 3.2, inner_height + 3.2)
    inset = _EDGE + _BAND + 1.2
    inner = _rectangle(inset, inset, inner_width - 2 * _BAND - 2.4, inner_height - 2 * _BAND - 2.4)
    corners = [(x, y) for x in (_EDGE, WIDTH_MM - _EDGE - _BAND) for y in (_EDGE, HEIGHT_MM - _EDGE - _BAND)]
    squares = " ".join(_rectangle(x + 0.5, y + 0.5, _BAND - 1, _BAND - 1) for x, y in corners)
    diamonds = " ".join(_diamond(x + _BAND / 2, y + _BAND / 2) for x, y in corners)
    return (
        Path(_rectangle(*_PAGE_BOX), _PAGE_BOX, fill=_PAPER),
        Path(_rosette(WIDTH_MM / 2, HEIGHT_MM / 2 + 4), _PAGE_BOX, stroke=_FAINTEST, width_mm=0.09),
        Path(outer, _PAGE_BOX, stroke=GOLD, width_mm=0.7),
        Path(_frets(), _PAGE_BOX, stroke=GOLD, width_mm=0.42),
        Path(squares, _PAGE_BOX, stroke=GOLD, fill=_PALER, width_mm=0.42),
        Path(diamonds, _PAGE_BOX, fill=GOLD),
        Path(inner, _PAGE_BOX, stroke=GOLD, width_mm=0.28),
    )


def rules(lines: list[tuple[float, float, float]], colour: Colour, *, width_mm: float) -> Path:
    """Horizontal lines, each from x to x at y."""
    data = " ".join(f"M {number(x)} {number(y)} L {number(end)} {number(y)}" for x, end, y in lines)
    return Path(data, _PAGE_BOX, stroke=colour, width_mm=width_mm)


def qr_code(text: str, *, x_mm: float, y_mm: float, side_mm: float) -> Path:
    """A QR code as one drawing, error correction M: a fold or a seal's edge may cover 15 % of it."""
    rows = list(qr_rows(text))
    parts = [_run(*run.span(), down) for down, row in enumerate(rows) for run in _DARK.finditer(row)]
    return Path(" ".join(parts), (x_mm, y_mm, side_mm, side_mm), fill=INK, scale_mm=side_mm / len(rows))


@lru_cache(maxsize=16384)
def _run(start: int, end: int, down: int) -> str:
    """Dark modules beside each other, as a rectangle one module high."""
    return f"M {start} {down} L {end} {down} L {end} {down + 1} L {start} {down + 1} C"


def _frets() -> str:
    across = math.floor((WIDTH_MM - 2 * _EDGE - 2 * _BAND) / _BAND)
    down = math.floor((HEIGHT_MM - 2 * _EDGE - 2 * _BAND) / _BAND)
    left, top = (WIDTH_MM - across * _BAND) / 2, (HEIGHT_MM - down * _BAND) / 2
    units = [(left + _BAND * count, y) for y in (_EDGE, HEIGHT_MM - _EDGE - _BAND) for count in range(across)]
    units += [(x, top + _BAND * count) for x in (_EDGE, WIDTH_MM - _EDGE - _BAND) for count in range(down)]
    return " ".join(f"{_line(_FRET, x, y)} {_line(_FRET_JOINT, x, y)}" for x, y in units)


def _rosette(x: float, y: float) -> str:
    return " ".join(
        _ellipse(x, y, *_ROSETTE_RADII_MM, turn=line * math.pi / _ROSETTE_LINES)
        for line in range(_ROSETTE_LINES)
    )


def _ellipse(x: float, y: float, wide: float, high: float, *, turn: float) -> str:
    """Four Bezier curves about a centre."""
    cos, sin = math.cos(turn), math.sin(turn)

    def at(u: float, v: float) -> str:
        return f"{number(x + cos * u * wide - sin * v * high)} {number(y + sin * u * wide + cos * v * high)}"

    k = _ROUND
    quarters = (
        ((1, k), (k, 1), (0, 1)),
        ((-k, 1), (-1, k), (-1, 0)),
        ((-1, -k), (-k, -1), (0, -1)),
        ((k, -1), (1, -k), (1, 0)),
    )
    curves = " ".join("B " + " ".join(at(*point) for point in quarter) for quarter in quarters)
    return f"M {at(1, 0)} {curves} C"


def _line(points: tuple[tuple[float, float], ...], x: float, y: float) -> str:
    first, *others = (f"{number(x + right)} {number(y + down)}" for right, down in points)
    return f"M {first} " + " ".join(f"L {point}" for point in others)


def _rectangle(x: float, y: float, width: float, height: float) -> str:
    right, below = number(x + width), number(y + height)
    return f"M {number(x)} {number(y)} L {right} {number(y)} L {right} {below} L {number(x)} {below} C"


def _diamond(x: float, y: float) -> str:
    reach = 2.1 / math.sqrt(2)
    corners = ((x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y))
    first, *others = (f"{number(right)} {number(down)}" for right, down in corners)
    return f"M {first} " + " ".join(f"L {point}" for point in others) + " C"
