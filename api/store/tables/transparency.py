"""Tables of the log of seals: leaves, what opens them, the tree, signed heads. Rows are only ever added.

`log_entries`, `log_nodes` and `log_heads` are public; `log_openings` belongs with the certificates.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from api.store.metadata import Digest, Json, metadata

Place = BigInteger().with_variant(Integer(), "sqlite")

log_size = Table(
    "log_size",
    metadata,
    # One row: whoever appends holds it, so that places follow one another without a gap.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", Place, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

log_entries = Table(
    "log_entries",
    metadata,
    Column("position", Place, primary_key=True, autoincrement=False),
    Column("leaf", Text, nullable=False),
    Column("hash", Digest, nullable=False, unique=True),
)

log_openings = Table(
    "log_openings",
    metadata,
    Column("position", Place, ForeignKey("log_entries.position"), primary_key=True, autoincrement=False),
    Column("number", String(40), nullable=False),
    Column("event", String(16), nullable=False),
    Column("documents", Json, nullable=False),
    Column("salt", Digest, nullable=False, comment="of the digests in the leaf"),
    # A certificate is issued once and ends once.
    UniqueConstraint("number", "event"),
    CheckConstraint("event IN ('issued', 'revoked', 'replaced')", name="event_known"),
)
Index(
    "ix_log_openings_ended",
    log_openings.c.number,
    unique=True,
    sqlite_where=log_openings.c.event != "issued",
    postgresql_where=log_openings.c.event != "issued",
)

log_nodes = Table(
    "log_nodes",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("position", Place, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
)

log_heads = Table(
    "log_heads",
    metadata,
    Column("tree_size", Place, primary_key=True, autoincrement=False),
    Column("timestamp_ms", Place, primary_key=True, autoincrement=False),
    Column("log_id", Digest, nullable=False),
    Column("root_hash", Digest, nullable=False),
    Column("signature", LargeBinary(80), nullable=False),
)
