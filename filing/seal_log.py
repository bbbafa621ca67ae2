"""The seal log of an organ: every issued certificate as an entry that names the hash of the one before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from filing.canonical import canonical_json, sha256_hex
from filing.docket import GENESIS, ChainVerification, Head

FORMAT = "novisit-seal-log-1"


@dataclass(frozen=True, slots=True)
class SealLogEntry:
    """One sealed document: its number, its SHA-256 and that of what it shows. No personal datum."""

    organ_id: str
    sequence: int
    at: datetime
    number: str
    document_sha256: str
    content_digest: str
    previous: str

    @property
    def hash(self) -> str:
        """SHA-256 over every attribute, hexadecimal."""
        return sha256_hex(
            canonical_json(
                [
                    FORMAT,
                    self.organ_id,
                    self.sequence,
                    self.at.astimezone(UTC).isoformat(timespec="microseconds"),
                    self.number,
                    self.document_sha256,
                    self.content_digest,
                    self.previous,
                ]
            )
        )


def verify_log(entries: Sequence[SealLogEntry], *, head: Head) -> ChainVerification:
    """Check an organ's log: 1. sequence, 2. one organ, 3. previous hash, 4. the end is the head."""
    previous, length = GENESIS, len(entries)
    for sequence, entry in enumerate(entries, start=1):
        checks = (
            (entry.sequence == sequence, "sequence"),
            (entry.organ_id == entries[0].organ_id, "organ"),
            (entry.previous == previous, "previous"),
        )
        for holds, problem in checks:
            if not holds:
                return ChainVerification(length, sequence, problem)
        previous = entry.hash
    if Head(length, previous) != head:
        return ChainVerification(length, length + 1, "head")
    return ChainVerification(length, 0, "")
