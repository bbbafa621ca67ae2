"""Keys in custody: a store with the journal of what was done to its keys and the counts of their uses."""

import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from signing.errors import KeyMissing, KeyRevoked, KeyUnavailable
from signing.keys.journal import (
    JournalEntry,
    KeyEvent,
    KeyJournal,
    KeyRecord,
    RevocationReason,
    in_force,
)
from signing.keys.port import KeyAlgorithm, KeyMaker
from signing.keys.usage import UseCounts

_PURPOSE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")
_SUFFIX = re.compile(r"-[0-9a-f]{8}")
_KEPT_MAKER = "signer"


@dataclass(frozen=True, slots=True)
class KeyState:
    """A key as of now: what the journal says of it, and how often it has signed."""

    record: KeyRecord
    uses: int
    is_current: bool


class KeyCustody:
    """A key store that signs with recorded keys only, counts each signature, and stops where it must.

    `folder` holds journal and counts, and no key. One process signs, and holds the counts for it; the
    operator's commands may make, limit and revoke keys beside it.
    """

    def __init__(self, keys: KeyMaker, folder: Path, clock: Callable[[], datetime]) -> None:
        self._keys = keys
        self._clock = clock
        self._making = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.journal = KeyJournal(folder, clock)
        self.counts = UseCounts(folder)

    def algorithm(self, name: str) -> KeyAlgorithm:
        return self._keys.algorithm(name)

    def public_key_info(self, name: str) -> bytes:
        return self._keys.public_key_info(name)

    def public_key(self, name: str) -> ec.EllipticCurvePublicKey:
        return self._keys.public_key(name)

    def sign(self, name: str, data: bytes) -> bytes:
        """Count, then sign. Raises KeyRevoked, KeyExhausted, KeyMissing, KeyUnavailable."""
        record = self.record(name)
        if record.is_revoked(self._clock()):
            raise KeyRevoked(f"The key {name} is revoked since {record.revoked_since:%Y-%m-%d %H:%M} UTC.")
        # Before it counts: a store that is away, or a wrong passphrase, is no signature.
        self._keys.algorithm(name)
        self.counts.count(name, limit=record.limit)
        return self._keys.sign(name, data)

    def has(self, name: str) -> bool:
        return self._keys.has(name)

    def generate(
        self, name: str, algorithm: KeyAlgorithm = KeyAlgorithm.P256, *, by: str = _KEPT_MAKER
    ) -> None:
        """Make a key, in force at once; its purpose is its name without the eight digits of a later key."""
        self._generate(name, purpose_of(name), algorithm, since=self._clock(), by=by)

    def make(self, purpose: str, *, algorithm: KeyAlgorithm, since: datetime | None, by: str) -> KeyRecord:
        """Make a key for a purpose, in force from a moment on, and give what the journal says of it.

        The first key of a purpose bears its name; later ones have eight hexadecimal digits behind it.
        """
        if not _PURPOSE.fullmatch(purpose):
            raise KeyUnavailable(
                "A purpose is made of at most 81 letters, digits, dots, dashes and underscores: log, "
                "records, seal-ORGAN or sm2-seal-ORGAN."
            )
        is_first = not any(item.purpose == purpose for item in self.journal.records().values())
        name = purpose if is_first and not self.has(purpose) else f"{purpose}-{secrets.token_hex(4)}"
        self._generate(name, purpose, algorithm, since=since or self._clock(), by=by)
        return self.record(name)

    def adopt(self, name: str, *, purpose: str, since: datetime | None, by: str) -> KeyRecord:
        """Record a key that was made elsewhere, as on a token by its maker's own tool."""
        algorithm = self._keys.algorithm(name)
        if name in self.journal.records():
            raise KeyUnavailable(f"The key {name} is recorded already.")
        self._record(name, KeyEvent.ADOPTED, purpose, algorithm, since=since or self._clock(), by=by)
        return self.record(name)

    def set_limit(self, name: str, limit: int | None, *, by: str) -> KeyRecord:
        """Say how many signatures a key may make in its life; None for any number."""
        if limit is not None and limit < 0:
            raise ValueError("a limit is not negative")
        self.record(name)
        self.journal.add(KeyEvent.LIMITED, name, by=by, details={"limit": limit})
        return self.record(name)

    def revoke(self, name: str, *, since: datetime, reason: RevocationReason, by: str) -> KeyRecord:
        """Have a key sign no more from a moment on, which may later be brought forward, never put off."""
        record = self.record(name)
        if record.revoked_since is not None and since >= record.revoked_since:
            raise KeyUnavailable(
                f"The key {name} is revoked since {record.revoked_since:%Y-%m-%d %H:%M} UTC."
            )
        details: dict[str, str | int | None] = {"since": since.isoformat(), "reason": reason.value}
        self.journal.add(KeyEvent.REVOKED, name, by=by, details=details)
        return self.record(name)

    def record(self, name: str) -> KeyRecord:
        """What the journal says of a key. Raises KeyMissing."""
        record = self.journal.records().get(name)
        if record is None and self._keys.has(name):
            raise KeyMissing(
                f"The key {name} is not in the journal and does not sign: novisit keys adopt {name}"
            )
        if record is None:
            raise KeyMissing(f"The key store holds no key named {name}.")
        return record

    def current(self, purpose: str) -> str:
        """The name of the key in force now for a purpose. Raises KeyMissing."""
        record = in_force(self.journal.records().values(), purpose, self._clock())
        if record is None:
            raise KeyMissing(f"No key is in force for {purpose}.")
        return record.name

    def states(self) -> tuple[KeyState, ...]:
        """Every recorded key."""
        records = self.journal.records()
        now = self._clock()
        purposes = {record.purpose for record in records.values()}
        found = (in_force(records.values(), purpose, now) for purpose in purposes)
        current = {record.name for record in found if record is not None}
        return tuple(
            KeyState(record, self.counts.uses(name), name in current) for name, record in records.items()
        )

    def _generate(
        self, name: str, purpose: str, algorithm: KeyAlgorithm, *, since: datetime, by: str
    ) -> None:
        with self._making:
            self._keys.generate(name, algorithm)
            self._record(name, KeyEvent.GENERATED, purpose, algorithm, since=since, by=by)

    def _record(
        self, name: str, event: KeyEvent, purpose: str, algorithm: KeyAlgorithm, *, since: datetime, by: str
    ) -> JournalEntry:
        self.counts.begin(name)
        details: dict[str, str | int | None] = {
            "purpose": purpose,
            "algorithm": algorithm.value,
            "since": since.replace(microsecond=0).isoformat(),
        }
        return self.journal.add(event, name, by=by, details=details)


def purpose_of(name: str) -> str:
    """The purpose that a key's name tells."""
    return name[:-9] if _SUFFIX.fullmatch(name[-9:]) and len(name) > 9 else name
