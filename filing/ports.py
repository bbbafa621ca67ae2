"""What filing needs from below and around: stores, queues, notices. In-memory ones are in `memory`.

Who asks is part of every query: a case that is not visible to them is not found, as one that does not exist.
One object lives for one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from filing.cases import Case
from filing.certificates import Certificate, CertificateEnd, Reservation
from filing.docket import DocketEntry
from filing.organs import Organ
from signing.design import SealDesign


@dataclass(frozen=True, slots=True)
class AsApplicant:
    """Sees the cases this account began."""

    account_id: str


@dataclass(frozen=True, slots=True)
class AsParty:
    """Sees the cases in which this account accepted an invitation."""

    account_id: str


@dataclass(frozen=True, slots=True)
class AsOrgan:
    """Sees the cases of one organ that were submitted at least once: reviewers and supervisors."""

    organ_id: str


@dataclass(frozen=True, slots=True)
class AsService:
    """Sees one case by its id: jobs and sessions that were given the id by the service itself."""


Viewer = AsApplicant | AsParty | AsOrgan | AsService


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of a list: at most `limit` items after the item `after` (empty: from the beginning)."""

    limit: int = 50
    after: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= 200:
            raise ValueError("a page has 1 to 200 items")


class CaseStore(Protocol):
    """Keeps cases, each change together with its docket entry: neither can be saved alone."""

    def add(self, case: Case, entry: DocketEntry) -> None:
        """Keep a new case."""
        ...

    def save(self, case: Case, entry: DocketEntry) -> None:
        """Keep a changed case. Raises CaseChangedMeanwhile unless the kept revision is the one before."""
        ...

    def find(self, case_id: str, viewer: Viewer) -> Case:
        """Read a case. Raises CaseNotFound."""
        ...

    def hold(self, case_id: str, viewer: Viewer) -> Case:
        """Read a case in order to change it: nobody else changes it until the transaction ends."""
        ...

    def find_by_invitation(self, token_hash: str) -> Case:
        """Read the case of an invitation. Raises InvitationNotFound."""
        ...

    def hold_by_invitation(self, token_hash: str) -> Case:
        """Read the case of an invitation in order to change it. Raises InvitationNotFound."""
        ...

    def cases_of(self, viewer: AsApplicant | AsParty, page: Page) -> tuple[Case, ...]:
        """List the cases of an account, the newest first."""
        ...

    def queue_of(self, viewer: AsOrgan, page: Page) -> tuple[Case, ...]:
        """List the cases that wait for a reviewer of this organ, the oldest first."""
        ...

    def docket_of(self, case_id: str, viewer: Viewer) -> tuple[DocketEntry, ...]:
        """Read the docket of a case. Raises CaseNotFound."""
        ...

    def persons_of(self, account_id: str) -> frozenset[str]:
        """Give the digest of every person that this account was ever verified as, in any case."""
        ...


class CertificateStore(Protocol):
    """Keeps numbers, certificates and how they ended. The log is kept beside, in the same transaction."""

    def next_serial(self, scope: str) -> int:
        """Draw the next serial of a scope; safe under concurrent approval."""
        ...

    def reserve(self, reservation: Reservation) -> None:
        """Keep a reservation; number and case are unique."""
        ...

    def reservation_of(self, case_id: str) -> Reservation:
        """Find what was reserved for a case. Raises CertificateNotReserved."""
        ...

    def issue(self, certificate: Certificate) -> None:
        """Keep a certificate, whose entries in docket and log are kept already."""
        ...

    def end(self, end: CertificateEnd) -> None:
        """Keep that a certificate holds no more; its entries in docket and log are kept already."""
        ...

    def end_of(self, number: str) -> CertificateEnd | None:
        """Find how a certificate ended; None while it has not."""
        ...

    def certificate_of(self, case_id: str) -> Certificate:
        """Find the certificate of a case. Raises CertificateNotFound."""
        ...

    def by_number(self, number: str) -> Certificate | Reservation:
        """Find what the public may ask for by number. Raises CertificateNotFound."""
        ...


class OrganRegister(Protocol):
    """Knows the organs and which matters each of them takes."""

    def organ(self, organ_id: str) -> Organ:
        """Find an organ. Raises OrganNotFound."""
        ...

    def organs_for(self, matter_id: str) -> Sequence[Organ]:
        """List the organs that take a matter."""
        ...

    def redesign_seal(self, organ_id: str, design: SealDesign) -> None:
        """Set how the next seal of an organ looks. Raises OrganNotFound."""
        ...


class SealingQueue(Protocol):
    """Takes what is to be sealed, in the same transaction as the approval."""

    def enqueue(self, reservation: Reservation) -> None:
        """Have the document of a reservation made and sealed, once."""
        ...


@dataclass(frozen=True, slots=True)
class CaseNotice:
    """Something to tell an account: a message code, and the case it is about."""

    account_id: str
    code: str
    case_id: str


class NoticeBox(Protocol):
    """Takes notices, in the same transaction as what they tell."""

    def put(self, notice: CaseNotice) -> None:
        """Have an account told."""
        ...
