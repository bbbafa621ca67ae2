"""The docket: every change of a case as an entry that names the hash of the one before it.

Entries carry no personal datum: who acted and what was changed appear only as digests under the salt of the
case, which the case keeps and the docket does not. The case also keeps the hash of its newest entry, so that
a docket that was cut short does not verify either.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from filing.canonical import canonical_json, sha256_hex

GENESIS = "0" * 64
FORMAT = "novisit-docket-1"


class DocketKind(StrEnum):
    """What happened to the case."""

    CREATED = "case.created"
    FORM_SAVED = "case.form_saved"
    MATERIAL_FILED = "case.material_filed"
    APPLICANT_VERIFIED = "case.applicant_verified"
    PARTY_INVITED = "party.invited"
    PARTY_REMOVED = "party.removed"
    PARTY_ACCEPTED = "party.accepted"
    PARTY_VERIFIED = "party.verified"
    PARTY_CONSENTED = "party.consented"
    SUBMITTED = "case.submitted"
    CLAIMED = "review.claimed"
    EVIDENCE_VIEWED = "review.evidence_viewed"
    APPROVED = "review.approved"
    RETURNED = "review.returned"
    REJECTED = "review.rejected"
    CERTIFICATE_ISSUED = "certificate.issued"
    CERTIFICATE_REVOKED = "certificate.revoked"
    CERTIFICATE_REPLACED = "certificate.replaced"


class ActorRole(StrEnum):
    """In which part someone acted."""

    APPLICANT = "applicant"
    PARTY = "party"
    REVIEWER = "reviewer"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, by account; the docket keeps only a salted digest of it."""

    role: ActorRole
    account_id: str


SERVICE = Actor(ActorRole.SERVICE, "service")


@dataclass(frozen=True, slots=True)
class DocketEntry:
    """One entry. `facts_digest` commits to what was changed; `hash` covers every other attribute."""

    organ_id: str
    case_id: str
    sequence: int
    at: datetime
    kind: DocketKind
    state: str
    actor_role: ActorRole
    actor_digest: str
    facts_digest: str
    previous: str
    hash: str

    def expected_hash(self) -> str:
        """The hash this entry must have."""
        return sha256_hex(
            canonical_json(
                [
                    FORMAT,
                    self.organ_id,
                    self.case_id,
                    self.sequence,
                    self.at.astimezone(UTC).isoformat(timespec="microseconds"),
                    self.kind.value,
                    self.state,
                    self.actor_role.value,
                    self.actor_digest,
                    self.facts_digest,
                    self.previous,
                ]
            )
        )


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a case's chain: how many entries there are and the hash of the newest."""

    length: int = 0
    hash: str = GENESIS


@dataclass(frozen=True, slots=True)
class Happening:
    """What is to be recorded. `facts` may hold personal data: only their salted digest is kept."""

    kind: DocketKind
    actor: Actor
    at: datetime
    facts: Mapping[str, object]


def entry_for(
    happening: Happening, *, organ_id: str, case_id: str, state: str, salt: str, head: Head
) -> DocketEntry:
    """Make the entry that follows the head of a chain."""
    draft = DocketEntry(
        organ_id=organ_id,
        case_id=case_id,
        sequence=head.length + 1,
        at=happening.at,
        kind=happening.kind,
        state=state,
        actor_role=happening.actor.role,
        actor_digest=salted_digest(salt, "actor", happening.actor.account_id),
        facts_digest=salted_digest(salt, "facts", dict(happening.facts)),
        previous=head.hash,
        hash="",
    )
    return _sealed(draft)


def _sealed(draft: DocketEntry) -> DocketEntry:
    values = {name: getattr(draft, name) for name in DocketEntry.__slots__}
    return DocketEntry(**values | {"hash": draft.expected_hash()})


def salted_digest(salt: str, purpose: str, value: object) -> str:
    """Commit to a JSON value that nobody guesses without the salt (hexadecimal, 32 bytes or more)."""
    if len(bytes.fromhex(salt)) < 32:
        raise ValueError("a salt has 32 bytes or more")
    return sha256_hex(canonical_json([salt, purpose, value]))


@dataclass(frozen=True, slots=True)
class ChainVerification:
    """Whether a chain is whole. `broken_at` is the first sequence that does not fit, 0 where all do."""

    length: int
    broken_at: int
    problem: str

    @property
    def is_whole(self) -> bool:
        return self.broken_at == 0


def verify_chain(entries: Sequence[DocketEntry], *, head: Head) -> ChainVerification:
    """Check a chain against the head that the case keeps.

    1. every entry has the sequence that follows, from 1;
    2. every entry belongs to the case and organ of the first;
    3. every entry names the hash of the one before;
    4. every hash is that of its entry;
    5. the chain ends at the head, and is not empty.
    """
    previous, length = GENESIS, len(entries)
    for sequence, entry in enumerate(entries, start=1):
        checks = (
            (entry.sequence == sequence, "sequence"),
            ((entry.case_id, entry.organ_id) == (entries[0].case_id, entries[0].organ_id), "case"),
            (entry.previous == previous, "previous"),
            (entry.hash == entry.expected_hash(), "hash"),
        )
        for holds, problem in checks:
            if not holds:
                return ChainVerification(length, sequence, problem)
        previous = entry.hash
    if length == 0 or Head(length, previous) != head:
        return ChainVerification(length, length + 1, "head")
    return ChainVerification(length, 0, "")
