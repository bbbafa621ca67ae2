"""Table of proposed seals. Who proposed one never stands as who approved it, whatever the code does."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, String, Table, Text

from api.store.metadata import Id, Json, UtcDateTime, metadata

seal_proposals = Table(
    "seal_proposals",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organ_id", String(64), ForeignKey("organs.id"), nullable=False),
    Column("seal", Json, nullable=False),
    Column("key_name", String(128), nullable=False),
    Column("certificates", Json, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("proposed_by", Id, ForeignKey("accounts.id"), nullable=False),
    Column("proposed_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("decided_by", Id, ForeignKey("accounts.id"), nullable=True),
    Column("decided_at", UtcDateTime, nullable=True),
    Column("reason", Text, nullable=False),
    CheckConstraint(
        "state IN ('proposed', 'approved', 'in_force', 'rejected', 'withdrawn', 'expired', 'failed')",
        name="state_known",
    ),
    CheckConstraint(
        "state NOT IN ('approved', 'in_force', 'failed', 'rejected')"
        " OR (decided_by IS NOT NULL AND decided_by <> proposed_by)",
        name="two_people",
    ),
)
Index(
    "uq_seal_proposals_open",
    seal_proposals.c.organ_id,
    unique=True,
    sqlite_where=seal_proposals.c.state == "proposed",
    postgresql_where=seal_proposals.c.state == "proposed",
)
Index("ix_seal_proposals_state", seal_proposals.c.state, seal_proposals.c.since)
