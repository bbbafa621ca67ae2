"""Tables of consents, liveness sessions and choices of a way without the face."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, String, Table, Text

from api.evidence.fields import SEALED
from api.store.metadata import Digest, Id, Json, UtcDateTime, metadata

consents = Table(
    "consents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, nullable=False),
    Column("version", String(32), nullable=False),
    Column("text_sha256", Digest, nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime, nullable=True),
)
Index("ix_consents_account_id", consents.c.account_id)

route_choices = Table(
    "route_choices",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, nullable=False),
    Column("route", String(16), nullable=False),
    Column("case_id", Id, nullable=True),
    Column("chosen_at", UtcDateTime, nullable=False),
    CheckConstraint("route IN ('counter', 'video_call', 'post')", name="route_known"),
)
Index("ix_route_choices_account_id", route_choices.c.account_id)

liveness_sessions = Table(
    "liveness_sessions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, nullable=False),
    Column("device", String(64), nullable=False),
    Column("address", Digest, nullable=False),
    Column("case_id", Id, nullable=True),
    Column("party_id", Id, nullable=True),
    Column("person_digest", Digest, nullable=False),
    Column("name_digest", Digest, nullable=False),
    Column("claim", Text, nullable=True, info=SEALED),
    Column("profile", String(16), nullable=False),
    Column("steps", Json, nullable=False),
    Column("schedule", Json, nullable=True),
    Column("alternatives", Text, nullable=True, info=SEALED),
    Column("nonce", String(64), nullable=False, unique=True),
    Column("consent_id", Id, ForeignKey("consents.id"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("video_id", Id, nullable=True),
    Column("video_sha256", Digest, nullable=True),
    Column("uploaded_at", UtcDateTime, nullable=True),
    Column("finished_at", UtcDateTime, nullable=True),
    Column("counts", Boolean, nullable=False),
    Column("decision", Json, nullable=True),
    CheckConstraint(
        "state IN ('created', 'streaming', 'uploaded', 'analysing', "
        "'passed', 'failed', 'undecided', 'expired')",
        name="state_known",
    ),
    CheckConstraint("profile IN ('ordered', 'timed')", name="profile_known"),
)
Index(
    "ix_liveness_sessions_account_id_created_at",
    liveness_sessions.c.account_id,
    liveness_sessions.c.created_at,
)
Index("ix_liveness_sessions_device_created_at", liveness_sessions.c.device, liveness_sessions.c.created_at)
Index("ix_liveness_sessions_address_created_at", liveness_sessions.c.address, liveness_sessions.c.created_at)
Index("ix_liveness_sessions_video_sha256", liveness_sessions.c.video_sha256)
Index("ix_liveness_sessions_case_id", liveness_sessions.c.case_id)
Index("ix_liveness_sessions_consent_id", liveness_sessions.c.consent_id)
Index("ix_liveness_sessions_state_expires_at", liveness_sessions.c.state, liveness_sessions.c.expires_at)
