"""The round red seal as a picture: one drawing, as PDF for documents, as PNG and SVG for others."""

import json
from functools import lru_cache
from pathlib import Path

from signing.emblem import SEAL_RED
from signing.seal import Seal
from signing.seal_layout import RING, lay_out
from signing.typesetting import typeset, typeset_png, typeset_svg

SEAL_DOTS_PER_INCH = 300
_SOURCE = Path(__file__).with_name("seal.typ")


@lru_cache(maxsize=64)
def draw_seal(seal: Seal) -> bytes:
    """Draw a seal as a PDF of one page, `diameter_mm` wide. Raises GlyphMissing."""
    return typeset(_SOURCE, _inputs(seal))


@lru_cache(maxsize=64)
def draw_seal_png(seal: Seal, *, dots_per_inch: int = SEAL_DOTS_PER_INCH) -> bytes:
    """Draw a seal as a PNG with a clear ground, for forms that take no vectors. Raises GlyphMissing."""
    draw_seal(seal)  # Only into PDF/A a missing glyph is an error.
    return typeset_png(_SOURCE, _inputs(seal), dots_per_inch=dots_per_inch)


def draw_seal_svg(seal: Seal) -> bytes:
    """Draw a seal as an SVG with a clear ground, for looking at. Raises GlyphMissing."""
    draw_seal(seal)
    return typeset_svg(_SOURCE, _inputs(seal))


def _inputs(seal: Seal) -> dict[str, str]:
    design, layout = seal.design, lay_out(seal.shown_name, seal.design)
    shown: dict[str, object] = {
        "name": seal.shown_name,
        "code": seal.code,
        "diameter": design.diameter_mm,
        "red": SEAL_RED,
        "ring": RING,
        "centre": design.centre.value,
        "centre_mm": layout.centre_mm,
        "emblem": design.emblem,
        "height": layout.name.height_mm,
        "narrowness": layout.name.narrowness,
        "step": layout.name.step_deg,
        "radius": layout.name.radius_mm,
        "line": design.line,
    }
    if layout.line is not None:
        shown["line_height"] = layout.line.height_mm
        shown["line_narrowness"] = layout.line.narrowness
        shown["line_down"] = layout.line.down_mm
    return {"seal": json.dumps(shown, ensure_ascii=False, sort_keys=True)}
