"""The case (办件): one filing from draft to decision. Every change makes a new value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from filing.clock import Ledger
from filing.docket import DocketEntry, Happening, Head, entry_for
from filing.errors import ClaimedByAnother, NotClaimed, PartyNotFound, UnknownMaterial, WrongCaseState
from filing.materials import FiledMaterial
from filing.parties import Party
from filing.verification import Verification


class CaseState(StrEnum):
    """Where a case stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    UNDER_REVIEW = "under_review"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"


TRANSITIONS: Mapping[CaseState, frozenset[CaseState]] = {
    CaseState.DRAFT: frozenset({CaseState.SUBMITTED}),
    CaseState.SUBMITTED: frozenset({CaseState.UNDER_REVIEW}),
    CaseState.UNDER_REVIEW: frozenset({CaseState.APPROVED, CaseState.RETURNED, CaseState.REJECTED}),
    CaseState.RETURNED: frozenset({CaseState.SUBMITTED}),
    CaseState.APPROVED: frozenset(),
    CaseState.REJECTED: frozenset(),
}
"""Every step a case may take; no case is in no queue: what is not final waits for applicant or reviewer."""

WITH_APPLICANT = frozenset({CaseState.DRAFT, CaseState.RETURNED})
WITH_OFFICE = frozenset({CaseState.SUBMITTED, CaseState.UNDER_REVIEW})
DECIDED = frozenset({CaseState.APPROVED, CaseState.REJECTED})


class DecisionKind(StrEnum):
    """What a reviewer may decide."""

    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Correction:
    """One thing to put right: a form field or `material:<name>`, with the reviewer's remark."""

    target: str
    remark: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer decided, and why."""

    kind: DecisionKind
    reason: str
    corrections: tuple[Correction, ...]
    reviewer_account_id: str
    decided_at: datetime

    def __repr__(self) -> str:
        return f"Decision(kind={self.kind!r}, decided_at={self.decided_at!r})"


@dataclass(frozen=True, slots=True)
class Claim:
    """One reviewer's hold on a case; it ends by itself, so that no case stays with someone who left."""

    reviewer_account_id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """One filing. `form` holds the answers as typed; `matter_version` pins what governs it.

    `salt` belongs to the docket's digests and `head` to its chain; `revision` counts the changes.
    """

    id: str
    organ_id: str
    matter_id: str
    matter_version: str
    applicant_account_id: str
    state: CaseState
    salt: str
    created_at: datetime
    updated_at: datetime
    form: Mapping[str, object]
    materials: tuple[FiledMaterial, ...] = ()
    parties: tuple[Party, ...] = ()
    verification: Verification | None = None
    claim: Claim | None = None
    decisions: tuple[Decision, ...] = ()
    ledger: Ledger | None = None
    submitted_at: datetime | None = None
    head: Head = Head()  # noqa: RUF009  frozen
    revision: int = 0

    def __repr__(self) -> str:
        return f"Case(id={self.id!r}, state={self.state!r}, revision={self.revision})"

    def require_state(self, allowed: frozenset[CaseState], action: str) -> None:
        """Raise WrongCaseState unless the case stands in one of these states."""
        if self.state not in allowed:
            raise WrongCaseState(self.state, action)

    def moved(self, to: CaseState) -> "Case":
        """Take a step of TRANSITIONS. Raises WrongCaseState."""
        if to not in TRANSITIONS[self.state]:
            raise WrongCaseState(self.state, to)
        return replace(self, state=to)

    def party(self, party_id: str) -> Party:
        """Find a party. Raises PartyNotFound."""
        for party in self.parties:
            if party.id == party_id:
                return party
        raise PartyNotFound

    def material(self, name: str) -> FiledMaterial:
        """Find a filed material. Raises UnknownMaterial."""
        for material in self.materials:
            if material.name == name:
                return material
        raise UnknownMaterial(name)

    def with_party(self, changed: Party) -> "Case":
        """Put a changed party in the place of its former self."""
        return replace(self, parties=tuple(changed if p.id == changed.id else p for p in self.parties))

    def with_material(self, filed: FiledMaterial) -> "Case":
        """Add a material, or put it in the place of one of the same name."""
        others = tuple(material for material in self.materials if material.name != filed.name)
        return replace(self, materials=(*others, filed))

    @property
    def decision(self) -> Decision | None:
        """The newest decision."""
        return self.decisions[-1] if self.decisions else None

    @property
    def person_digests(self) -> frozenset[str]:
        """Everyone who was verified for this case."""
        proofs = (self.verification, *(party.verification for party in self.parties))
        return frozenset(proof.person_digest for proof in proofs if proof is not None)

    @property
    def account_ids(self) -> frozenset[str]:
        """Every account that takes part in this case."""
        parties = (party.account_id for party in self.parties)
        return frozenset({self.applicant_account_id, *filter(None, parties)})

    def require_claimable_by(self, account_id: str, *, at: datetime) -> None:
        """Raise ClaimedByAnother while somebody else's claim lasts."""
        if self.claim and self.claim.reviewer_account_id != account_id and at < self.claim.until:
            raise ClaimedByAnother

    def require_claimed_by(self, account_id: str, *, at: datetime) -> None:
        """Raise NotClaimed unless this reviewer's claim lasts."""
        if self.claim is None or self.claim.reviewer_account_id != account_id or at >= self.claim.until:
            raise NotClaimed

    def recorded(self, happening: Happening) -> "tuple[Case, DocketEntry]":
        """Finish a change: the case one revision on, with the docket entry that records it."""
        entry = entry_for(
            happening,
            organ_id=self.organ_id,
            case_id=self.id,
            state=self.state,
            salt=self.salt,
            head=self.head,
        )
        head = Head(entry.sequence, entry.hash)
        return replace(self, head=head, revision=self.revision + 1, updated_at=happening.at), entry


def queue_order(cases: Sequence[Case]) -> tuple[Case, ...]:
    """Put cases in the order of review: the one that waits longest first."""
    return tuple(sorted(cases, key=lambda case: (case.submitted_at or case.created_at, case.id)))
