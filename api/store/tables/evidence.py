"""Tables of encrypted evidence: what is stored where, under which wrapped key, and receipts of deletion."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, SmallInteger, String, Table

from api.store.metadata import Digest, Id, UtcDateTime, metadata

evidence = Table(
    "evidence",
    metadata,
    Column("id", Id, primary_key=True),
    Column("owner", String(128), nullable=False),
    Column("organ_id", String(64), nullable=True),
    Column("kind", String(16), nullable=False),
    Column("media_type", String(128), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Digest, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("delete_after", UtcDateTime, nullable=True),
    Column("format", SmallInteger, nullable=False),
    Column("stored_sha256", Digest, nullable=False),
    Column("kek_id", String(16), nullable=True),
    Column("wrapped_key", LargeBinary, nullable=True),
    Column("deleted_at", UtcDateTime, nullable=True),
)
Index("ix_evidence_owner", evidence.c.owner)
Index("ix_evidence_delete_after", evidence.c.delete_after)
Index("ix_evidence_kek_id", evidence.c.kek_id)
Index("ix_evidence_stored_sha256", evidence.c.stored_sha256)

evidence_deletions = Table(
    "evidence_deletions",
    metadata,
    Column("evidence_id", Id, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("stored_sha256", Digest, nullable=False),
    Column("deleted_at", UtcDateTime, nullable=False),
    Column("object_removed_at", UtcDateTime, nullable=True),
)
Index("ix_evidence_deletions_object_removed_at", evidence_deletions.c.object_removed_at)
