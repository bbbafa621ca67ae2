"""The ports in memory, for tests and demonstrations of the rules without a database. Not for threads."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from filing.cases import WITH_OFFICE, Case, queue_order
from filing.certificates import Certificate, CertificateEnd, Reservation
from filing.docket import DocketEntry
from filing.errors import (
    CaseChangedMeanwhile,
    CaseNotFound,
    CertificateNotFound,
    CertificateNotReserved,
    InvitationNotFound,
    OrganNotFound,
)
from filing.organs import Organ
from filing.ports import AsApplicant, AsOrgan, AsParty, AsService, CaseNotice, Page, Viewer
from signing.design import SealDesign


class InMemoryCaseStore:
    """Cases and their dockets."""

    def __init__(self) -> None:
        self._cases: dict[str, Case] = {}
        self._dockets: defaultdict[str, list[DocketEntry]] = defaultdict(list)
        self._persons: defaultdict[str, set[str]] = defaultdict(set)

    def add(self, case: Case, entry: DocketEntry) -> None:
        if case.id in self._cases:
            raise CaseChangedMeanwhile
        self._keep(case, entry)

    def save(self, case: Case, entry: DocketEntry) -> None:
        if self._cases[case.id].revision != case.revision - 1:
            raise CaseChangedMeanwhile
        self._keep(case, entry)

    def find(self, case_id: str, viewer: Viewer) -> Case:
        case = self._cases.get(case_id)
        if case is None or not _is_visible(case, viewer):
            raise CaseNotFound
        return case

    def hold(self, case_id: str, viewer: Viewer) -> Case:
        return self.find(case_id, viewer)

    def hold_by_invitation(self, token_hash: str) -> Case:
        return self.find_by_invitation(token_hash)

    def find_by_invitation(self, token_hash: str) -> Case:
        for case in self._cases.values():
            if any(party.token_hash == token_hash for party in case.parties):
                return case
        raise InvitationNotFound

    def cases_of(self, viewer: AsApplicant | AsParty, page: Page) -> tuple[Case, ...]:
        seen = [case for case in self._cases.values() if _is_visible(case, viewer)]
        newest_first = sorted(seen, key=lambda case: case.id, reverse=True)
        return tuple(case for case in newest_first if not page.after or case.id < page.after)[: page.limit]

    def queue_of(self, viewer: AsOrgan, page: Page) -> tuple[Case, ...]:
        waiting = [c for c in self._cases.values() if c.state in WITH_OFFICE and _is_visible(c, viewer)]
        ordered = queue_order(waiting)
        ids = [case.id for case in ordered]
        start = ids.index(page.after) + 1 if page.after in ids else 0
        return ordered[start : start + page.limit]

    def docket_of(self, case_id: str, viewer: Viewer) -> tuple[DocketEntry, ...]:
        return tuple(self._dockets[self.find(case_id, viewer).id])

    def persons_of(self, account_id: str) -> frozenset[str]:
        return frozenset(self._persons[account_id])

    def _keep(self, case: Case, entry: DocketEntry) -> None:
        self._cases[case.id] = case
        self._dockets[case.id].append(entry)
        for proof in (case.verification, *(party.verification for party in case.parties)):
            if proof is not None:
                self._persons[proof.account_id].add(proof.person_digest)


def _is_visible(case: Case, viewer: Viewer) -> bool:
    match viewer:
        case AsApplicant(account_id):
            return case.applicant_account_id == account_id
        case AsParty(account_id):
            return any(party.account_id == account_id for party in case.parties)
        case AsOrgan(organ_id):
            return case.organ_id == organ_id and case.submitted_at is not None
        case AsService():
            return True


class InMemoryCertificateStore:
    """Numbers, certificates and how they ended."""

    def __init__(self) -> None:
        self._serials: Counter[str] = Counter()
        self._reserved: dict[str, Reservation] = {}
        self._issued: dict[str, Certificate] = {}
        self._ends: dict[str, CertificateEnd] = {}

    def next_serial(self, scope: str) -> int:
        self._serials[scope] += 1
        return self._serials[scope]

    def reserve(self, reservation: Reservation) -> None:
        numbers = {known.number for known in self._reserved.values()}
        if reservation.case_id in self._reserved or reservation.number in numbers:
            raise CaseChangedMeanwhile
        self._reserved[reservation.case_id] = reservation

    def reservation_of(self, case_id: str) -> Reservation:
        try:
            return self._reserved[case_id]
        except KeyError:
            raise CertificateNotReserved from None

    def issue(self, certificate: Certificate) -> None:
        self._issued[certificate.reservation.case_id] = certificate

    def end(self, end: CertificateEnd) -> None:
        self._ends[end.number] = end

    def end_of(self, number: str) -> CertificateEnd | None:
        return self._ends.get(number)

    def certificate_of(self, case_id: str) -> Certificate:
        try:
            return self._issued[case_id]
        except KeyError:
            raise CertificateNotFound from None

    def by_number(self, number: str) -> Certificate | Reservation:
        for case_id, reservation in self._reserved.items():
            if reservation.number == number:
                return self._issued.get(case_id, reservation)
        raise CertificateNotFound


class InMemoryOrgans:
    """Organs, each with the matters it takes."""

    def __init__(self, taken: Mapping[str, Sequence[Organ]]) -> None:
        self._taken = dict(taken)

    def organ(self, organ_id: str) -> Organ:
        for organs in self._taken.values():
            for organ in organs:
                if organ.id == organ_id:
                    return organ
        raise OrganNotFound

    def organs_for(self, matter_id: str) -> Sequence[Organ]:
        return tuple(self._taken.get(matter_id, ()))

    def redesign_seal(self, organ_id: str, design: SealDesign) -> None:
        changed = replace(self.organ(organ_id), seal_design=design)
        for matter_id, organs in self._taken.items():
            self._taken[matter_id] = [changed if organ.id == organ_id else organ for organ in organs]


class ListedQueue:
    """Keeps what is to be sealed in a list."""

    def __init__(self) -> None:
        self.reservations: list[Reservation] = []

    def enqueue(self, reservation: Reservation) -> None:
        self.reservations.append(reservation)


class ListedNotices:
    """Keeps notices in a list."""

    def __init__(self) -> None:
        self.notices: list[CaseNotice] = []

    def put(self, notice: CaseNotice) -> None:
        self.notices.append(notice)
