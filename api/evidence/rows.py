"""Rows of the evidence tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, func, insert, select, update

from api.errors import EvidenceNotFound
from api.evidence.keyring import WrappedKey
from api.evidence.port import DeletionReceipt, EvidenceKind, EvidenceRef
from api.store.tables.evidence import evidence, evidence_deletions

BATCH = 100


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A reference, the digest its encrypted object is found by, and its wrapped data key."""

    ref: EvidenceRef
    format: int
    stored_sha256: str
    key: WrappedKey


def add(db: Connection, stored: StoredObject, *, organ_id: str | None) -> None:
    ref = stored.ref
    db.execute(
        insert(evidence).values(
            id=ref.id,
            owner=ref.owner,
            organ_id=organ_id,
            kind=ref.kind.value,
            media_type=ref.media_type,
            size=ref.size,
            sha256=ref.sha256,
            created_at=ref.created_at,
            delete_after=ref.delete_after,
            format=stored.format,
            stored_sha256=stored.stored_sha256,
            kek_id=stored.key.kek_id,
            wrapped_key=stored.key.data,
        )
    )


def find(db: Connection, evidence_id: str) -> StoredObject:
    """Give what is not deleted. Raises EvidenceNotFound."""
    query = select(evidence).where(evidence.c.id == evidence_id, evidence.c.deleted_at.is_(None))
    row = db.execute(query).one_or_none()
    if row is None or row.wrapped_key is None:
        raise EvidenceNotFound
    return _stored(row)


def keep_until(db: Connection, evidence_id: str, delete_after: datetime | None) -> None:
    """Raises EvidenceNotFound."""
    query = update(evidence).where(evidence.c.id == evidence_id, evidence.c.deleted_at.is_(None))
    if db.execute(query.values(delete_after=delete_after)).rowcount == 0:
        raise EvidenceNotFound


def destroy_key(db: Connection, evidence_id: str, *, reason: str, at: datetime) -> DeletionReceipt:
    """Destroy the wrapped key and leave a receipt; the receipt there is, where it was done before.

    Raises EvidenceNotFound.
    """
    # Of two deletions at the same moment the second waits here and then finds the receipt of the first.
    db.execute(select(evidence.c.id).where(evidence.c.id == evidence_id).with_for_update())
    receipt = db.execute(
        select(evidence_deletions).where(evidence_deletions.c.evidence_id == evidence_id)
    ).one_or_none()
    if receipt is None:
        stored = find(db, evidence_id)
        db.execute(
            update(evidence)
            .where(evidence.c.id == evidence_id)
            .values(wrapped_key=None, kek_id=None, deleted_at=at)
        )
        db.execute(
            insert(evidence_deletions).values(
                evidence_id=evidence_id,
                kind=stored.ref.kind.value,
                reason=reason,
                stored_sha256=stored.stored_sha256,
                deleted_at=at,
            )
        )
        return DeletionReceipt(evidence_id, at, reason, stored.stored_sha256)
    return DeletionReceipt(evidence_id, receipt.deleted_at, receipt.reason, receipt.stored_sha256)


def mark_removed(db: Connection, evidence_id: str, *, at: datetime) -> None:
    db.execute(
        update(evidence_deletions)
        .where(evidence_deletions.c.evidence_id == evidence_id)
        .values(object_removed_at=at)
    )


def due(db: Connection, *, now: datetime) -> list[str]:
    """Name some evidence whose time is over, the oldest first."""
    query = (
        select(evidence.c.id)
        .where(evidence.c.delete_after <= now, evidence.c.deleted_at.is_(None))
        .order_by(evidence.c.delete_after)
        .limit(BATCH)
    )
    return list(db.execute(query).scalars())


def half_deleted(db: Connection) -> list[str]:
    """Name some evidence whose key is destroyed and whose object may still be there."""
    query = (
        select(evidence_deletions.c.evidence_id)
        .where(evidence_deletions.c.object_removed_at.is_(None))
        .limit(BATCH)
    )
    return list(db.execute(query).scalars())


def known_objects(db: Connection, digests: list[str]) -> set[str]:
    """Give those of the objects that a row names."""
    return set(
        db.execute(select(evidence.c.stored_sha256).where(evidence.c.stored_sha256.in_(digests))).scalars()
    )


def wrapped_otherwise(db: Connection, *, current: str) -> list[StoredObject]:
    """Give some evidence whose data key is not wrapped by the current key."""
    query = select(evidence).where(evidence.c.kek_id != current).order_by(evidence.c.id).limit(BATCH)
    return [_stored(row) for row in db.execute(query)]


def replace_key(db: Connection, evidence_id: str, key: WrappedKey) -> None:
    """Put a key in the place of the one there is; a key that was destroyed meanwhile stays destroyed."""
    query = update(evidence).where(evidence.c.id == evidence_id, evidence.c.wrapped_key.is_not(None))
    db.execute(query.values(kek_id=key.kek_id, wrapped_key=key.data))


def count_by_key(db: Connection) -> Iterator[tuple[str, int]]:
    """Say how many data keys each key-encryption key wraps."""
    query = (
        select(evidence.c.kek_id, func.count())
        .where(evidence.c.kek_id.is_not(None))
        .group_by(evidence.c.kek_id)
    )
    for kek_id, count in db.execute(query):
        yield str(kek_id), int(count)


def _stored(row: Row[tuple[object, ...]]) -> StoredObject:
    ref = EvidenceRef(
        id=row.id,
        owner=row.owner,
        kind=EvidenceKind(row.kind),
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        created_at=row.created_at,
        delete_after=row.delete_after,
    )
    return StoredObject(ref, row.format, row.stored_sha256, WrappedKey(row.kek_id, row.wrapped_key))
