"""Numbers, certificates and how they ended, in the database."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from api.evidence.fields import FieldCipher, field_context
from api.store.tables.filing import (
    certificate_documents,
    certificate_ends,
    certificate_reservations,
    certificates,
    number_serials,
)
from filing.certificates import (
    Certificate,
    CertificateEnd,
    Reservation,
    SealedDocument,
    content_as_dict,
    content_from_dict,
)
from filing.errors import CertificateNotFound, CertificateNotReserved
from signing.transparency.entries import DocumentForm

AnyRow = Row[tuple[Any, ...]]


class SqlCertificates:
    """A CertificateStore over one transaction."""

    def __init__(self, db: Connection, *, cipher: FieldCipher) -> None:
        self._db = db
        self._cipher = cipher
        self._upsert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert

    def next_serial(self, scope: str) -> int:
        # One statement: the row stays locked until this transaction ends, so approvals queue up here.
        draw = (
            self._upsert(number_serials)
            .values(scope=scope, value=1)
            .on_conflict_do_update(index_elements=["scope"], set_={"value": number_serials.c.value + 1})
            .returning(number_serials.c.value)
        )
        return int(self._db.execute(draw).scalar_one())

    def reserve(self, reservation: Reservation) -> None:
        content = json.dumps(content_as_dict(reservation.content), ensure_ascii=False)
        self._db.execute(
            insert(certificate_reservations).values(
                id=reservation.number,
                organ_id=reservation.organ_id,
                case_id=reservation.case_id,
                content=self._cipher.seal(content, context=_context(reservation.number)),
                content_digest=reservation.content.digest,
                reserved_at=reservation.reserved_at,
            )
        )

    def reservation_of(self, case_id: str) -> Reservation:
        row = self._reserved(certificate_reservations.c.case_id == case_id)
        if row is None:
            raise CertificateNotReserved
        return self._reservation(row)

    def issue(self, certificate: Certificate) -> None:
        self._db.execute(
            insert(certificates).values(
                number=certificate.number,
                organ_id=certificate.reservation.organ_id,
                case_id=certificate.reservation.case_id,
                docket_entry=certificate.docket_entry,
                log_entry=certificate.log_entry,
                issued_at=certificate.issued_at,
            )
        )
        rows = [
            {name: getattr(document, name) for name in SealedDocument.__slots__}
            | {"number": certificate.number, "form": document.form.value}
            for document in certificate.documents
        ]
        self._db.execute(insert(certificate_documents), rows)

    def certificate_of(self, case_id: str) -> Certificate:
        row = self._db.execute(select(certificates).where(certificates.c.case_id == case_id)).one_or_none()
        if row is None:
            raise CertificateNotFound
        return self._certificate(row, self.reservation_of(case_id))

    def by_number(self, number: str) -> Certificate | Reservation:
        reserved = self._reserved(certificate_reservations.c.id == number)
        if reserved is None:
            raise CertificateNotFound
        reservation = self._reservation(reserved)
        issued = self._db.execute(select(certificates).where(certificates.c.number == number)).one_or_none()
        return reservation if issued is None else self._certificate(issued, reservation)

    def end(self, end: CertificateEnd) -> None:
        self._db.execute(
            insert(certificate_ends).values(
                id=end.number,
                organ_id=end.organ_id,
                at=end.at,
                reason=self._cipher.seal(end.reason, context=_end_context(end.number)),
                successor=end.successor or None,
                docket_entry=end.docket_entry,
                log_entry=end.log_entry,
            )
        )

    def end_of(self, number: str) -> CertificateEnd | None:
        row = self._db.execute(select(certificate_ends).where(certificate_ends.c.id == number)).one_or_none()
        if row is None:
            return None
        return CertificateEnd(
            number=row.id,
            organ_id=row.organ_id,
            at=row.at,
            reason=self._cipher.open(row.reason, context=_end_context(row.id)),
            successor=row.successor or "",
            docket_entry=row.docket_entry,
            log_entry=row.log_entry,
        )

    def _reserved(self, where: ColumnElement[bool]) -> AnyRow | None:
        return self._db.execute(select(certificate_reservations).where(where)).one_or_none()

    def _reservation(self, row: AnyRow) -> Reservation:
        content = content_from_dict(json.loads(self._cipher.open(row.content, context=_context(row.id))))
        return Reservation(row.organ_id, row.case_id, row.id, content, row.reserved_at)

    def _certificate(self, row: AnyRow, reservation: Reservation) -> Certificate:
        query = select(certificate_documents).where(certificate_documents.c.number == row.number)
        documents = tuple(
            SealedDocument(
                found.evidence_id, found.sha256, found.size, found.sealed_at, DocumentForm(found.form)
            )
            for found in self._db.execute(query.order_by(certificate_documents.c.form.desc()))
        )
        return Certificate(reservation, documents, row.docket_entry, row.log_entry, row.issued_at)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A number that was reserved for a case and has no certificate yet."""

    number: str
    case_id: str
    reserved_at: datetime


def waiting(
    db: Connection, *, organ_id: str | None = None, after: Waiting | None = None, limit: int
) -> list[Waiting]:
    """Numbers that wait for their certificate, the newest first, in pages: each begins behind `after`.

    `organ_id` asks for those of one organ alone.
    """
    reserved = certificate_reservations.c
    query = select(reserved.id, reserved.case_id, reserved.reserved_at).where(*_is_waiting(organ_id))
    if after is not None:
        query = query.where(tuple_(reserved.reserved_at, reserved.id) < (after.reserved_at, after.number))
    query = query.order_by(reserved.reserved_at.desc(), reserved.id.desc()).limit(limit)
    return [Waiting(row.id, row.case_id, row.reserved_at) for row in db.execute(query)]


def count_waiting(db: Connection, *, organ_id: str | None = None) -> int:
    """How many numbers wait for their certificate."""
    query = select(func.count()).select_from(certificate_reservations).where(*_is_waiting(organ_id))
    return int(db.execute(query).scalar_one())


def case_of_number(db: Connection, number: str) -> str:
    """The case that a number was reserved for. Raises CertificateNotFound."""
    reserved = certificate_reservations.c
    found = db.execute(select(reserved.case_id).where(reserved.id == number)).scalar_one_or_none()
    if found is None:
        raise CertificateNotFound
    return str(found)


def _is_waiting(organ_id: str | None) -> list[ColumnElement[bool]]:
    reserved = certificate_reservations.c
    issued = select(certificates.c.case_id).where(certificates.c.case_id == reserved.case_id)
    return [~issued.exists(), *([] if organ_id is None else [reserved.organ_id == organ_id])]


def unissued(db: Connection, *, before: datetime, limit: int) -> list[str]:
    """Name cases whose number was reserved before a moment and whose certificate is not there."""
    reserved = certificate_reservations.c
    query = (
        select(reserved.case_id)
        .outerjoin(certificates, certificates.c.case_id == reserved.case_id)
        .where(certificates.c.number.is_(None), reserved.reserved_at < before)
        .order_by(reserved.reserved_at.desc())
        .limit(limit)
    )
    return list(db.execute(query).scalars())


def _end_context(number: str) -> str:
    return field_context(certificate_ends.c.reason, number)


def _context(number: str) -> str:
    return field_context(certificate_reservations.c.content, number)
