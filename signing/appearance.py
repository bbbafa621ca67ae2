"""The round red seal as a picture: a page of vectors, as wide as the seal."""

from functools import lru_cache
from pathlib import Path

from signing.seal import Seal
from signing.typesetting import typeset, typeset_png

SEAL_DOTS_PER_INCH = 300
_SOURCE = Path(__file__).with_name("seal.typ")


@lru_cache(maxsize=64)
def draw_seal(seal: Seal) -> bytes:
    """Draw a seal as a PDF of one page, `diameter_mm` wide. Raises GlyphMissing."""
    return typeset(_SOURCE, _inputs(seal))


@lru_cache(maxsize=64)
def draw_seal_png(seal: Seal) -> bytes:
    """Draw a seal as a PNG with a clear ground, 300 dots to the inch, for forms that take no vectors."""
    return typeset_png(_SOURCE, _inputs(seal), dots_per_inch=SEAL_DOTS_PER_INCH)


def _inputs(seal: Seal) -> dict[str, str]:
    return {"holder": seal.holder, "code": seal.code, "diameter": str(seal.diameter_mm)}
