"""The portraits an office holds itself, in its database: pictures sealed, people as keyed digests."""

import base64
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, Engine, delete, func, insert, select

from api import db
from api.errors import PortraitOfRegister
from api.evidence.fields import FieldCipher, field_context
from api.store.tables.portraits import portraits
from models.comparison import IdentityClaim
from models.errors import PersonUnknown
from models.portraits import one_spelling

Digester = Callable[[str, str, str], str]
"""Gives the keyed digest of document type, number and name, each already normalised."""

REGISTER = "register"
DEMONSTRATION = "demonstration"
"""Where a portrait is from: entered by the office, or by a visitor of a demonstration for a day."""


class PortraitTable:
    """A `PortraitRegister`. Number, name and document type all count: a right number with a wrong name
    finds nobody, and the table does not tell who is in it.
    """

    def __init__(self, engine: Engine, *, cipher: FieldCipher, digest: Digester) -> None:
        self._engine = engine
        self._cipher = cipher
        self._digest = digest

    def portrait(self, claim: IdentityClaim) -> bytes:
        """Give the encoded portrait of the claimed person. Raises PersonUnknown."""
        row_id = self._row_id(claim)
        with db.reading(self._engine) as connection:
            sealed = connection.scalar(select(portraits.c.picture).where(portraits.c.id == row_id))
        if sealed is None:
            raise PersonUnknown("The register of portraits knows no person with this name and number.")
        return base64.b64decode(self._cipher.open(sealed, context=_context(row_id)))

    def add(
        self,
        claim: IdentityClaim,
        portrait: bytes,
        *,
        connection: Connection,
        origin: str,
        now: datetime,
        consent_id: str | None = None,
    ) -> None:
        """Keep a portrait in place of an earlier one of the same person; it goes when its consent does.

        Raises PortraitOfRegister where the earlier one is the register's and the new one is not.
        """
        row_id = self._row_id(claim)
        text = base64.b64encode(portrait).decode()
        earlier = delete(portraits).where(portraits.c.id == row_id)
        if origin != REGISTER:
            earlier = earlier.where(portraits.c.origin != REGISTER)
        connection.execute(earlier)
        if connection.scalar(select(portraits.c.id).where(portraits.c.id == row_id)):
            raise PortraitOfRegister
        connection.execute(
            insert(portraits).values(
                id=row_id,
                picture=self._cipher.seal(text, context=_context(row_id)),
                origin=origin,
                consent_id=consent_id,
                added_at=now,
            )
        )

    def remove(self, claim: IdentityClaim, *, connection: Connection) -> None:
        """Forget a portrait. Raises PersonUnknown."""
        gone = connection.execute(delete(portraits).where(portraits.c.id == self._row_id(claim)))
        if gone.rowcount == 0:
            raise PersonUnknown("The register of portraits knows no person with this name and number.")

    def remove_older(self, *, origin: str, before: datetime, connection: Connection) -> int:
        """Forget the portraits of one origin that were added before; give how many."""
        old = (portraits.c.origin == origin) & (portraits.c.added_at < before)
        return connection.execute(delete(portraits).where(old)).rowcount

    def remove_under(self, consent_id: str, *, connection: Connection) -> int:
        """Forget the portraits given under a consent that was taken back; give how many."""
        return connection.execute(delete(portraits).where(portraits.c.consent_id == consent_id)).rowcount

    def count(self) -> int:
        """How many people are in the register."""
        with db.reading(self._engine) as connection:
            return connection.scalar(select(func.count()).select_from(portraits)) or 0

    def _row_id(self, claim: IdentityClaim) -> str:
        number, name = one_spelling(claim.document_number), one_spelling(claim.name)
        return self._digest(claim.document_type.value, number, name)


def _context(row_id: str) -> str:
    return field_context(portraits.c.picture, row_id)
