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

from signing.admission import admit
from signing.appearance import draw_seal
from signing.containers import DATA, ContainerWriter
from signing.credentials import SealCredential
from signing.errors import SealRefused
from signing.keys import KeyStore
from signing.pdf.additions import (
    Entries,
    appearance_of,
    array,
    catalogue_with,
    form_fields,
    form_of,
    items_of,
    put_streams,
    seal_field,
    security_store,
)
from signing.pdf.crossing import stamp_edges
from signing.pdf.finding import find_place
from signing.pdf.picture import read_picture
from signing.pdf.revision import Revision, date, dictionary, text
from signing.pdf.source import POINTS_PER_MM, UNREADABLE, Sheet, Source, raw
from signing.purposes import Purpose
from signing.seal import CrossingSeal, Seal, SealAnchor, SealedPdf, SealPlace
from signing.stamper import Stamp, Stamper
from signing.timestamps import TimeStampAuthority
from signing.trust import hush_pyhanko

FIELD_NAME: Final = "Seal"
STAMP_FIELD_NAME: Final = "Timestamp"
SMALLEST_RESERVE: Final = 10 << 10
"""Bytes of room for a signature container; a time-stamp authority with large tokens gets more."""


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
        revision.put(look, appearance_of(picture, drawing, sheet))
        revision.put(field, seal_field(FIELD_NAME, signature, sheet, box, look=look))
        certificates = tuple(
            dict.fromkeys((credential.certificate, *credential.chain, credential.root, *stamp.certificates))
        )
        proofs = tuple(put_streams(revision, certificates))
        lists = tuple(put_streams(revision, order.lists))
        revision.put(store, security_store(proofs, lists))
        reserved = max(SMALLEST_RESERVE, 2 * (len(stamp.token) + sum(map(len, certificates))))
        revision.put_signature(signature, self._signature(order), reserved=reserved)
        annotations = (*items_of(sheet.entries, "/Annots"), b"%d 0 R" % field)
        page = {**pages.get(sheet.number, raw(sheet.entries))}
        for number, entries in {**pages, sheet.number: {**page, "/Annots": array(annotations)}}.items():
            reference = source.sheet(number).reference
            revision.put(reference.idnum, dictionary(entries), generation=reference.generation)
        form, form_entries = form_of(revision, source)
        fields = (*form_fields(source), b"%d 0 R" % field)
        revision.put(form, dictionary({**form_entries, "/Fields": array(fields), "/SigFlags": b"3"}))
        root = catalogue_with(source, form=form, store=store, signature=signature)
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
        proofs = (*signed.proofs, *put_streams(revision, lacking))
        revision.put(signed.store, security_store(proofs, signed.lists))
    revision.put(field, seal_field(STAMP_FIELD_NAME, signature, signed.sheet, (0, 0, 0, 0)))
    revision.put_signature(
        signature,
        b"/Type /DocTimeStamp\n/Filter /Adobe.PPKLite\n/SubFilter /ETSI.RFC3161",
        reserved=max(SMALLEST_RESERVE // 2, 2 * len(stamp.token)),
    )
    new = b"%d 0 R" % field
    page, reference = signed.page, signed.sheet.reference
    revision.put(
        reference.idnum,
        dictionary({**page, "/Annots": array((*signed.annotations, new))}),
        generation=reference.generation,
    )
    fields = array((*signed.fields, new))
    revision.put(signed.form, dictionary({**signed.form_entries, "/Fields": fields, "/SigFlags": b"3"}))


def _box(sheet: Sheet, place: SealPlace, diameter_mm: float) -> tuple[float, float, float, float]:
    """The seal's square in points of the page's own space."""
    width_mm, height_mm = sheet.size_mm
    if not (place.x_mm <= width_mm and place.y_mm <= height_mm):
        raise SealRefused("The place of the seal lies off its page.")
    x, y = sheet.point(place.x_mm, place.y_mm)
    half = diameter_mm * POINTS_PER_MM / 2
    return x - half, y - half, x + half, y + half
