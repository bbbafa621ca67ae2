"""Answers of a validation and their sub-indications, as ETSI EN 319 102-1 (tables 5 and 6) knows them."""

from enum import StrEnum
from typing import Final


class SealStatus(StrEnum):
    """The whole answer. Only TOTAL_PASSED means that the seal holds."""

    TOTAL_PASSED = "TOTAL_PASSED"
    INDETERMINATE = "INDETERMINATE"
    TOTAL_FAILED = "TOTAL_FAILED"


FAILURES: Final = frozenset(
    {"FORMAT_FAILURE", "HASH_FAILURE", "SIG_CRYPTO_FAILURE", "REVOKED", "EXPIRED", "NOT_YET_VALID"}
)
"""Sub-indications of TOTAL_FAILED."""

INDETERMINATES: Final = frozenset(
    {
        "SIG_CONSTRAINTS_FAILURE",
        "CHAIN_CONSTRAINTS_FAILURE",
        "CERTIFICATE_CHAIN_GENERAL_FAILURE",
        "CRYPTO_CONSTRAINTS_FAILURE",
        "EXPIRED",
        "NOT_YET_VALID",
        "POLICY_PROCESSING_ERROR",
        "SIGNATURE_POLICY_NOT_AVAILABLE",
        "TIMESTAMP_ORDER_FAILURE",
        "NO_SIGNING_CERTIFICATE_FOUND",
        "NO_CERTIFICATE_CHAIN_FOUND",
        "REVOKED_NO_POE",
        "REVOKED_CA_NO_POE",
        "OUT_OF_BOUNDS_NOT_REVOKED",
        "OUT_OF_BOUNDS_NO_POE",
        "REVOCATION_OUT_OF_BOUNDS_NO_POE",
        "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
        "NO_POE",
        "TRY_LATER",
        "SIGNED_DATA_NOT_FOUND",
        "GENERIC",
    }
)
"""Sub-indications of INDETERMINATE. Before V1.2.1 EXPIRED and NOT_YET_VALID stood here; pyHanko's do."""

CONSTRAINTS: Final = frozenset(
    {"SIG_CONSTRAINTS_FAILURE", "CHAIN_CONSTRAINTS_FAILURE", "CRYPTO_CONSTRAINTS_FAILURE"}
)
"""What the standard leaves INDETERMINATE although a check has said no: another verifier may ask for less."""


def status_of(sub_indication: str) -> SealStatus:
    """The status that a sub-indication stands under; TOTAL_FAILED for the two that both know."""
    if sub_indication in FAILURES:
        return SealStatus.TOTAL_FAILED
    return SealStatus.INDETERMINATE if sub_indication else SealStatus.TOTAL_PASSED


def belongs(sub_indication: str, status: SealStatus) -> bool:
    """Whether the standard has this sub-indication under this status."""
    match status:
        case SealStatus.TOTAL_PASSED:
            return not sub_indication
        case SealStatus.TOTAL_FAILED:
            return sub_indication in FAILURES
        case SealStatus.INDETERMINATE:
            return sub_indication in INDETERMINATES
