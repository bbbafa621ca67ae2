"""Signed records: bytes that speak for themselves, in a CMS container with a proven time (CAdES-T)."""

from signing.records.container import RecordCredential, RecordSigner
from signing.records.verdict import RecordCheck, RecordStatus, RecordVerification
from signing.records.verification import verify_record

__all__ = [
    "RecordCheck",
    "RecordCredential",
    "RecordSigner",
    "RecordStatus",
    "RecordVerification",
    "verify_record",
]
