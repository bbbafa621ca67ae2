"""The table of the local portrait register: who is in it cannot be read from it."""

from sqlalchemy import Column, String, Table, Text

from api.evidence.fields import SEALED
from api.store.metadata import Digest, Id, UtcDateTime, metadata

portraits = Table(
    "portraits",
    metadata,
    Column("id", Digest, primary_key=True, comment="keyed digest of document type, number and name"),
    Column("picture", Text, nullable=False, info=SEALED, comment="JPEG or PNG, base64, sealed"),
    Column("origin", String(16), nullable=False, comment="register or demonstration"),
    Column("consent_id", Id, nullable=True, comment="the consent a demonstration portrait was given under"),
    Column("added_at", UtcDateTime, nullable=False),
)
