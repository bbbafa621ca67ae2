"""From approval to certificate: a number is reserved, the document sealed, the certificate issued."""

from dataclasses import dataclass
from datetime import date, timedelta

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
from filing.seal_log import SealLogEntry


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
    document_sha256: str | None


class CertificateService:
    """What becomes of an approval."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def to_seal(self, case_id: str) -> Reservation:
        """Give what is to be drawn and sealed. Raises CertificateNotReserved."""
        return self._office.certificates.reservation_of(case_id)

    def issue(self, case_id: str, document: SealedDocument) -> Certificate:
        """Issue the certificate of an approved case; repeated, it gives the one that was issued first.

        Case, docket entry, log entry and certificate are kept together or not at all.
        Raises CaseNotFound, WrongCaseState, CertificateNotReserved.
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
        head = office.certificates.log_head(case.organ_id)
        logged = SealLogEntry(
            organ_id=case.organ_id,
            sequence=head.length + 1,
            at=now,
            number=reservation.number,
            document_sha256=document.sha256,
            content_digest=reservation.content.digest,
            previous=head.hash,
        )
        facts = {"number": reservation.number, "document": document.sha256, "log": logged.hash}
        recorded, entry = case.recorded(Happening(DocketKind.CERTIFICATE_ISSUED, SERVICE, now, facts))
        office.cases.save(recorded, entry)
        certificate = Certificate(reservation, document, entry.hash, logged.hash, now)
        office.certificates.issue(certificate, logged)
        office.notify(recorded, "notice.certificate_issued")
        return certificate

    def of_case(self, account_id: str, case_id: str) -> Certificate:
        """Give the applicant their certificate. Raises CaseNotFound, CertificateNotFound."""
        case = self._office.cases.find(case_id, AsApplicant(account_id))
        return self._office.certificates.certificate_of(case.id)

    def public(self, number: str) -> PublicCertificate:
        """Tell anyone what holds of a number. Raises CertificateNotFound."""
        found = self._office.certificates.by_number(number)
        content = found.content
        if isinstance(found, Certificate):
            status, sha256 = found.status_on(self._office.today()), found.document.sha256
        else:
            status, sha256 = CertificateStatus.SEALING, None
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
            document_sha256=sha256,
        )


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
    )


def _years_later(day: date, years: int) -> date:
    """The last day of a span of whole years that begins on `day`."""
    try:
        anniversary = day.replace(year=day.year + years)
    except ValueError:  # 29 February
        anniversary = date(day.year + years, 3, 1)
    return anniversary - timedelta(days=1)
