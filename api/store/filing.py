"""The services of filing over one transaction of the database."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from api.jobs.port import JobRunner
from api.notices.port import Notice, Notifier
from api.store.cases import SqlCases
from api.store.certificates import SqlCertificates
from api.store.organs import SqlOrgans
from api.store.transparency import SqlLogStore
from filing.certificates import Reservation
from filing.ending import EndingService
from filing.issuing import CertificateService
from filing.office import Office
from filing.participation import PartyService
from filing.ports import CaseNotice
from filing.review import ReviewService
from filing.submission import CaseService
from signing.transparency.log import SealLog

if TYPE_CHECKING:
    from api.bootstrap import Services

SEALING = "seal-certificate"
"""Name of the job that draws, seals and issues; its payload has case_id, organ_id and number."""


def certificate_owner(number: str) -> str:
    """Who the evidence of a sealed document belongs to."""
    return f"certificate:{number}"


@dataclass(frozen=True, slots=True)
class SealingJobs:
    """A SealingQueue: a job in the same transaction, once for each case."""

    db: Connection
    jobs: JobRunner

    def enqueue(self, reservation: Reservation) -> None:
        payload = {
            "case_id": reservation.case_id,
            "organ_id": reservation.organ_id,
            "number": reservation.number,
        }
        self.jobs.enqueue(SEALING, payload, db=self.db, key=reservation.case_id)


@dataclass(frozen=True, slots=True)
class PostedNotices:
    """A NoticeBox: a row of the outbox in the same transaction."""

    db: Connection
    notifier: Notifier

    def put(self, notice: CaseNotice) -> None:
        self.notifier.notify(Notice(notice.case_id, notice.account_id, notice.code), db=self.db)


class FilingServices:
    """What routes and jobs do with cases, for the time of one transaction."""

    def __init__(self, office: Office) -> None:
        self.office = office

    @cached_property
    def cases(self) -> CaseService:
        return CaseService(self.office)

    @cached_property
    def parties(self) -> PartyService:
        return PartyService(self.office)

    @cached_property
    def review(self) -> ReviewService:
        return ReviewService(self.office)

    @cached_property
    def certificates(self) -> CertificateService:
        return CertificateService(self.office)

    @cached_property
    def endings(self) -> EndingService:
        return EndingService(self.office)


def filing_services(db: Connection, services: "Services") -> FilingServices:
    """Put the services of filing together over a transaction that the caller began and ends."""
    return FilingServices(
        Office(
            catalogue=services.matters,
            organs=SqlOrgans(db),
            cases=SqlCases(db, cipher=services.cipher),
            certificates=SqlCertificates(db, cipher=services.cipher),
            log=seal_log(db, services),
            sealing=SealingJobs(db, services.jobs),
            notices=PostedNotices(db, services.notifier),
            clock=services.working_clock,
            person_digests=services.person_digests,
            now=services.clock,
            new_id=services.new_id,
            random_bytes=services.random_bytes,
        )
    )


def seal_log(db: Connection, services: "Services") -> SealLog:
    """The log of seals over a transaction that the caller began and ends."""
    return SealLog(SqlLogStore(db), now=services.clock, random_bytes=services.random_bytes)
