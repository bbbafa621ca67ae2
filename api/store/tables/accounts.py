"""Tables of people who sign in, and of answers kept for repeated requests."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from api.evidence.fields import SEALED
from api.store.metadata import Digest, Id, UtcDateTime, metadata

accounts = Table(
    "accounts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("username", String(64), nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("must_change_password", Boolean, nullable=False),
    Column("role", String(16), nullable=False),
    Column("organ_id", String(64), nullable=True),
    Column("totp_secret", Text, nullable=True, info=SEALED),
    Column("totp_confirmed_at", UtcDateTime, nullable=True),
    Column("totp_last_step", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime, nullable=True),
    CheckConstraint(
        "role IN ('applicant', 'reviewer', 'supervisor', 'administrator', 'operator')", name="role_known"
    ),
    CheckConstraint("role NOT IN ('reviewer', 'supervisor') OR organ_id IS NOT NULL", name="staff_has_organ"),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("token_hash", Digest, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("second_factor", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)
Index("ix_sign_ins_account_id", sign_ins.c.account_id)
Index("ix_sign_ins_expires_at", sign_ins.c.expires_at)

idempotent_answers = Table(
    "idempotent_answers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("scope", String(128), nullable=False),
    Column("key", String(128), nullable=False),
    Column("request_digest", Digest, nullable=False),
    Column("status", Integer, nullable=True),
    Column("media_type", String(128), nullable=True),
    Column("location", Text, nullable=True),
    Column("body", Text, nullable=True, info=SEALED),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("scope", "key"),
)
Index("ix_idempotent_answers_created_at", idempotent_answers.c.created_at)
