"""From approval to certificate: a number is reserved, the document sealed, the certificate issued."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from filing.cases import Case, CaseState
from filing.certificates import (
    Certificate,
    CertificateContent,
    CertificateLine,
    CertificateStatus,
    Reservation,
    SealedDocument,
)
from filing.docket import SERVICE, DocketKind, Happening
from filing.errors import CertificateNotFound, NotReadyToSubmit
from filing.forms import Reading
from filing.matters import Matter
from filing.office import Office
from filing.organs import Organ
from filing.ports import AsApplicant, AsService
from signing.errors import LogBroken
from signing.transparency.entries import LogEvent, LoggedDocument


@dataclass(frozen=True, slots=True)
class PublicCertificate:
    """What anyone may know of a certificate."""

    number: str
    status: CertificateStatus
    organ_name_zh: str
    organ_name_en: str
    matter_name_zh: str
    matter_name_en: str
    masked_holder: str
    valid_from: date
    valid_until: date | None
    documents: tuple[LoggedDocument, ...]
    ended_at: datetime | None = None
    successor: str | None = None


class CertificateService:
    """What becomes of an approval."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def to_seal(self, case_id: str) -> Reservation:
        """Give what is to be drawn and sealed. Raises CertificateNotReserved."""
        return self._office.certificates.reservation_of(case_id)

    def issue(self, case_id: str, *documents: SealedDocument) -> Certificate:
        """Issue the certificate of an approved case; repeated, it gives the one that was issued first.

        `documents` are its forms; the log's one entry commits to all of them. Case, docket entry, log entry
        and certificate are kept together or not at all. Raises CaseNotFound, WrongCaseState,
        CertificateNotReserved.
        """
        office = self._office
        case = office.cases.hold(case_id, AsService())
        try:
            return office.certificates.certificate_of(case_id)
        except CertificateNotFound:
            pass
        case.require_state(frozenset({CaseState.APPROVED}), "issue")
        reservation = office.certificates.reservation_of(case_id)
        now = office.now()
        files = [LoggedDocument(document.form, document.sha256) for document in documents]
        logged = office.log.issue(reservation.number, organ_id=case.organ_id, documents=files)
        log_entry = logged.leaf.hash.hex()
        digests = {f"document_{file.form}": file.sha256 for file in files}
        facts = {"number": reservation.number, **digests, "log": log_entry}
        recorded, entry = case.recorded(Happening(DocketKind.CERTIFICATE_ISSUED, SERVICE, now, facts))
        office.cases.save(recorded, entry)
        certificate = Certificate(reservation, documents, entry.hash, log_entry, now)
        office.certificates.issue(certificate)
        office.notify(recorded, "notice.certificate_issued")
        return certificate

    def of_case(self, account_id: str, case_id: str) -> Certificate:
        """Give the applicant their certificate. Raises CaseNotFound, CertificateNotFound."""
        case = self._office.cases.find(case_id, AsApplicant(account_id))
        return self._office.certificates.certificate_of(case.id)

    def public(self, number: str) -> PublicCertificate:
        """Tell anyone what holds of a number, as the log has it. Raises CertificateNotFound, LogBroken."""
        found = self._office.certificates.by_number(number)
        content = found.content
        ended_at = successor = None
        files: tuple[LoggedDocument, ...] = ()
        status = CertificateStatus.SEALING
        if isinstance(found, Certificate):
            status, ended_at = self._standing(found)
            files = tuple(LoggedDocument(document.form, document.sha256) for document in found.documents)
            end = self._office.certificates.end_of(number)
            successor = end.successor or None if end else None
        return PublicCertificate(
            number=found.number,
            status=status,
            organ_name_zh=content.organ_name_zh,
            organ_name_en=content.organ_name_en,
            matter_name_zh=content.matter_name_zh,
            matter_name_en=content.matter_name_en,
            masked_holder=content.masked_holder,
            valid_from=content.valid_from,
            valid_until=content.valid_until,
            documents=files,
            ended_at=ended_at,
            successor=successor,
        )

    def _standing(self, certificate: Certificate) -> tuple[CertificateStatus, datetime | None]:
        """The status by the log, and since when it holds no more."""
        known = self._office.log.store.of_number(certificate.number)
        if not known:
            raise LogBroken(f"The certificate {certificate.number} is not in the log.")
        last = known[-1][0].leaf
        match last.event:
            case LogEvent.REVOKED:
                return CertificateStatus.REVOKED, last.at
            case LogEvent.REPLACED:
                return CertificateStatus.REPLACED, last.at
            case LogEvent.ISSUED:
                return certificate.status_on(self._office.today()), None


def reserve_certificate(office: Office, case: Case) -> Reservation:
    """Draw the number of an approved case, freeze what the document shows, and have it sealed.

    Raises NotReadyToSubmit where the answers no longer read, NumberInvalid, NumbersExhausted.
    """
    case.require_state(frozenset({CaseState.APPROVED}), "reserve")
    matter, organ = office.matter_of(case), office.organs.organ(case.organ_id)
    reading = matter.form.check(case.form, today=office.today())
    if reading.findings:
        raise NotReadyToSubmit(reading.findings)
    number = matter.certificate.number.draw(
        office.certificates,
        area=organ.numbering_area,
        year=office.today().year,
        answers={
            name: str(reading.values[name])
            for name in matter.certificate.number.fields
            if name in reading.values
        },
    )
    content = _content(office, case, matter, organ, reading, number)
    reservation = Reservation(organ.id, case.id, number, content, office.now())
    office.certificates.reserve(reservation)
    office.sealing.enqueue(reservation)
    return reservation


def _content(
    office: Office, case: Case, matter: Matter, organ: Organ, reading: Reading, number: str
) -> CertificateContent:
    template, values = matter.certificate, reading.values
    shown = [
        CertificateLine(label.zh, label.en, matter.form.field(name).show(values[name], "zh"))
        for label, name in template.lines
        if name in values
    ]
    years = values[template.valid_years_field] if template.valid_years_field else template.valid_years
    begin = office.today()
    return CertificateContent(
        number=number,
        organ_id=organ.id,
        organ_name_zh=organ.name_zh,
        organ_name_en=organ.name_en,
        seal_id=organ.seal_id,
        case_id=case.id,
        matter_id=matter.id,
        matter_version=matter.version,
        matter_name_zh=matter.name.zh,
        matter_name_en=matter.name.en,
        title_zh=template.title.zh,
        title_en=template.title.en,
        holder=matter.form.field(template.holder_field).show(values[template.holder_field], "zh"),
        lines=tuple(shown),
        legal_basis_zh=tuple(basis.title.zh for basis in matter.legal_basis),
        notes_zh=tuple(note.zh for note in template.notes),
        approved_at=office.now(),
        valid_from=begin,
        valid_until=_years_later(begin, years) if isinstance(years, int) else None,
        placement=template.seal,
    )


def _years_later(day: date, years: int) -> date:
    """The last day of a span of whole years that begins on `day`."""
    try:
        anniversary = day.replace(year=day.year + years)
    except ValueError:  # 29 February
        anniversary = date(day.year + years, 3, 1)
    return anniversary - timedelta(days=1)
