"""Which characters the font of printed papers has, by its `cmap` table (ISO/IEC 14496-22, 5.2.1)."""

import struct
import unicodedata
from bisect import bisect_right
from functools import lru_cache

from pylopdf_fonts_zh_cn import serif_path

from signing.errors import TypesettingFailed

SEGMENTED_COVERAGE = 12
BLANKS = "\n\t"
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that no reader sees; some of them turn the order of the others around."""


def first_unprintable(text: str) -> int | None:
    """Where (from 0) the first character stands that cannot be printed or seen, or None where all can."""
    return next((at for at, character in enumerate(text) if not _is_printable(character)), None)


def _is_printable(character: str) -> bool:
    if character in BLANKS:
        return True
    if unicodedata.category(character) in INVISIBLE:
        return False
    starts, ends = _coverage()
    at = bisect_right(starts, ord(character)) - 1
    return at >= 0 and ord(character) <= ends[at]


@lru_cache(maxsize=1)
def _coverage() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """First and last code points of the ranges that have glyphs, in ascending order."""
    table = _character_map()
    (count,) = struct.unpack_from(">H", table, 2)
    offsets = (struct.unpack_from(">HHI", table, 4 + 8 * number)[2] for number in range(count))
    for offset in offsets:
        (kind,) = struct.unpack_from(">H", table, offset)
        if kind == SEGMENTED_COVERAGE:
            (groups,) = struct.unpack_from(">I", table, offset + 12)
            body = table[offset + 16 : offset + 16 + 12 * groups]
            found = [(first, last) for first, last, glyph in struct.iter_unpack(">III", body) if glyph]
            return tuple(first for first, _ in found), tuple(last for _, last in found)
    raise TypesettingFailed("The font names its characters in no form that is read here.")


def _character_map() -> bytes:
    with serif_path().open("rb") as font:
        (count,) = struct.unpack_from(">H", font.read(12), 4)
        for tag, _, offset, length in struct.iter_unpack(">4sIII", font.read(16 * count)):
            if tag == b"cmap":
                font.seek(offset)
                return font.read(length)
    raise TypesettingFailed("The font does not say which characters it has.")
