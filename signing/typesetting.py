"""PDF/A-2b pages from typst sources, with the Chinese fonts that come as a package."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import typst
from pylopdf_fonts_zh_cn import serif_path

from signing.errors import GlyphMissing, TypesettingFailed

_MISSING = re.compile(r'the text `"(.*)"` could not be displayed', re.DOTALL)


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """Noto Serif SC and Noto Sans SC and nothing of the machine, so that all machines make the same page."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(serif_path().parent)]
    )


def typeset(source: Path, inputs: Mapping[str, str], *, made_at: datetime | int = 0) -> bytes:
    """Typeset a source with its `sys.inputs` into PDF/A-2b; the same input gives the same bytes.

    Raises GlyphMissing, which names the characters, and TypesettingFailed.
    """
    try:
        pdf = typst.compile(
            source,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs=dict(inputs),
            format="pdf",
            pdf_standards="a-2b",
            timestamp=made_at,
        )
    except typst.TypstError as error:
        raise _translate(error) from None
    if not isinstance(pdf, bytes):
        raise TypesettingFailed
    return pdf


def typeset_marked(
    source: Path, inputs: Mapping[str, str], selector: str, *, made_at: datetime | int = 0
) -> tuple[bytes, str]:
    """Typeset a source as `typeset` does and ask it for labelled metadata, as JSON, laid out but once.

    Raises GlyphMissing, TypesettingFailed.
    """
    try:
        compiler = typst.Compiler(
            source, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=dict(inputs)
        )
        pdf = compiler.compile(format="pdf", pdf_standards="a-2b", timestamp=made_at)
        answer = compiler.query(selector, field="value", one=True)
    except typst.TypstError as error:
        raise _translate(error) from None
    if not isinstance(pdf, bytes):
        raise TypesettingFailed
    return pdf, str(answer)


def typeset_svg(source: Path, inputs: Mapping[str, str]) -> bytes:
    """Typeset a source of one page into an SVG. Raises TypesettingFailed; a missing glyph is no error."""
    try:
        svg = typst.compile(
            source, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=dict(inputs), format="svg"
        )
    except typst.TypstError as error:
        raise _translate(error) from None
    if not isinstance(svg, bytes):
        raise TypesettingFailed
    return svg


def typeset_png(source: Path, inputs: Mapping[str, str], *, dots_per_inch: int) -> bytes:
    """Typeset a source of one page into a PNG. Raises TypesettingFailed; a missing glyph is no error."""
    try:
        png = typst.compile(
            source,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs=dict(inputs),
            format="png",
            ppi=dots_per_inch,
        )
    except typst.TypstError as error:
        raise _translate(error) from None
    if not isinstance(png, bytes):
        raise TypesettingFailed
    return png


def _translate(error: typst.TypstError) -> TypesettingFailed:
    missing = _MISSING.search(str(error))
    if missing:
        return GlyphMissing(missing.group(1))
    return TypesettingFailed(f"The page could not be typeset: {error}")
