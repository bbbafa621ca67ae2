"""Changing the key that wraps everything: data keys of evidence and sealed fields of every table."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Column, Engine, MetaData, Table, func, select, update

from api.db import reading, transaction
from api.evidence import rows
from api.evidence.fields import SEALED, VERSION, FieldCipher, field_context
from api.evidence.keyring import Keyring
from api.evidence.store import EncryptedEvidence

BATCH = 200
OTHER = "(unknown)"


@dataclass(frozen=True, slots=True)
class KeyUse:
    """How much one key-encryption key wraps."""

    key_id: str
    is_current: bool
    evidence: int
    fields: int

    @property
    def is_idle(self) -> bool:
        return not self.evidence and not self.fields


class Rotation:
    """Wraps anew what older keys wrap. Every batch is a transaction of its own, so it can be broken off."""

    def __init__(
        self, *, engine: Engine, evidence: EncryptedEvidence, cipher: FieldCipher, metadata: MetaData
    ) -> None:
        self._engine = engine
        self._evidence = evidence
        self._cipher = cipher
        self._metadata = metadata

    def rewrap_evidence(self) -> int:
        """Wrap data keys anew under the current key; objects are not touched. Give how many."""
        return self._evidence.rewrap()

    def rewrap_fields(self, keyring: Keyring) -> int:
        """Seal fields anew that another than the current key seals; give how many."""
        return sum(
            self._rewrap_column(table, column, keyring) for table, column in sealed_columns(self._metadata)
        )

    def _rewrap_column(self, table: Table, column: Column[str], keyring: Keyring) -> int:
        done, last = 0, ""
        row_id = table.c.id
        older = select(row_id, column).where(
            column.is_not(None), column.not_like(f"{VERSION}.{keyring.current}.%")
        )
        while True:
            with transaction(self._engine) as db:
                batch = db.execute(older.where(row_id > last).order_by(row_id).limit(BATCH)).all()
                for found, sealed in batch:
                    anew = self._cipher.rewrap(sealed, context=field_context(column, found))
                    # Compared with what was read: a change that came in between is sealed anew already.
                    same = (row_id == found, column == sealed)
                    done += db.execute(update(table).where(*same).values({column: anew})).rowcount
            if not batch:
                return done
            last = batch[-1][0]

    def uses(self, keyring: Keyring) -> list[KeyUse]:
        """Say how much each key wraps, the current one first, then what no key of the keyring opens."""
        evidence: Counter[str] = Counter()
        fields: Counter[str] = Counter()
        with reading(self._engine) as db:
            evidence.update(dict(rows.count_by_key(db)))
            for _, column in sealed_columns(self._metadata):
                total = db.scalar(select(func.count()).where(column.is_not(None))) or 0
                for key_id in keyring.keys:
                    count = db.scalar(select(func.count()).where(column.like(f"{VERSION}.{key_id}.%"))) or 0
                    fields[key_id] += count
                    total -= count
                fields[OTHER] += total
        for key_id in evidence.keys() - keyring.keys.keys():
            evidence[OTHER] += evidence.pop(key_id)
        others = sorted(keyring.keys.keys() - {keyring.current})
        known = [
            KeyUse(key_id, key_id == keyring.current, evidence[key_id], fields[key_id])
            for key_id in (keyring.current, *others)
        ]
        lost = KeyUse(OTHER, False, evidence[OTHER], fields[OTHER])
        return known if lost.is_idle else [*known, lost]


def sealed_columns(metadata: MetaData) -> Iterator[tuple[Table, Column[str]]]:
    """Find every column that holds sealed text. Raises ValueError for a table whose rows have no id."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if SEALED.items() <= column.info.items():
                if [key.name for key in table.primary_key] != ["id"]:
                    raise ValueError(f"{table.name}.{column.name} is sealed, so its table is keyed by `id`")
                yield table, column
