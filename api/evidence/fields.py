"""Small secrets in table columns, sealed under the keyring: a TOTP secret, an identity claim.

A column that holds such text carries `info=SEALED`, so that `novisit keyring rewrap` finds it.
"""

import base64
import binascii
from collections.abc import Callable

from sqlalchemy import Column

from api.errors import EvidenceDamaged
from api.evidence.keyring import Keyring, WrappedKey

SEALED = {"novisit_sealed": True}
VERSION = "v1"


def field_context(column: Column[str], row_id: str) -> str:
    """What a sealed field is bound to: its table, its column, its row. Moved elsewhere it does not open."""
    return f"{column.table.name}.{column.name}:{row_id}"


class FieldCipher:
    """Seals text for a column and opens it again. Takes the keyring anew each time, so a rotation shows."""

    def __init__(self, keyring: Callable[[], Keyring]) -> None:
        self._keyring = keyring

    def seal(self, text: str, *, context: str) -> str:
        """Encrypt text, bound to its context."""
        wrapped = self._keyring().wrap(text.encode(), context=context)
        return f"{VERSION}.{wrapped.kek_id}.{base64.urlsafe_b64encode(wrapped.data).decode()}"

    def open(self, sealed: str, *, context: str) -> str:
        """Decrypt. Raises EvidenceDamaged or KeyUnavailable."""
        return self._keyring().unwrap(_parse(sealed), context=context).decode()

    def rewrap(self, sealed: str, *, context: str) -> str:
        """Seal anew under the current key; the same text where it already is."""
        if _parse(sealed).kek_id == self._keyring().current:
            return sealed
        return self.seal(self.open(sealed, context=context), context=context)


def _parse(sealed: str) -> WrappedKey:
    version, _, rest = sealed.partition(".")
    kek_id, _, data = rest.partition(".")
    if version != VERSION or not kek_id:
        raise EvidenceDamaged
    try:
        return WrappedKey(kek_id, base64.urlsafe_b64decode(data))
    except (binascii.Error, ValueError):
        raise EvidenceDamaged from None
