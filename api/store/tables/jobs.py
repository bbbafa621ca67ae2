"""The table of jobs: what was asked for and how it stands. What runs them keeps tables of its own."""

from sqlalchemy import Column, Index, SmallInteger, String, Table

from api.store.metadata import Id, Json, UtcDateTime, metadata

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("name", String(32), nullable=False),
    Column("payload", Json, nullable=False),
    Column("owner_id", Id, nullable=True),
    Column("state", String(16), nullable=False),
    Column("attempt", SmallInteger, nullable=False),
    Column("failures", SmallInteger, nullable=False),
    Column("starts", SmallInteger, nullable=False),
    Column("error_code", String(64), nullable=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime, nullable=True),
)
Index("ix_jobs_finished_at", jobs.c.finished_at)
