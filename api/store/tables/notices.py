"""The outbox of notices."""

from sqlalchemy import Column, Index, String, Table

from api.store.metadata import Id, Json, UtcDateTime, metadata

notices = Table(
    "notices",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Id, nullable=False),
    Column("recipient_id", Id, nullable=False),
    Column("code", String(64), nullable=False),
    Column("parameters", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("delivered_at", UtcDateTime, nullable=True),
)
Index("ix_notices_recipient_id_created_at", notices.c.recipient_id, notices.c.created_at)
Index("ix_notices_case_id", notices.c.case_id)
