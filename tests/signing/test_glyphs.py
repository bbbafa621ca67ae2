from pathlib import Path

import pytest

from signing.errors import GlyphMissing
from signing.glyphs import first_unprintable
from signing.typesetting import typeset

PRINTABLE = "江岸区好味面馆 No. 7 (二楼)，约 149.99 ㎡·分店é\n㐂"
UNPRINTABLE = ["\U0001f35c", "𠮷", "\u202e", "\u200b", "\ue000", "\ud800", "\x00", "ก", "\u2028"]


def test_what_a_shop_sign_has_can_be_printed() -> None:
    assert first_unprintable(PRINTABLE) is None


@pytest.mark.parametrize("character", UNPRINTABLE)
def test_place_of_what_cannot_be_printed_or_seen_is_told(character: str) -> None:
    assert first_unprintable(f"好味{character}面馆") == 2


def test_typesetter_agrees(tmp_path: Path) -> None:
    source = tmp_path / "page.typ"
    source.write_text('#set text(font: "Noto Serif SC")\n#sys.inputs.text', encoding="utf-8")
    assert typeset(source, {"text": PRINTABLE}).startswith(b"%PDF")
    for character in ("\U0001f35c", "𠮷", "ก"):
        with pytest.raises(GlyphMissing):
            typeset(source, {"text": character})
