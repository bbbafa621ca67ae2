"""Put an organ's seal on a PDF: PAdES-B-LTA, certifying, visible.

The file that leaves is the document, then the seal with its validation data, then a document time stamp that
covers everything to the end. This is the form that pdfsig, OpenSSL, qpdf, MuPDF and the readers all accept.

1. the seal's certificate is admitted, the document read, the seal's place found
2. a revision is written with the drawing of the seal, certificates, revocation lists and a gap
3. the gap is filled with the seal's signature over all around it, and a time stamp over that
4. a second revision is written, whose gap takes a time stamp over everything
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asn1crypto import x509
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject

from signing.admission import admit
from signing.appearance import draw_seal
from signing.containers import DATA, ContainerWriter
from signing.credentials import SealCredential
from signing.errors import SealRefused
from signing.keys import KeyStore
from signing.pdf.crossing import INK, stamp_edges
from signing.pdf.finding import find_place
from signing.pdf.picture import Picture, read_picture
from signing.pdf.revision import Revision, date, dictionary, numbers, render, text
from signing.pdf.source import POINTS_PER_MM, UNREADABLE, Sheet, Source, entry, raw
from signing.purposes import Purpose
from signing.seal import CrossingSeal, Seal, SealAnchor, SealedPdf, SealPlace
from signing.stamper import Stamp, Stamper
from signing.timestamps import TimeStampAuthority
from signing.trust import hush_pyhanko

FIELD_NAME: Final = "Seal"
STAMP_FIELD_NAME: Final = "Timestamp"
SMALLEST_RESERVE: Final = 10 << 10
"""Bytes of room for a signature container; a time-stamp authority with large tokens gets more."""
_LOCKED_AND_PRINTED: Final = b"132"

Entries = dict[str, PdfObject | bytes]


@dataclass(frozen=True, slots=True)
class _Signed:
    """What the first revision leaves for the second: its objects, and what the validation data hold."""

    sheet: Sheet
    page: Entries
    annotations: tuple[bytes, ...]
    form: int
    form_entries: Entries
    fields: tuple[bytes, ...]
    store: int
    proofs: tuple[int, ...]
    certificates: tuple[bytes, ...]
    lists: tuple[int, ...]


class PdfSealer:
    """Seals documents for one organ. Keep one per process and organ: it remembers what never changes."""

    def __init__(
        self,
        credential: SealCredential,
        *,
        keys: KeyStore,
        time_stamps: TimeStampAuthority,
        crls: Callable[[datetime], Sequence[bytes]],
        clock: Callable[[], datetime],
        time_stamp_roots: Sequence[bytes] = (),
    ) -> None:
        self._credential = credential
        self._keys = keys
        self._crls = crls
        self._clock = clock
        self._containers = ContainerWriter(credential.certificate, credential.chain, content_type=DATA)
        self._stamper = Stamper(time_stamps, (credential.root, *time_stamp_roots), credential.chain)
        self._serial = f"{x509.Certificate.load(credential.certificate).serial_number:x}"
        hush_pyhanko()

    @property
    def seal_of(self) -> Seal:
        return self._credential.seal

    def seal(
        self,
        pdf: bytes,
        *,
        reason: str,
        place: SealPlace | SealAnchor,
        crossing: CrossingSeal | None = None,
    ) -> SealedPdf:
        """Seal a document, with a crossing seal over the edges of its pages where one is asked for.

        Raises SealRefused for what is no PDF, is encrypted or carries a signature already, and where the
        seal's place is not found; CertificateRefused where the certificate is expired, revoked or not yet
        valid; TimeStampUnavailable; KeyUnavailable.
        """
        now = self._clock()
        lists = tuple(self._crls(now))
        admit(self._credential.path, Purpose.SEAL, at=now, crls=lists)
        source = Source(pdf)
        found = find_place(source, place) if isinstance(place, SealAnchor) else place
        stamp = self._stamper.expected(lists, now)
        revision = Revision.first(source)
        try:
            signed = self._write_seal(
                revision, source, _Order(reason, found, crossing, lists, now), stamp=stamp
            )
        except UNREADABLE:
            raise SealRefused("The document cannot be sealed: its structure is damaged.") from None
        seal_digest = revision.end()
        stamps: list[Stamp] = []

        def stamped(signature: bytes) -> bytes:
            stamps.append(self._stamper.stamp(hashlib.sha256(signature).digest(), lists, now))
            return stamps[-1].token

        key_name = self._credential.key_name
        revision.fill(
            self._containers.detached(
                seal_digest, lambda data: self._keys.sign(key_name, data), stamp=stamped
            )
        )
        archive = revision.next()
        _write_stamp(archive, signed, stamps[-1])
        archive.fill(self._stamper.stamp(archive.end(), lists, now).token)
        whole = archive.content()
        return SealedPdf(
            pdf=whole,
            digest=hashlib.sha256(whole).hexdigest(),
            seal_digest=seal_digest.hex(),
            certificate_serial=self._serial,
            sealed_at=now,
        )

    def _write_seal(self, revision: Revision, source: Source, order: "_Order", *, stamp: Stamp) -> _Signed:
        credential = self._credential
        picture = read_picture(draw_seal(credential.seal))
        drawing = picture.put(revision)
        pages: Mapping[int, Entries] = {}
        if order.crossing is not None:
            pages = stamp_edges(source, revision, seal=picture, form=drawing, crossing=order.crossing)
        sheet = source.sheet(order.place.page)
        field, signature, look, store = (revision.number() for _ in range(4))
        box = _box(sheet, order.place, credential.seal.diameter_mm)
        revision.put(look, _look(picture, drawing, sheet))
        revision.put(field, _field(FIELD_NAME, signature, sheet, box, look=look))
        certificates = tuple(
            dict.fromkeys((credential.certificate, *credential.chain, credential.root, *stamp.certificates))
        )
        proofs = tuple(_streams(revision, certificates))
        lists = tuple(_streams(revision, order.lists))
        revision.put(store, _store(proofs, lists))
        reserved = max(SMALLEST_RESERVE, 2 * (len(stamp.token) + sum(map(len, certificates))))
        revision.put_signature(signature, self._signature(order), reserved=reserved)
        annotations = (*_items(sheet.entries, "/Annots"), b"%d 0 R" % field)
        page = {**pages.get(sheet.number, raw(sheet.entries))}
        for number, entries in {**pages, sheet.number: {**page, "/Annots": _array(annotations)}}.items():
            reference = source.sheet(number).reference
            revision.put(reference.idnum, dictionary(entries), generation=reference.generation)
        form, form_entries = _form(revision, source)
        fields = (*_form_fields(source), b"%d 0 R" % field)
        revision.put(form, dictionary({**form_entries, "/Fields": _array(fields), "/SigFlags": b"3"}))
        root = _root(source, form=form, store=store, signature=signature)
        revision.put(source.root.idnum, dictionary(root), generation=source.root.generation)
        return _Signed(
            sheet, page, annotations, form, form_entries, fields, store, proofs, certificates, lists
        )

    def _signature(self, order: "_Order") -> bytes:
        return (
            b"/Type /Sig\n/Filter /Adobe.PPKLite\n/SubFilter /ETSI.CAdES.detached\n/M %b\n"
            b"/Name %b\n/Reason %b\n"
            b"/Reference [<</Type/SigRef/TransformMethod/DocMDP"
            b"/TransformParams <</Type/TransformParams/V/1.2/P 2>>>>]"
        ) % (date(order.now), text(self._credential.seal.holder), text(order.reason))


@dataclass(frozen=True, slots=True)
class _Order:
    """One seal to be made."""

    reason: str
    place: SealPlace
    crossing: CrossingSeal | None
    lists: tuple[bytes, ...]
    now: datetime


def _write_stamp(revision: Revision, signed: _Signed, stamp: Stamp) -> None:
    """Write the second revision, with what the validation data still lack about the seal's own time stamp."""
    field, signature = revision.number(), revision.number()
    lacking = [item for item in stamp.certificates if item not in signed.certificates]
    if lacking:
        proofs = (*signed.proofs, *_streams(revision, lacking))
        revision.put(signed.store, _store(proofs, signed.lists))
    revision.put(field, _field(STAMP_FIELD_NAME, signature, signed.sheet, (0, 0, 0, 0)))
    revision.put_signature(
        signature,
        b"/Type /DocTimeStamp\n/Filter /Adobe.PPKLite\n/SubFilter /ETSI.RFC3161",
        reserved=max(SMALLEST_RESERVE // 2, 2 * len(stamp.token)),
    )
    new = b"%d 0 R" % field
    page, reference = signed.page, signed.sheet.reference
    revision.put(
        reference.idnum,
        dictionary({**page, "/Annots": _array((*signed.annotations, new))}),
        generation=reference.generation,
    )
    fields = _array((*signed.fields, new))
    revision.put(signed.form, dictionary({**signed.form_entries, "/Fields": fields, "/SigFlags": b"3"}))


def _box(sheet: Sheet, place: SealPlace, diameter_mm: float) -> tuple[float, float, float, float]:
    """The seal's square in points of the page's own space."""
    width_mm, height_mm = sheet.size_mm
    if not (place.x_mm <= width_mm and place.y_mm <= height_mm):
        raise SealRefused("The place of the seal lies off its page.")
    x, y = sheet.point(place.x_mm, place.y_mm)
    half = diameter_mm * POINTS_PER_MM / 2
    return x - half, y - half, x + half, y + half


def _look(picture: Picture, drawing: int, sheet: Sheet) -> bytes:
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


def _field(
    name: str,
    signature: int,
    sheet: Sheet,
    box: tuple[float, float, float, float],
    *,
    look: int | None = None,
) -> bytes:
    shown = b"" if look is None else b"\n/AP <</N %d 0 R>>" % look
    return (
        b"<<\n/Type /Annot\n/Subtype /Widget\n/FT /Sig\n/T %b\n/F %b\n/Rect %b\n/P %b\n/V %d 0 R%b\n>>"
    ) % (text(name), _LOCKED_AND_PRINTED, numbers(*box), render(sheet.reference), signature, shown)


def _streams(revision: Revision, contents: Sequence[bytes]) -> list[int]:
    given = [revision.number() for _ in contents]
    for number, content in zip(given, contents, strict=True):
        revision.put_stream(number, content)
    return given


def _store(proofs: Sequence[int], lists: Sequence[int]) -> bytes:
    """The document security store (ETSI EN 319 142-1, 5.4.2)."""
    certs, crls = (_array([b"%d 0 R" % number for number in items]) for items in (proofs, lists))
    return b"<<\n/Certs %b\n/CRLs %b\n>>" % (certs, crls)


def _form(revision: Revision, source: Source) -> tuple[int, Entries]:
    """The number and entries of the document's form, a new one where it has none."""
    root = source.reader.root
    if "/AcroForm" not in root:
        return revision.number(), {}
    kept = root.raw_get("/AcroForm")
    known = kept.idnum if isinstance(kept, IndirectObject) and not kept.generation else revision.number()
    return known, {**raw(root["/AcroForm"])}


def _form_fields(source: Source) -> tuple[bytes, ...]:
    form = entry(source.reader.root, "/AcroForm")
    return _items(form, "/Fields") if isinstance(form, DictionaryObject) else ()


def _root(source: Source, *, form: int, store: int, signature: int) -> Entries:
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


def _items(entries: DictionaryObject, key: str) -> tuple[bytes, ...]:
    """What an array holds, as it stands in the file."""
    array = entry(entries, key)
    if not isinstance(array, ArrayObject):
        return ()
    return tuple(render(array.raw_get(index)) for index in range(len(array)))


def _array(items: Sequence[bytes]) -> bytes:
    return b"[%b]" % b" ".join(items)
