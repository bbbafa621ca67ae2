"""The round red seal as a picture: a page of vectors, as wide as the seal."""

import io
from functools import lru_cache
from pathlib import Path

from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.generic import DictionaryObject, pdf_name
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.stamp import StaticStampStyle

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


def stamp_style(seal: Seal) -> StaticStampStyle:
    """Make the stamp for one document. Never use it twice: it keeps object references of its document."""
    return StaticStampStyle(background=_FirstPage(draw_seal(seal)), border_width=0, background_opacity=1.0)


class _FirstPage(PdfContent):
    """The first page of a PDF in memory, drawn as the content of a stamp."""

    def __init__(self, pdf: bytes) -> None:
        self._pdf = pdf
        super().__init__()

    def render(self) -> bytes:
        picture = self._ensure_writer.import_page_as_xobject(PdfFileReader(io.BytesIO(self._pdf)))
        self.resources.xobject["/Seal"] = picture
        left, lower, right, upper = picture.get_object()["/BBox"]
        self.box = BoxConstraints(width=abs(right - left), height=abs(upper - lower))
        # As ink does, the red darkens what it covers and hides nothing of it.
        self.resources.ext_g_state["/Ink"] = DictionaryObject({pdf_name("/BM"): pdf_name("/Multiply")})
        return b"/Ink gs /Seal Do"
