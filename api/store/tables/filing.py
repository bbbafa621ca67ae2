"""Tables of filing: organs, cases with what belongs to them, dockets, numbers, certificates.

Every row names its organ, which is part of every query for staff. Foreign keys stay inside this file:
accounts and evidence belong to other packages and are kept by id. Only the log's entries are pointed at, so
that the database itself refuses a certificate without one. What people typed is sealed.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from api.evidence.fields import SEALED
from api.store.metadata import Digest, Id, Json, UtcDateTime, metadata

OrganId = String(64)
MatterId = String(64)
Number = String(40)

organs = Table(
    "organs",
    metadata,
    Column("id", OrganId, primary_key=True),
    Column("name_zh", String(200), nullable=False),
    Column("name_en", String(200), nullable=False),
    Column("credit_code", String(18), nullable=False),
    Column("numbering_area", String(6), nullable=False),
    Column("seal_id", String(64), nullable=False),
    Column("calendar", String(32), nullable=False),
    Column("seal_design", Json, nullable=False),
)

organ_matters = Table(
    "organ_matters",
    metadata,
    Column("organ_id", OrganId, ForeignKey("organs.id"), primary_key=True),
    Column("matter_id", MatterId, primary_key=True),
)

cases = Table(
    "cases",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organ_id", OrganId, ForeignKey("organs.id"), nullable=False),
    Column("matter_id", MatterId, nullable=False),
    Column("matter_version", String(16), nullable=False),
    Column("applicant_account_id", Id, nullable=False),
    Column("state", String(16), nullable=False),
    Column("form", Text, nullable=False, info=SEALED),
    Column("decisions", Text, nullable=False, info=SEALED),
    Column("salt", Text, nullable=False, info=SEALED, comment="of the docket's digests"),
    Column("verification_id", Id, nullable=True),
    Column("claim_account_id", Id, nullable=True),
    Column("claim_until", UtcDateTime, nullable=True),
    Column("ledger", Json, nullable=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("submitted_at", UtcDateTime, nullable=True),
    Column("head_length", Integer, nullable=False),
    Column("head_hash", Digest, nullable=False),
    Column("revision", Integer, nullable=False),
    UniqueConstraint("id", "organ_id"),
    CheckConstraint(
        "state IN ('draft', 'submitted', 'under_review', 'returned', 'approved', 'rejected')",
        name="state_known",
    ),
    CheckConstraint("(claim_account_id IS NULL) = (claim_until IS NULL)", name="claim_whole"),
)
Index("ix_cases_queue", cases.c.organ_id, cases.c.state, cases.c.submitted_at, cases.c.id)
Index("ix_cases_applicant", cases.c.applicant_account_id, cases.c.id)


def _of_case() -> ForeignKeyConstraint:
    """A row of a case belongs to the case's organ: the database refuses anything else."""
    return ForeignKeyConstraint(["case_id", "organ_id"], ["cases.id", "cases.organ_id"])


case_materials = Table(
    "case_materials",
    metadata,
    Column("case_id", Id, primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("organ_id", OrganId, nullable=False),
    Column("evidence_id", Id, nullable=False),
    Column("sha256", Digest, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("media_type", String(32), nullable=False),
    Column("filed_at", UtcDateTime, nullable=False),
    _of_case(),
)

case_verifications = Table(
    "case_verifications",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organ_id", OrganId, nullable=False),
    Column("case_id", Id, nullable=False),
    Column("party_id", Id, nullable=True),
    Column("account_id", Id, nullable=False),
    Column("person_digest", Digest, nullable=False),
    Column("name_digest", Digest, nullable=False),
    Column("profile", String(16), nullable=False),
    Column("verified_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    _of_case(),
)
Index("ix_case_verifications_account_id", case_verifications.c.account_id)
Index("ix_case_verifications_case_id", case_verifications.c.case_id)

case_parties = Table(
    "case_parties",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organ_id", OrganId, nullable=False),
    Column("case_id", Id, nullable=False),
    Column("position", Integer, nullable=False),
    Column("role", String(64), nullable=False),
    Column("display_name", Text, nullable=False, info=SEALED),
    Column("share", String(16), nullable=True),
    Column("token_hash", Digest, nullable=False, unique=True),
    Column("invited_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("account_id", Id, nullable=True),
    Column("verification_id", Id, nullable=True),
    Column("consent_text_digest", Digest, nullable=True),
    Column("consent_verification_id", Id, nullable=True),
    Column("consent_given_at", UtcDateTime, nullable=True),
    _of_case(),
)
Index("ix_case_parties_case_id", case_parties.c.case_id)
Index("ix_case_parties_account_id", case_parties.c.account_id)

docket_entries = Table(
    "docket_entries",
    metadata,
    Column("case_id", Id, primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("organ_id", OrganId, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("actor_role", String(16), nullable=False),
    Column("actor_digest", Digest, nullable=False),
    Column("facts_digest", Digest, nullable=False),
    Column("previous", Digest, nullable=False),
    Column("hash", Digest, nullable=False, unique=True),
    _of_case(),
)

number_serials = Table(
    "number_serials",
    metadata,
    # Two organs may share an area and so a scope: numbers are unique over all of them.
    Column("scope", String(40), primary_key=True),
    Column("value", Integer, nullable=False),
)

certificate_reservations = Table(
    "certificate_reservations",
    metadata,
    Column("id", Number, primary_key=True, comment="the certificate number"),
    Column("organ_id", OrganId, nullable=False),
    Column("case_id", Id, nullable=False, unique=True),
    Column("content", Text, nullable=False, info=SEALED),
    Column("content_digest", Digest, nullable=False),
    Column("reserved_at", UtcDateTime, nullable=False),
    _of_case(),
)

certificates = Table(
    "certificates",
    metadata,
    Column("number", Number, ForeignKey("certificate_reservations.id"), primary_key=True),
    Column("organ_id", OrganId, nullable=False),
    Column("case_id", Id, nullable=False, unique=True),
    # No certificate without both entries.
    Column("docket_entry", Digest, ForeignKey("docket_entries.hash"), nullable=False),
    Column("log_entry", Digest, ForeignKey("log_entries.hash"), nullable=False, unique=True),
    Column("issued_at", UtcDateTime, nullable=False),
    _of_case(),
)

certificate_documents = Table(
    "certificate_documents",
    metadata,
    Column("number", Number, ForeignKey("certificates.number"), primary_key=True),
    Column("form", String(8), primary_key=True),
    Column("evidence_id", Id, nullable=False),
    Column("sha256", Digest, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sealed_at", UtcDateTime, nullable=False),
)

certificate_ends = Table(
    "certificate_ends",
    metadata,
    Column(
        "id", Number, ForeignKey("certificates.number"), primary_key=True, comment="the certificate number"
    ),
    Column("organ_id", OrganId, ForeignKey("organs.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False, info=SEALED),
    Column("successor", Number, ForeignKey("certificates.number"), nullable=True),
    # As for certificates: none ends without both.
    Column("docket_entry", Digest, ForeignKey("docket_entries.hash"), nullable=False),
    Column("log_entry", Digest, ForeignKey("log_entries.hash"), nullable=False, unique=True),
)
