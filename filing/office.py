"""The office: everything the services of filing work with, for one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from filing.cases import Case
from filing.catalogue import Catalogue
from filing.clock import Clock
from filing.docket import Actor, DocketKind, Happening
from filing.matters import Matter
from filing.ports import CaseNotice, CaseStore, CertificateStore, NoticeBox, OrganRegister, SealingQueue
from filing.verification import PersonDigests
from signing.transparency.log import SealLog


@dataclass(frozen=True, slots=True)
class Terms:
    """How long things last."""

    claim: timedelta = timedelta(minutes=30)
    invitation: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Office:
    """The parts of the services. Time, ids and randomness are given, never taken from the system."""

    catalogue: Catalogue
    organs: OrganRegister
    cases: CaseStore
    certificates: CertificateStore
    log: SealLog
    sealing: SealingQueue
    notices: NoticeBox
    clock: Clock
    person_digests: PersonDigests
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    random_bytes: Callable[[int], bytes]
    terms: Terms = Terms()

    def matter_of(self, case: Case) -> Matter:
        """The version of the matter that a case is pinned to."""
        return self.catalogue.pinned(case.matter_id, case.matter_version)

    def today(self) -> date:
        """The day at the office."""
        return self.clock.local_day(self.now())

    def record(self, case: Case, kind: DocketKind, actor: Actor, facts: Mapping[str, object]) -> Case:
        """Keep a changed case with its docket entry. The one way in which a case is changed."""
        recorded, entry = case.recorded(Happening(kind, actor, self.now(), facts))
        self.cases.save(recorded, entry)
        return recorded

    def notify(self, case: Case, code: str) -> None:
        """Tell the applicant."""
        self.notices.put(CaseNotice(case.applicant_account_id, code, case.id))
