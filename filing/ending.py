"""The end of a certificate: the organ that issued it revokes it, or says which other took its place."""

from dataclasses import dataclass
from typing import Final

from filing.certificates import Certificate, CertificateEnd
from filing.docket import Actor, ActorRole, DocketKind, Happening
from filing.errors import CertificateEnded, CertificateNotFound, ReasonMissing, SuccessorInvalid
from filing.office import Office
from filing.ports import AsOrgan
from filing.review import MAX_REASON, Reviewer, require_other_person

_NOTICES: Final = {
    DocketKind.CERTIFICATE_REVOKED: "notice.certificate_revoked",
    DocketKind.CERTIFICATE_REPLACED: "notice.certificate_replaced",
}


@dataclass(frozen=True, slots=True)
class Ending:
    """What a reviewer orders: a reason, and the number of the certificate in its place, if any."""

    reason: str
    successor: str = ""


class EndingService:
    """How certificates cease to hold."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def end(self, reviewer: Reviewer, number: str, ending: Ending) -> CertificateEnd:
        """Revoke or replace a certificate of one's organ; docket, log and end are kept together or not.

        Raises CertificateNotFound, CaseNotFound, OwnFiling, ReasonMissing, CertificateEnded and
        SuccessorInvalid.
        """
        office, reason = self._office, ending.reason.strip()
        certificate = self._issued(number)
        case = office.cases.hold(certificate.reservation.case_id, AsOrgan(reviewer.organ_id))
        require_other_person(office, reviewer, case)
        if not reason or len(reason) > MAX_REASON:
            raise ReasonMissing
        office.log.store.size_to_append()  # from here on nobody else ends it, or its successor
        if self._has_ended(number):
            raise CertificateEnded
        self._require_successor(certificate, ending.successor)
        logged = office.log.revoke(number, successor=ending.successor)
        log_entry = logged.leaf.hash.hex()
        kind = DocketKind.CERTIFICATE_REPLACED if ending.successor else DocketKind.CERTIFICATE_REVOKED
        facts = {"number": number, "reason": reason, "successor": ending.successor, "log": log_entry}
        actor, now = Actor(ActorRole.REVIEWER, reviewer.account_id), office.now()
        recorded, entry = case.recorded(Happening(kind, actor, now, facts))
        office.cases.save(recorded, entry)
        end = CertificateEnd(
            number=number,
            organ_id=case.organ_id,
            at=logged.leaf.at,
            reason=reason,
            successor=ending.successor,
            docket_entry=entry.hash,
            log_entry=log_entry,
        )
        office.certificates.end(end)
        office.notify(recorded, _NOTICES[kind])
        return end

    def _issued(self, number: str) -> Certificate:
        found = self._office.certificates.by_number(number)
        if not isinstance(found, Certificate):
            raise CertificateNotFound
        return found

    def _has_ended(self, number: str) -> bool:
        return len(self._office.log.store.of_number(number)) > 1

    def _require_successor(self, certificate: Certificate, successor: str) -> None:
        if not successor:
            return
        try:
            follows = self._issued(successor)
        except CertificateNotFound:
            raise SuccessorInvalid from None
        same_organ = follows.content.organ_id == certificate.content.organ_id
        if not same_organ or successor == certificate.number or self._has_ended(successor):
            raise SuccessorInvalid
