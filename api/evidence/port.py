"""The port to stored evidence: streams in, streams out, deletion with a receipt.

Evidence belongs to an owner, such as `liveness-session:<id>` or `case:<id>`, and never enters memory whole.
Calls use short transactions of their own, so they are not made inside one; `keep_until` can join one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sqlalchemy import Connection

UNKEPT = timedelta(days=1)
"""How long evidence lives that nobody said to keep, as when its upload was never used."""


class EvidenceKind(StrEnum):
    """What a piece of evidence is."""

    VIDEO = "video"
    AUDIT_FRAME = "audit_frame"
    MATERIAL = "material"
    CERTIFICATE = "certificate"
    REVIEW = "review"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class NewEvidence:
    """What is about to be stored; without `delete_after` it lives for a day unless somebody keeps it."""

    owner: str
    kind: EvidenceKind
    media_type: str
    limit_bytes: int
    organ_id: str | None = None
    delete_after: datetime | None = None

    def __post_init__(self) -> None:
        if not self.owner or not self.owner.isprintable() or self.limit_bytes < 1:
            raise ValueError("evidence has a printable owner and a limit of at least one byte")


@dataclass(frozen=True, slots=True)
class EvidenceRef:
    """One stored piece of evidence. sha256 is of the bytes as they came, lower-case hexadecimal."""

    id: str
    owner: str
    kind: EvidenceKind
    media_type: str
    size: int
    sha256: str
    created_at: datetime
    delete_after: datetime | None


@dataclass(frozen=True, slots=True)
class DeletionReceipt:
    """Proof that evidence was deleted. It says nothing of what was in it."""

    evidence_id: str
    deleted_at: datetime
    reason: str
    stored_sha256: str
    """Digest of the encrypted object, which nobody can read any more."""


class EvidenceWriter(Protocol):
    """Takes evidence piece by piece; nothing is stored before `finish`."""

    def write(self, piece: bytes) -> None:
        """Take some bytes. Raises BodyTooLarge past the limit."""
        ...

    def finish(self) -> EvidenceRef:
        """Make it durable and give its reference."""
        ...

    def abandon(self) -> None:
        """Forget what was written; harmless after `finish`."""
        ...


class EvidenceStore(Protocol):
    """Keeps evidence until its time is over."""

    def begin(self, new: NewEvidence) -> EvidenceWriter:
        """Begin to store one piece of evidence."""
        ...

    def put(self, pieces: Iterable[bytes], new: NewEvidence) -> EvidenceRef:
        """Store evidence from a stream. Raises BodyTooLarge past the limit."""
        ...

    def find(self, evidence_id: str) -> EvidenceRef:
        """Give the reference of evidence that is not deleted. Raises EvidenceNotFound."""
        ...

    def open(
        self, evidence_id: str, *, owner: str, start: int = 0, end: int | None = None
    ) -> Iterator[bytes]:
        """Read evidence, or the bytes from start up to end; every piece is verified before it is given.

        Raises EvidenceNotFound, also where it has another owner; EvidenceDamaged or KeyUnavailable at once or
        when the reader comes to what is damaged.
        """
        ...

    def keep_until(
        self, evidence_id: str, delete_after: datetime | None, *, db: Connection | None = None
    ) -> None:
        """Say when evidence is to be deleted, None for as long as its owner, in the transaction of `db`.

        Raises EvidenceNotFound.
        """
        ...

    def delete(self, evidence_id: str, *, reason: str) -> DeletionReceipt:
        """Delete evidence so that nobody can read it again. Deleting twice gives the same receipt.

        Raises EvidenceNotFound.
        """
        ...

    def delete_due(self) -> int:
        """Delete some of what is past its time; give how many, 0 when nothing is left."""
        ...

    def check(self) -> None:
        """Return when evidence can be stored; raise where not."""
        ...
