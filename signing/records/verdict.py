"""What is known of a signed record when it has been verified."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

RECORD_STEPS = ("container", "signature", "signer", "revocation", "time")
"""Names of the steps of a verification, in their order."""


class RecordStatus(StrEnum):
    """The answer of a step, and of the whole: the worst of its steps."""

    HOLDS = "holds"
    UNDECIDED = "undecided"
    FAILS = "fails"


@dataclass(frozen=True, slots=True)
class RecordCheck:
    """One step, its answer, and the reason's code in the catalogue of messages."""

    code: str
    status: RecordStatus
    reason: str


@dataclass(frozen=True, slots=True)
class RecordVerification:
    """A verified record. Believe content, signer and time only where the status is HOLDS."""

    checks: tuple[RecordCheck, ...]
    content: bytes = field(default=b"", repr=False)
    signer: str = ""
    signed_at: datetime | None = None
    demonstration: bool = False

    @property
    def status(self) -> RecordStatus:
        found = {check.status for check in self.checks}
        if RecordStatus.FAILS in found or len(self.checks) < len(RECORD_STEPS):
            return RecordStatus.FAILS
        return RecordStatus.UNDECIDED if RecordStatus.UNDECIDED in found else RecordStatus.HOLDS
