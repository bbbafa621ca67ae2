"""The evidence store: encrypted objects beside rows that say what they are and hold their wrapped keys."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection, Engine

from api.db import reading, transaction
from api.errors import BodyTooLarge, EvidenceDamaged, EvidenceError, EvidenceNotFound
from api.evidence import rows
from api.evidence.chunks import CHUNK_BYTES, FORMAT, KEY_BYTES, ChunkCipher, Layout
from api.evidence.keyring import Keyring
from api.evidence.objects import Objects
from api.evidence.port import UNKEPT, DeletionReceipt, EvidenceRef, NewEvidence

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class EvidenceParts:
    """What the store is made of."""

    engine: Engine
    objects: Objects
    keyring: Callable[[], Keyring]
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    random_bytes: Callable[[int], bytes]


class EncryptedEvidence:
    """An EvidenceStore over any objects and any database.

    Every call but `keep_until(db=...)` uses short transactions of its own: do not call it inside one.
    """

    def __init__(self, parts: EvidenceParts) -> None:
        self._parts = parts

    def begin(self, new: NewEvidence) -> "EncryptedWriter":
        return EncryptedWriter(self._parts, new)

    def put(self, pieces: Iterable[bytes], new: NewEvidence) -> EvidenceRef:
        """Store evidence from a stream. Raises BodyTooLarge past the limit."""
        writer = self.begin(new)
        try:
            for piece in pieces:
                writer.write(piece)
            return writer.finish()
        finally:
            writer.abandon()

    def find(self, evidence_id: str) -> EvidenceRef:
        with reading(self._parts.engine) as db:
            return rows.find(db, evidence_id).ref

    def open(
        self, evidence_id: str, *, owner: str, start: int = 0, end: int | None = None
    ) -> Iterator[bytes]:
        """Read evidence, piece by verified piece."""
        with reading(self._parts.engine) as db:
            stored = rows.find(db, evidence_id)
        if stored.ref.owner != owner:
            raise EvidenceNotFound
        layout = Layout(stored.ref.size)
        if stored.format != FORMAT or self._parts.objects.size(stored.stored_sha256) != layout.stored_size:
            raise EvidenceDamaged
        key = self._parts.keyring().unwrap(stored.key, context=_key_context(evidence_id, owner))
        cipher = ChunkCipher(key, evidence_id=evidence_id, owner=owner)
        stop = layout.size if end is None else min(end, layout.size)
        return self._pieces(stored.stored_sha256, layout, cipher, start, stop)

    def _pieces(
        self, digest: str, layout: Layout, cipher: ChunkCipher, start: int, stop: int
    ) -> Iterator[bytes]:
        for index in range(start // CHUNK_BYTES, layout.chunks):
            begins = index * CHUNK_BYTES
            if begins >= stop and layout.size:
                return
            sealed = self._parts.objects.read(digest, *layout.stored_range(index))
            chunk = cipher.open(sealed, index=index, chunks_known=layout.chunks)
            piece = chunk[max(0, start - begins) : stop - begins]
            if piece:
                yield piece

    def keep_until(
        self, evidence_id: str, delete_after: datetime | None, *, db: Connection | None = None
    ) -> None:
        """Say when evidence is to be deleted, in the transaction of `db` where one is given."""
        if db is not None:
            rows.keep_until(db, evidence_id, delete_after)
            return
        with transaction(self._parts.engine) as own:
            rows.keep_until(own, evidence_id, delete_after)

    def delete(self, evidence_id: str, *, reason: str) -> DeletionReceipt:
        """Destroy the wrapped key, which no copy of the object survives, then the object. Safe to repeat."""
        with transaction(self._parts.engine) as db:
            receipt = rows.destroy_key(db, evidence_id, reason=reason, at=self._parts.clock())
        self._parts.objects.remove(receipt.stored_sha256)
        with transaction(self._parts.engine) as db:
            rows.mark_removed(db, evidence_id, at=self._parts.clock())
        return receipt

    def delete_due(self) -> int:
        """Delete some of what is past its time, and finish what was left half way; give how many.

        What cannot be deleted is logged and left for the next time: it must not keep the rest alive.
        """
        with reading(self._parts.engine) as db:
            found = [*rows.half_deleted(db), *rows.due(db, now=self._parts.clock())]
        deleted = 0
        for evidence_id in found:
            try:
                self.delete(evidence_id, reason="retention")
                deleted += 1
            except EvidenceError as error:
                log.error("evidence could not be deleted", evidence=evidence_id, exc_info=error)  # noqa: TRY400  the chain tells errors without their text
        return deleted

    def sweep(self) -> int:
        """Remove objects that no row names, as a crash between object and row leaves them; give how many."""
        before = self._parts.clock() - UNKEPT
        removed = self._parts.objects.remove_incoming_before(before)
        batch: list[str] = []
        for digest in self._parts.objects.digests_before(before):
            batch.append(digest)
            if len(batch) == rows.BATCH:
                removed += self._remove_unknown(batch)
                batch = []
        return removed + self._remove_unknown(batch)

    def _remove_unknown(self, digests: list[str]) -> int:
        with reading(self._parts.engine) as db:
            unknown = set(digests) - rows.known_objects(db, digests)
        for digest in unknown:
            self._parts.objects.remove(digest)
        return len(unknown)

    def rewrap(self) -> int:
        """Wrap data keys anew under the current key, without touching objects; give how many."""
        keyring = self._parts.keyring()
        rewrapped = 0
        while True:
            with transaction(self._parts.engine) as db:
                batch = rows.wrapped_otherwise(db, current=keyring.current)
                for stored in batch:
                    context = _key_context(stored.ref.id, stored.ref.owner)
                    key = keyring.unwrap(stored.key, context=context)
                    rows.replace_key(db, stored.ref.id, keyring.wrap(key, context=context))
            rewrapped += len(batch)
            if not batch:
                return rewrapped

    def check(self) -> None:
        """Return when evidence can be stored; raise EvidenceError or SettingsInvalid where not."""
        self._parts.keyring()
        self._parts.objects.check()


class EncryptedWriter:
    """Encrypts a stream into one object; its row is written when it is whole."""

    def __init__(self, parts: EvidenceParts, new: NewEvidence) -> None:
        self._parts = parts
        self._new = new
        self._id = parts.new_id()
        self._key = parts.random_bytes(KEY_BYTES)
        self._cipher = ChunkCipher(self._key, evidence_id=self._id, owner=new.owner)
        self._digest = hashlib.sha256()
        self._pending = bytearray()
        self._size = 0
        self._chunks = 0
        self._object = parts.objects.writer(self._id)
        self._open = True

    def write(self, piece: bytes) -> None:
        """Take some bytes. Raises BodyTooLarge past the limit."""
        self._size += len(piece)
        if self._size > self._new.limit_bytes:
            raise BodyTooLarge
        self._digest.update(piece)
        self._pending += piece
        # The last chunk is sealed as such, so one chunk stays here until it is known not to be the last.
        while len(self._pending) > CHUNK_BYTES:
            self._object.write(self._cipher.seal(bytes(self._pending[:CHUNK_BYTES]), index=self._chunks))
            del self._pending[:CHUNK_BYTES]
            self._chunks += 1

    def finish(self) -> EvidenceRef:
        """Make it durable and give its reference."""
        last = self._cipher.seal(bytes(self._pending), index=self._chunks, chunks_known=self._chunks + 1)
        self._object.write(last)
        stored_sha256 = self._object.commit()
        self._open = False
        now = self._parts.clock()
        ref = EvidenceRef(
            id=self._id,
            owner=self._new.owner,
            kind=self._new.kind,
            media_type=self._new.media_type,
            size=self._size,
            sha256=self._digest.hexdigest(),
            created_at=now,
            delete_after=self._new.delete_after or now + UNKEPT,
        )
        key = self._parts.keyring().wrap(self._key, context=_key_context(ref.id, ref.owner))
        with transaction(self._parts.engine) as db:
            rows.add(db, rows.StoredObject(ref, FORMAT, stored_sha256, key), organ_id=self._new.organ_id)
        return ref

    def abandon(self) -> None:
        """Forget what was written; harmless after `finish`."""
        if self._open:
            self._open = False
            self._object.abandon()


def _key_context(evidence_id: str, owner: str) -> str:
    return f"evidence:{evidence_id}:{owner}"
