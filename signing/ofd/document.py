"""An OFD document before it is sealed: its parts, by their names in the package (GB/T 33190, chapter 7).

The same content gives the same bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final
from xml.etree.ElementTree import fromstring
from xml.sax.saxutils import escape, quoteattr

from signing.ofd.pages import Page, Path, document, numbers, page_content, tag

OFD_XML: Final = "OFD.xml"
DOCUMENT: Final = "Doc_0/Document.xml"
RESOURCES: Final = "Doc_0/PublicRes.xml"
BACKGROUND: Final = "Doc_0/Tpls/Tpl_0/Content.xml"
SIGNATURES: Final = "Doc_0/Signs/Signatures.xml"
SIGNATURE: Final = "Doc_0/Signs/Sign_0/Signature.xml"
SEAL: Final = "Doc_0/Signs/Sign_0/Seal.esl"
SIGNED_VALUE: Final = "Doc_0/Signs/Sign_0/SignedValue.dat"
FIRST_FONT_ID: Final = 2


@dataclass(frozen=True, slots=True)
class EmbeddedFont:
    """A font in the package: its family and its file (OpenType)."""

    family: str
    content: bytes


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What a document says of itself. document_id: 32 hexadecimal digits."""

    document_id: str
    title: str
    author: str
    made_at: datetime


def font_id(index: int) -> int:
    """The id under which text names the font at this place in the list."""
    return FIRST_FONT_ID + index


def build(
    facts: DocumentFacts,
    pages: Sequence[Page],
    fonts: Sequence[EmbeddedFont],
    *,
    background: tuple[Path, ...] = (),
) -> dict[str, bytes]:
    """Give the parts of a document, unsealed, in the order in which they are packed.

    The background stands behind every page, as a template page: the same part in every document.
    """
    if not pages or not fonts:
        raise ValueError("a document has a page and a font")
    contents: dict[str, bytes] = {}
    ids: list[int] = []
    behind: int | None = None
    next_id = font_id(len(fonts))
    if background:
        behind, size = next_id, (pages[0].width_mm, pages[0].height_mm)
        contents[BACKGROUND], next_id = _background(background, size, first_id=next_id + 1)
    for index, page in enumerate(pages):
        ids.append(next_id)
        contents[page_name(index)], next_id = page_content(page, first_id=next_id + 1, background=behind)
    return {
        OFD_XML: _entry(facts),
        DOCUMENT: _document(pages[0], ids, largest_id=next_id - 1, background=behind),
        RESOURCES: _resources(fonts),
        **contents,
        **{_font_name(index): font.content for index, font in enumerate(fonts)},
    }


def page_ids(parts: Mapping[str, bytes]) -> tuple[int, ...]:
    """The ids of the pages in built parts, which a seal's places refer to."""
    found = fromstring(parts[DOCUMENT]).findall(f"{tag('Pages')}/{tag('Page')}")  # noqa: S314 - our own text
    return tuple(int(page.get("ID", "")) for page in found)


def page_sizes_mm(parts: Mapping[str, bytes]) -> tuple[tuple[float, float], ...]:
    """Width and height of the pages in built parts."""
    sizes = []
    for index, _ in enumerate(page_ids(parts)):
        page = fromstring(parts[page_name(index)])  # noqa: S314 - our own text
        _, _, width, height = map(float, page.findtext(f"{tag('Area')}/{tag('PhysicalBox')}", "").split())
        sizes.append((width, height))
    return tuple(sizes)


def page_name(index: int) -> str:
    """Where the content of a page lies."""
    return f"Doc_0/Pages/Page_{index}/Content.xml"


@lru_cache(maxsize=8)
def _background(drawn: tuple[Path, ...], size_mm: tuple[float, float], *, first_id: int) -> tuple[bytes, int]:
    return page_content(Page(*size_mm, drawn), first_id=first_id)


def _entry(facts: DocumentFacts) -> bytes:
    content = (
        f"<ofd:DocBody><ofd:DocInfo><ofd:DocID>{escape(facts.document_id)}</ofd:DocID>"
        f"<ofd:Title>{escape(facts.title)}</ofd:Title><ofd:Author>{escape(facts.author)}</ofd:Author>"
        f"<ofd:CreationDate>{facts.made_at.date().isoformat()}</ofd:CreationDate>"
        f"<ofd:Creator>novisit</ofd:Creator></ofd:DocInfo><ofd:DocRoot>/{DOCUMENT}</ofd:DocRoot>"
        f"<ofd:Signatures>/{SIGNATURES}</ofd:Signatures></ofd:DocBody>"
    )
    return document("OFD", content, ' DocType="OFD" Version="1.1"')


def _document(first: Page, ids: Sequence[int], *, largest_id: int, background: int | None) -> bytes:
    behind = "" if background is None else f'<ofd:TemplatePage ID="{background}" BaseLoc="/{BACKGROUND}"/>'
    listed = "".join(
        f'<ofd:Page ID="{identifier}" BaseLoc="/{page_name(index)}"/>' for index, identifier in enumerate(ids)
    )
    content = (
        f"<ofd:CommonData><ofd:MaxUnitID>{largest_id}</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>"
        f"{numbers((0, 0, first.width_mm, first.height_mm))}</ofd:PhysicalBox></ofd:PageArea>"
        f"<ofd:PublicRes>/{RESOURCES}</ofd:PublicRes>{behind}</ofd:CommonData>"
        f"<ofd:Pages>{listed}</ofd:Pages>"
    )
    return document("Document", content)


def _resources(fonts: Sequence[EmbeddedFont]) -> bytes:
    listed = "".join(
        f'<ofd:Font ID="{font_id(index)}" FontName={quoteattr(font.family)} '
        f"FamilyName={quoteattr(font.family)}><ofd:FontFile>{_font_name(index).rpartition('/')[2]}"
        "</ofd:FontFile></ofd:Font>"
        for index, font in enumerate(fonts)
    )
    return document("Res", f"<ofd:Fonts>{listed}</ofd:Fonts>", ' BaseLoc="Res"')


def _font_name(index: int) -> str:
    return f"Doc_0/Res/font_{index}.otf"
