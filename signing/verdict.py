"""What is known of a seal when it has been verified: numbered steps and one answer (ETSI EN 319 102-1)."""

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

STEPS = (
    "file",
    "seal",
    "coverage",
    "integrity",
    "changes",
    "algorithms",
    "certificate",
    "revocation",
    "time",
    "verdict",
    "holder",
)
"""Names of the steps of a verification, in their order."""


class SealStatus(StrEnum):
    """The whole answer. Only TOTAL_PASSED means that the seal holds."""

    TOTAL_PASSED = "TOTAL_PASSED"
    INDETERMINATE = "INDETERMINATE"
    TOTAL_FAILED = "TOTAL_FAILED"


class Outcome(StrEnum):
    """The answer of one step."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"
    NOT_REACHED = "not_reached"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Check:
    """One step: its number, its name, its answer and the reason's code in the catalogue of messages."""

    number: int
    code: str
    outcome: Outcome
    reason: str

    @property
    def passed(self) -> bool:
        return self.outcome is Outcome.PASSED


@dataclass(frozen=True, slots=True)
class SealedBy:
    """What the seal says of itself; believe it only where the status is TOTAL_PASSED.

    `seal_digest` (hexadecimal) is what the seal signed; the log of seals knows a document by it.
    `demonstration` tells that a demonstration authority issued the certificate, so it is not lawful.
    """

    holder: str = ""
    organ_id: str = ""
    seal_code: str = ""
    certificate_serial: str = ""
    seal_digest: str = ""
    reason: str = ""
    sealed_at: datetime | None = None
    demonstration: bool = False


@dataclass(frozen=True, slots=True)
class SealVerification:
    """A verified document: answer, sub-indication where it is not TOTAL_PASSED, steps, and who sealed it."""

    status: SealStatus
    sub_indication: str
    checks: tuple[Check, ...]
    sealed_by: SealedBy
    digest: str
    verified_at: datetime

    def __post_init__(self) -> None:
        settled = (Outcome.PASSED, Outcome.NOT_ASKED)
        clean = bool(self.checks) and all(check.outcome in settled for check in self.checks)
        if (self.status is SealStatus.TOTAL_PASSED) != clean:
            raise ValueError("a seal has passed exactly when every step has")

    @property
    def holder(self) -> str:
        return self.sealed_by.holder

    @property
    def sealed_at(self) -> datetime | None:
        return self.sealed_by.sealed_at


def expect_holder(verification: SealVerification, *, holder: str, organ_id: str) -> SealVerification:
    """Take the last step again for a verified seal, once it is known whose seal the document should carry."""
    if verification.status is not SealStatus.TOTAL_PASSED:
        return verification
    found = verification.sealed_by
    is_theirs = spelled(found.holder) == spelled(holder) and found.organ_id == organ_id
    outcome, reason = (Outcome.PASSED, "passed") if is_theirs else (Outcome.FAILED, "other_holder")
    return replace(
        verification,
        status=SealStatus.TOTAL_PASSED if is_theirs else SealStatus.TOTAL_FAILED,
        sub_indication="" if is_theirs else "SIG_CONSTRAINTS_FAILURE",
        checks=(*verification.checks[:-1], Check(len(STEPS), STEPS[-1], outcome, reason)),
    )


def holder_unknown(verification: SealVerification) -> SealVerification:
    """Leave the last step of a verified seal undecided: nobody knows whose seal the document should carry."""
    if verification.status is not SealStatus.TOTAL_PASSED:
        return verification
    undecided = Check(len(STEPS), STEPS[-1], Outcome.UNDECIDED, "number_unknown")
    return replace(
        verification,
        status=SealStatus.INDETERMINATE,
        sub_indication="SIG_CONSTRAINTS_FAILURE",
        checks=(*verification.checks[:-1], undecided),
    )


def spelled(name: str) -> str:
    """A name in the one spelling in which names are compared."""
    return unicodedata.normalize("NFC", name).strip()
