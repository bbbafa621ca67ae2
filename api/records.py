"""Signed evidence of a liveness check: signature and record verified, in one answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from liveness.evidence.checking import EvidenceCheck, Holds, check_record
from signing.records import RecordStatus, verify_record

STEPS = ("container", "signature", "signer", "revocation", "time", "record", "times", "verdict", "video")
"""Every step, in the order in which it is taken and told."""

_NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class EvidenceVerification:
    """What holds and what does not. Believe record, signer and time only where `holds` is YES."""

    checks: tuple[EvidenceCheck, ...]
    record: dict[str, Any] | None
    signer: str
    signed_at: datetime | None
    demonstration: bool

    @property
    def holds(self) -> Holds:
        """The worst of all steps; a step that was not reached or not asked does not count."""
        found = {check.holds for check in self.checks}
        if Holds.NO in found:
            return Holds.NO
        return Holds.UNDECIDED if Holds.UNDECIDED in found else Holds.YES


def verify_evidence(
    signed: bytes,
    *,
    anchors: Sequence[bytes],
    at: datetime,
    crls: Sequence[bytes] = (),
    video_sha256: str | None = None,
    signers: Sequence[bytes] = (),
    time_stamp_anchors: Sequence[bytes] = (),
) -> EvidenceVerification:
    """Verify signed evidence as of a moment, and the video it speaks of where its SHA-256 is given.

    `signers` are certificates (DER) of licensed authorities whose records are taken.
    """
    verified = verify_record(
        signed,
        anchors=anchors,
        at=at,
        crls=crls,
        signers=signers,
        time_stamp_anchors=time_stamp_anchors,
    )
    checks = [EvidenceCheck(item.code, Holds(item.status.value), item.reason) for item in verified.checks]
    record = None
    if verified.status is RecordStatus.HOLDS and verified.signed_at is not None:
        checked = check_record(verified.content, signed_at=verified.signed_at, video_sha256=video_sha256)
        checks += checked.checks
        record = checked.record
    reached = {check.code for check in checks}
    checks += [EvidenceCheck(code, Holds.NOT_ASKED, _NOT_REACHED) for code in STEPS if code not in reached]
    return EvidenceVerification(
        checks=tuple(checks),
        record=record,
        signer=verified.signer,
        signed_at=verified.signed_at,
        demonstration=verified.demonstration,
    )
