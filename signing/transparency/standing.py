"""The last step of a verification: does the log know the file, and does the certificate still hold?"""

from collections.abc import Collection
from dataclasses import replace
from enum import StrEnum

from signing.errors import HeadRefused, ProofRefused
from signing.transparency.entries import LogEvent
from signing.transparency.proofs import LogProof, check_proof
from signing.verdict import Check, Outcome, SealStatus, SealVerification

STEP = "log"


class Standing(StrEnum):
    """What the log says of a file; the reason's code in the catalogue of messages."""

    IN_LOG = "passed"
    REVOKED = "revoked_in_log"
    REPLACED = "replaced_in_log"
    NOT_LOGGED = "not_in_log"
    NO_HEAD = "head_awaited"
    OTHER_FILE = "proof_of_another"
    HEAD_REFUSED = "head_refused"
    PROOF_REFUSED = "proof_refused"


_ENDED = (Standing.REVOKED, Standing.REPLACED)
STANDINGS = {
    LogEvent.ISSUED: Standing.IN_LOG,
    LogEvent.REVOKED: Standing.REVOKED,
    LogEvent.REPLACED: Standing.REPLACED,
}
"""What an entry of each kind means where it is the last."""


def standing_of(proof: LogProof, *, trusted: Collection[bytes], sha256: str) -> Standing:
    """Tell what a proof says of a file (SHA-256, hexadecimal) under the trusted keys of the log (DER).

    That nothing ended the certificate holds as of the head's time, and as far as the proof tells.
    """
    try:
        check_proof(proof, trusted=trusted)
    except HeadRefused:
        return Standing.HEAD_REFUSED
    except ProofRefused:
        return Standing.PROOF_REFUSED
    files = proof.opening.documents if proof.opening else ()
    if sha256 not in [document.sha256 for document in files]:
        return Standing.OTHER_FILE
    return STANDINGS[proof.standing]


def logged(verification: SealVerification, standing: Standing) -> SealVerification:
    """Add the step of the log to a verification whose other steps have been taken."""
    number = len(verification.checks) + 1
    if verification.status is not SealStatus.TOTAL_PASSED:
        check = Check(number, STEP, Outcome.NOT_REACHED, "not_reached")
        return replace(verification, checks=(*verification.checks, check))
    if standing is Standing.IN_LOG:
        outcome, status, sub_indication = Outcome.PASSED, SealStatus.TOTAL_PASSED, ""
    else:
        # To the standard a requirement beyond the signature, however final, leaves it INDETERMINATE.
        outcome = Outcome.FAILED if standing in _ENDED else Outcome.UNDECIDED
        status, sub_indication = SealStatus.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE"
    check = Check(number, STEP, outcome, standing.value)
    return replace(
        verification,
        status=status,
        sub_indication=sub_indication,
        checks=(*verification.checks, check),
    )
