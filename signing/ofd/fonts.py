"""Fonts for OFD documents: the common characters cut out once, rare ones when they come.

Cutting a font with thirty thousand glyphs takes seconds, a document must not; so the common cut lies in a
file that is made ahead, and only a character outside it costs a cut of its own.
"""

import hashlib
import io
import os
import secrets
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Final

from fontTools import subset
from fontTools.ttLib import TTFont
from pylopdf_fonts_zh_cn import serif_path

from signing.errors import GlyphMissing, TypesettingFailed
from signing.ofd.document import EmbeddedFont

FAMILY: Final = "Noto Serif SC"
RARE_FAMILY: Final = "Noto Serif SC rare"
_FORM: Final = "1"
"""Part of the name of the file; another form of cut gets another."""

_LEVEL_ONE = range(0xB0, 0xD8)
_SIGNS = range(0xA1, 0xAA)
_CELLS = range(0xA1, 0xFF)


def common_characters() -> str:
    """ASCII, the signs of GB/T 2312 and the 3,755 most common Chinese characters (its level 1)."""
    found = [chr(code) for code in range(0x20, 0x7F)]
    for row in (*_SIGNS, *_LEVEL_ONE):
        for cell in _CELLS:
            found.append(bytes([row, cell]).decode("gb2312", errors="ignore"))
    return "".join(found)


class FontShelf:
    """The fonts of this machine's OFD documents. Keep one per process."""

    def __init__(self, folder: Path, characters: str | None = None) -> None:
        """Name the folder that keeps the common cut, and its characters where they are not the usual ones."""
        self._folder = folder
        self._characters = characters or common_characters()

    @cached_property
    def common(self) -> EmbeddedFont:
        """The common cut, made and kept in the folder when it is not there."""
        path = self._folder / f"{self._name()}.otf"
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(f".{secrets.token_hex(4)}")
            draft.write_bytes(cut(self._characters))
            os.replace(draft, path)  # noqa: PTH105 - atomic, and another process may have made the same
        return EmbeddedFont(FAMILY, path.read_bytes())

    def rare(self, characters: Iterable[str]) -> EmbeddedFont:
        """A cut for these characters. Raises GlyphMissing, which names those the font lacks."""
        wanted = "".join(sorted(set(characters)))
        missing = "".join(character for character in wanted if character not in self._widths_of_all)
        if missing:
            raise GlyphMissing(missing)
        return EmbeddedFont(RARE_FAMILY, cut(wanted))

    def is_common(self, character: str) -> bool:
        """Whether the common cut has a glyph for it."""
        return character in self._widths

    def advance(self, character: str) -> float:
        """How far a character moves the next one, in ems. Raises GlyphMissing."""
        width = self._widths.get(character)
        if width is None:
            width = self._widths_of_all.get(character)
        if width is None:
            raise GlyphMissing(character)
        return width

    def advances(self, text: str) -> list[float]:
        """How far each character of a line moves the next one, in ems. Raises GlyphMissing."""
        widths = self._widths
        try:
            return [widths[character] for character in text]
        except KeyError:
            return [self.advance(character) for character in text]

    @cached_property
    def _widths(self) -> dict[str, float]:
        return _widths(TTFont(io.BytesIO(self.common.content), lazy=True))

    @cached_property
    def _widths_of_all(self) -> dict[str, float]:
        with serif_path().open("rb") as file:
            return _widths(TTFont(file, lazy=True))

    def _name(self) -> str:
        with serif_path().open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
        digest.update(self._characters.encode())
        return f"common-{_FORM}-{digest.hexdigest()[:12]}"


def cut(characters: str) -> bytes:
    """Cut the glyphs of some characters out of the serif font, without hints and layout tables."""
    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    options.name_IDs = []
    options.notdef_outline = True
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "DSIG"]
    written = io.BytesIO()
    with serif_path().open("rb") as file:
        font = TTFont(file, lazy=True, recalcTimestamp=False)
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=characters)
        subsetter.subset(font)
        font.save(written)
    return written.getvalue()


def _widths(font: TTFont) -> dict[str, float]:
    glyphs, metrics = font.getBestCmap(), font["hmtx"].metrics
    if not glyphs:
        raise TypesettingFailed("The font names its characters in no form that is read here.")
    em = font["head"].unitsPerEm
    return {chr(code): metrics[glyph][0] / em for code, glyph in glyphs.items()}
