"""Read a sealed OFD document strictly: which parts it has, what the seal says it covers."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final
from xml.etree.ElementTree import Element, ParseError, fromstring
from xml.parsers import expat

from signing.gm.sm2 import SM2_WITH_SM3, SM3
from signing.ofd.document import DOCUMENT, OFD_XML, SEAL, SIGNATURE, SIGNATURES, SIGNED_VALUE
from signing.ofd.pages import tag
from signing.steps import Fault
from signing.strips import MOST_PAGES

LARGEST_XML: Final = 8 << 20
DEEPEST_XML: Final = 32
MOST_PICTURES: Final = 1 + MOST_PAGES
"""Of one seal: at its place, and a strip on each page."""
_XINCLUDE: Final = "http://www.w3.org/2001/XInclude"
UNCOVERED: Final = frozenset({SIGNATURE, SIGNED_VALUE})
"""The parts that carry the signature: the first is under its digest, the second is the signature."""


@dataclass(frozen=True, slots=True)
class SealedContent:
    """What Signature.xml says: the digests it lists by part, and on which pages the seal's picture stands."""

    digests: Mapping[str, bytes]
    page_ids: frozenset[str]


def read_xml(parts: Mapping[str, bytes], name: str, root: str) -> Element:
    """Read a part as XML without a document type, in UTF-8, not too deep. Raises Fault."""
    content = parts.get(name)
    if content is None:
        raise Fault("part_missing", "FORMAT_FAILURE")
    if len(content) > LARGEST_XML:
        raise Fault("too_large", "FORMAT_FAILURE")
    _refuse_tricks(content, _Strictness.VALUES)
    try:
        element = fromstring(content)  # noqa: S314 - a document type was refused above
    except ParseError:
        raise Fault("unreadable", "FORMAT_FAILURE") from None
    if element.tag != tag(root):
        raise Fault("unreadable", "FORMAT_FAILURE")
    return element


def require_one_document(parts: Mapping[str, bytes]) -> None:
    """One document, in its place, whose pages and resources all lie in the package. Raises Fault."""
    entry = read_xml(parts, OFD_XML, "OFD")
    bodies = entry.findall(tag("DocBody"))
    if len(bodies) != 1 or _only(bodies[0], "DocRoot") != f"/{DOCUMENT}":
        raise Fault("unreadable", "FORMAT_FAILURE")
    if _only(bodies[0], "Signatures") != f"/{SIGNATURES}":
        raise Fault("no_seal", "FORMAT_FAILURE")
    document = read_xml(parts, DOCUMENT, "Document")
    named = [page.get("BaseLoc", "") for page in document.iter(tag("Page"))]
    named += [
        element.text or "" for kind in ("PublicRes", "DocumentRes") for element in document.iter(tag(kind))
    ]
    named += [page.get("BaseLoc", "") for page in document.iter(tag("TemplatePage"))]
    if not named or any(_inside(place) not in parts for place in named):
        raise Fault("part_missing", "FORMAT_FAILURE")
    for name in parts:
        if name.endswith(".xml"):
            _refuse_tricks(parts[name], _Strictness.TEXT)


def read_title(parts: Mapping[str, bytes]) -> str:
    """What the document says it is: its title and the number of the certificate. Raises Fault."""
    body = _element(read_xml(parts, OFD_XML, "OFD"), "DocBody")
    return _only(_element(body, "DocInfo"), "Title")


def read_signature(parts: Mapping[str, bytes]) -> SealedContent:
    """One seal signature, in its place, by SM2 with SM3. Raises Fault."""
    listed = read_xml(parts, SIGNATURES, "Signatures").findall(tag("Signature"))
    if len(listed) != 1:
        raise Fault("several_signatures", "FORMAT_FAILURE")
    if listed[0].get("Type") != "Seal" or listed[0].get("BaseLoc") != f"/{SIGNATURE}":
        raise Fault("not_certifying", "FORMAT_FAILURE")
    signature = read_xml(parts, SIGNATURE, "Signature")
    info = _element(signature, "SignedInfo")
    references = _element(info, "References")
    if _only(info, "SignatureMethod") != SM2_WITH_SM3 or references.get("CheckMethod") != SM3:
        raise Fault("weak_algorithm", "CRYPTO_CONSTRAINTS_FAILURE")
    drawn = info.findall(tag("StampAnnot"))
    if (
        not 1 <= len(drawn) <= MOST_PICTURES
        or len({stamp.get("ID") for stamp in drawn}) < len(drawn)
        or _only(_element(info, "Seal"), "BaseLoc") != f"/{SEAL}"
        or _only(signature, "SignedValue") != f"/{SIGNED_VALUE}"
    ):
        raise Fault("not_certifying", "FORMAT_FAILURE")
    return SealedContent(_digests(references), frozenset(stamp.get("PageRef", "") for stamp in drawn))


def require_pages(parts: Mapping[str, bytes], page_ids: frozenset[str]) -> None:
    """The pages that the seal's picture stands on are the document's. Raises Fault."""
    document = read_xml(parts, DOCUMENT, "Document")
    if not page_ids <= {page.get("ID") for page in document.iter(tag("Page"))}:
        raise Fault("not_certifying", "FORMAT_FAILURE")


def _digests(references: Element) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for reference in references:
        name = _inside(reference.get("FileRef", ""))
        if reference.tag != tag("Reference") or not name or name in found:
            raise Fault("unreadable", "FORMAT_FAILURE")
        try:
            found[name] = base64.b64decode(_only(reference, "CheckValue"), validate=True)
        except binascii.Error:
            raise Fault("unreadable", "FORMAT_FAILURE") from None
    return found


def _inside(place: str) -> str:
    """An absolute place in the package as the name of a part; nothing for any other."""
    return place[1:] if place.startswith("/") else ""


def _element(parent: Element, name: str) -> Element:
    found = parent.findall(tag(name))
    if len(found) != 1:
        raise Fault("unreadable", "FORMAT_FAILURE")
    return found[0]


def _only(parent: Element, name: str) -> str:
    return (_element(parent, name).text or "").strip()


class _Strictness(Enum):
    """What an XML file is for: values that decide, or text that is only shown."""

    VALUES = "values"
    TEXT = "text"


def _refuse_tricks(content: bytes, strictness: _Strictness) -> None:
    """Refuse what two readers could read differently, or what reaches outside of the file.

    That is: another encoding than UTF-8, document types, entities, processing instructions, inclusions
    (XInclude), XML nested too deep. Where values decide also comments and CDATA, which cut a value in pieces.
    Raises Fault.
    """
    depth = 0

    def refuse(*_: object) -> None:
        raise Fault("active_content", "FORMAT_FAILURE")

    def declare(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() != "utf-8":
            raise Fault("unreadable", "FORMAT_FAILURE")

    def enter(name: str, _: object) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST_XML or name.startswith(_XINCLUDE):
            refuse()

    def leave(*_: object) -> None:
        nonlocal depth
        depth -= 1

    # The parser alone would follow a byte order mark, or zeros, into UTF-16.
    if b"\0" in content or not _is_utf8(content):
        raise Fault("unreadable", "FORMAT_FAILURE")
    parser = expat.ParserCreate("UTF-8", namespace_separator=" ")
    parser.XmlDeclHandler = declare
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ProcessingInstructionHandler = refuse
    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    if strictness is _Strictness.VALUES:
        parser.CommentHandler = refuse
        parser.StartCdataSectionHandler = refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        raise Fault("unreadable", "FORMAT_FAILURE") from None


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
