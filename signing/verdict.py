"""What is known of a seal when it has been verified: numbered steps and one answer (ETSI EN 319 102-1)."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from signing.indications import SealStatus, belongs

__all__ = [
    "CLAUSES",
    "STEPS",
    "Check",
    "Outcome",
    "SealStatus",
    "SealVerification",
    "SealedBy",
    "expect_holder",
    "holder_unknown",
    "spelled",
]

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
CLAUSES = {
    "file": "5.2.2",
    "seal": "5.2.3",
    "coverage": "5.2.2",
    "integrity": "5.2.7",
    "changes": "5.2.8",
    "algorithms": "5.2.8",
    "certificate": "5.2.6",
    "revocation": "5.6.2",
    "time": "5.4",
    "verdict": "5.6.3",
    "holder": "5.2.8",
}
"""Which clause of ETSI EN 319 102-1 a step is taken by."""


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

    @property
    def clause(self) -> str:
        """The clause of ETSI EN 319 102-1 that the step is taken by; empty for a step of our own."""
        return CLAUSES.get(self.code, "")


@dataclass(frozen=True, slots=True)
class SealedBy:
    """What the seal says of itself; believe it only where the status is TOTAL_PASSED.

    `reason` ends with the number of the paper.

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

    @property
    def number(self) -> str:
        """The number of the paper, which stands last in what the seal is for; or nothing."""
        last = self.reason.rpartition(" ")[2]
        return last if re.fullmatch("[A-Z]{1,8}[0-9]{6,30}", last) else ""


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
        if not belongs(self.sub_indication, self.status):
            raise ValueError(f"the standard knows no {self.sub_indication} under {self.status}")

    @property
    def is_refused(self) -> bool:
        """Whether a check said no, as a constraint does that the standard leaves INDETERMINATE."""
        return any(check.outcome is Outcome.FAILED for check in self.checks)

    @property
    def answer(self) -> str:
        """The code of the answer in words: the status, or REFUSED for one that is not to be waited for."""
        undecided = self.status is SealStatus.INDETERMINATE
        return "REFUSED" if undecided and self.is_refused else self.status.value

    @property
    def holder(self) -> str:
        return self.sealed_by.holder

    @property
    def sealed_at(self) -> datetime | None:
        return self.sealed_by.sealed_at


def expect_holder(verification: SealVerification, *, holder: str, organ_id: str) -> SealVerification:
    """Take the last step again for a verified seal, once it is known whose seal the document should carry.

    `organ_id` is the organ's number as its certificate states it; empty where that states none.
    """
    if verification.status is not SealStatus.TOTAL_PASSED:
        return verification
    found = verification.sealed_by
    is_theirs = spelled(found.holder) == spelled(holder) and found.organ_id == organ_id
    outcome, reason = (Outcome.PASSED, "passed") if is_theirs else (Outcome.FAILED, "other_holder")
    return replace(
        verification,
        status=SealStatus.TOTAL_PASSED if is_theirs else SealStatus.INDETERMINATE,
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
