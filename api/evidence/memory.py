"""Evidence in memory, in the clear: for tests."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from api.errors import BodyTooLarge, EvidenceNotFound
from api.evidence.port import UNKEPT, DeletionReceipt, EvidenceRef, NewEvidence

PIECE_BYTES = 1 << 20


class InMemoryEvidenceStore:
    """An EvidenceStore that forgets everything with its process, and does not wait for a commit."""

    def __init__(self, *, clock: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self.clock = clock
        self.new_id = new_id
        self.kept: dict[str, tuple[EvidenceRef, bytes]] = {}
        self.receipts: dict[str, DeletionReceipt] = {}

    def begin(self, new: NewEvidence) -> "InMemoryEvidenceWriter":
        return InMemoryEvidenceWriter(self, new)

    def put(self, pieces: Iterable[bytes], new: NewEvidence) -> EvidenceRef:
        writer = self.begin(new)
        for piece in pieces:
            writer.write(piece)
        return writer.finish()

    def find(self, evidence_id: str) -> EvidenceRef:
        return self._entry(evidence_id)[0]

    def open(
        self, evidence_id: str, *, owner: str, start: int = 0, end: int | None = None
    ) -> Iterator[bytes]:
        ref, whole = self._entry(evidence_id)
        if ref.owner != owner:
            raise EvidenceNotFound
        data = whole[start:end]
        return (data[at : at + PIECE_BYTES] for at in range(0, len(data), PIECE_BYTES))

    def keep_until(
        self, evidence_id: str, delete_after: datetime | None, *, db: Connection | None = None
    ) -> None:
        del db
        ref, data = self._entry(evidence_id)
        self.kept[evidence_id] = (replace(ref, delete_after=delete_after), data)

    def delete(self, evidence_id: str, *, reason: str) -> DeletionReceipt:
        if evidence_id not in self.receipts:
            _, data = self._entry(evidence_id)
            del self.kept[evidence_id]
            digest = hashlib.sha256(data).hexdigest()
            self.receipts[evidence_id] = DeletionReceipt(evidence_id, self.clock(), reason, digest)
        return self.receipts[evidence_id]

    def delete_due(self) -> int:
        now = self.clock()
        due = [ref.id for ref, _ in self.kept.values() if ref.delete_after and ref.delete_after <= now]
        for evidence_id in due:
            self.delete(evidence_id, reason="retention")
        return len(due)

    def check(self) -> None:
        """Memory is always ready."""

    def _entry(self, evidence_id: str) -> tuple[EvidenceRef, bytes]:
        if evidence_id not in self.kept:
            raise EvidenceNotFound
        return self.kept[evidence_id]


class InMemoryEvidenceWriter:
    """Writes into an InMemoryEvidenceStore."""

    def __init__(self, store: InMemoryEvidenceStore, new: NewEvidence) -> None:
        self._store = store
        self._new = new
        self._data = bytearray()

    def write(self, piece: bytes) -> None:
        if len(self._data) + len(piece) > self._new.limit_bytes:
            raise BodyTooLarge
        self._data += piece

    def finish(self) -> EvidenceRef:
        now = self._store.clock()
        ref = EvidenceRef(
            id=self._store.new_id(),
            owner=self._new.owner,
            kind=self._new.kind,
            media_type=self._new.media_type,
            size=len(self._data),
            sha256=hashlib.sha256(self._data).hexdigest(),
            created_at=now,
            delete_after=self._new.delete_after or now + UNKEPT,
        )
        self._store.kept[ref.id] = (ref, bytes(self._data))
        return ref

    def abandon(self) -> None:
        self._data.clear()
