"""What a seal adds to a document: its field and look, the security store, entries of form and catalogue."""

from collections.abc import Sequence
from typing import Final

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject

from signing.pdf.crossing import INK
from signing.pdf.picture import Picture
from signing.pdf.revision import Revision, dictionary, numbers, render, text
from signing.pdf.source import Sheet, Source, entry, raw

Entries = dict[str, PdfObject | bytes]

_LOCKED_AND_PRINTED: Final = b"132"


def appearance_of(picture: Picture, drawing: int, sheet: Sheet) -> bytes:
    """The form that a reader shows for the field: the drawing in ink, upright as the page is shown."""
    content = b"/Ink gs /Seal Do"
    return (
        b"<</Type/XObject/Subtype/Form/BBox %b/Matrix %b/Length %d"
        b"/Resources <</ExtGState <</Ink %b>>/XObject <</Seal %d 0 R>>>>>>\nstream\n%b\nendstream"
    ) % (
        numbers(0, 0, picture.width, picture.height),
        numbers(*sheet.upright, 0, 0),
        len(content),
        INK,
        drawing,
        content,
    )


def seal_field(
    name: str,
    signature: int,
    sheet: Sheet,
    box: tuple[float, float, float, float],
    *,
    look: int | None = None,
) -> bytes:
    """A signature field with its widget on a page; without an appearance it is not seen."""
    shown = b"" if look is None else b"\n/AP <</N %d 0 R>>" % look
    return (
        b"<<\n/Type /Annot\n/Subtype /Widget\n/FT /Sig\n/T %b\n/F %b\n/Rect %b\n/P %b\n/V %d 0 R%b\n>>"
    ) % (text(name), _LOCKED_AND_PRINTED, numbers(*box), render(sheet.reference), signature, shown)


def put_streams(revision: Revision, contents: Sequence[bytes]) -> list[int]:
    """Write streams; give their numbers."""
    given = [revision.number() for _ in contents]
    for number, content in zip(given, contents, strict=True):
        revision.put_stream(number, content)
    return given


def security_store(proofs: Sequence[int], lists: Sequence[int]) -> bytes:
    """The document security store (ETSI EN 319 142-1, 5.4.2)."""
    certs, crls = (array([b"%d 0 R" % number for number in items]) for items in (proofs, lists))
    return b"<<\n/Certs %b\n/CRLs %b\n>>" % (certs, crls)


def form_of(revision: Revision, source: Source) -> tuple[int, Entries]:
    """The number and entries of the document's form, a new one where it has none."""
    root = source.reader.root
    if "/AcroForm" not in root:
        return revision.number(), {}
    kept = root.raw_get("/AcroForm")
    known = kept.idnum if isinstance(kept, IndirectObject) and not kept.generation else revision.number()
    return known, {**raw(root["/AcroForm"])}


def form_fields(source: Source) -> tuple[bytes, ...]:
    """The fields that the document's form has."""
    form = entry(source.reader.root, "/AcroForm")
    return items_of(form, "/Fields") if isinstance(form, DictionaryObject) else ()


def catalogue_with(source: Source, *, form: int, store: int, signature: int) -> Entries:
    """The catalogue with what a certifying PAdES seal adds to it."""
    root: Entries = {**raw(source.reader.root)}
    known = entry(source.reader.root, "/Extensions")
    extensions: Entries = {**raw(known)} if isinstance(known, DictionaryObject) else {}
    extensions["/ESIC"] = b"<</Type/DeveloperExtensions/BaseVersion/1.7/ExtensionLevel 1>>"
    return {
        **root,
        "/AcroForm": b"%d 0 R" % form,
        "/DSS": b"%d 0 R" % store,
        "/Extensions": dictionary(extensions),
        "/Perms": b"<</DocMDP %d 0 R>>" % signature,
    }


def items_of(entries: DictionaryObject, key: str) -> tuple[bytes, ...]:
    """What an array holds, as it stands in the file."""
    array = entry(entries, key)
    if not isinstance(array, ArrayObject):
        return ()
    return tuple(render(array.raw_get(index)) for index in range(len(array)))


def array(items: Sequence[bytes]) -> bytes:
    """An array of what is written already."""
    return b"[%b]" % b" ".join(items)
