"""An OFD document before it is sealed: its parts, by their names in the package (GB/T 33190, chapter 7).

The same content gives the same bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, fromstring, register_namespace, tostring

from signing.ofd.pages import NAMESPACE, Page, numbers, page_content, tag

OFD_XML: Final = "OFD.xml"
DOCUMENT: Final = "Doc_0/Document.xml"
RESOURCES: Final = "Doc_0/PublicRes.xml"
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


def build(facts: DocumentFacts, pages: Sequence[Page], fonts: Sequence[EmbeddedFont]) -> dict[str, bytes]:
    """Give the parts of a document, unsealed, in the order in which they are packed."""
    if not pages or not fonts:
        raise ValueError("a document has a page and a font")
    contents: dict[str, bytes] = {}
    page_ids: list[int] = []
    next_id = font_id(len(fonts))
    for index, page in enumerate(pages):
        page_ids.append(next_id)
        root, next_id = page_content(page, first_id=next_id + 1)
        contents[page_name(index)] = xml(root)
    return {
        OFD_XML: xml(_entry(facts)),
        DOCUMENT: xml(_document(pages[0], page_ids, largest_id=next_id - 1)),
        RESOURCES: xml(_resources(fonts)),
        **contents,
        **{_font_name(index): font.content for index, font in enumerate(fonts)},
    }


def page_id(parts: Mapping[str, bytes], index: int) -> int:
    """The id of a page in built parts, which a seal's place refers to."""
    found = fromstring(parts[DOCUMENT]).findall(f"{tag('Pages')}/{tag('Page')}")  # noqa: S314 - our own text
    return int(found[index].get("ID", ""))


def page_name(index: int) -> str:
    """Where the content of a page lies."""
    return f"Doc_0/Pages/Page_{index}/Content.xml"


def xml(root: Element) -> bytes:
    """Write XML in UTF-8 with its declaration."""
    register_namespace("ofd", NAMESPACE)
    return bytes(tostring(root, encoding="UTF-8", xml_declaration=True))


def _entry(facts: DocumentFacts) -> Element:
    root = Element(tag("OFD"), DocType="OFD", Version="1.1")
    body = SubElement(root, tag("DocBody"))
    info = SubElement(body, tag("DocInfo"))
    SubElement(info, tag("DocID")).text = facts.document_id
    SubElement(info, tag("Title")).text = facts.title
    SubElement(info, tag("Author")).text = facts.author
    SubElement(info, tag("CreationDate")).text = facts.made_at.date().isoformat()
    SubElement(info, tag("Creator")).text = "novisit"
    SubElement(body, tag("DocRoot")).text = f"/{DOCUMENT}"
    SubElement(body, tag("Signatures")).text = f"/{SIGNATURES}"
    return root


def _document(first: Page, page_ids: Sequence[int], *, largest_id: int) -> Element:
    root = Element(tag("Document"))
    common = SubElement(root, tag("CommonData"))
    SubElement(common, tag("MaxUnitID")).text = str(largest_id)
    area = SubElement(common, tag("PageArea"))
    SubElement(area, tag("PhysicalBox")).text = numbers((0, 0, first.width_mm, first.height_mm))
    SubElement(common, tag("PublicRes")).text = f"/{RESOURCES}"
    listed = SubElement(root, tag("Pages"))
    for index, identifier in enumerate(page_ids):
        SubElement(listed, tag("Page"), ID=str(identifier), BaseLoc=f"/{page_name(index)}")
    return root


def _resources(fonts: Sequence[EmbeddedFont]) -> Element:
    root = Element(tag("Res"), BaseLoc="Res")
    listed = SubElement(root, tag("Fonts"))
    for index, font in enumerate(fonts):
        element = SubElement(
            listed, tag("Font"), ID=str(font_id(index)), FontName=font.family, FamilyName=font.family
        )
        SubElement(element, tag("FontFile")).text = _font_name(index).rpartition("/")[2]
    return root


def _font_name(index: int) -> str:
    return f"Doc_0/Res/font_{index}.otf"
