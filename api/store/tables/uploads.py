"""The table of uploads that may be interrupted: how far each is, and the evidence that holds its parts."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table

from api.store.metadata import Id, Json, UtcDateTime, metadata

uploads = Table(
    "uploads",
    metadata,
    Column("id", Id, primary_key=True),
    Column("session_id", Id, nullable=False, unique=True),
    Column("account_id", Id, nullable=False),
    Column("length", Integer, nullable=False),
    Column("received", Integer, nullable=False),
    Column("parts", Json, nullable=False),
    Column("taken_by", Id, nullable=True),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime, nullable=True),
    CheckConstraint("received >= 0 AND received <= length", name="received_within"),
)
Index("ix_uploads_expires_at", uploads.c.expires_at)
