"""Keys in custody: a store with the journal of what was done to its keys and the counts of their uses."""

import re
import secrets
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from signing.errors import KeyMissing, KeyRevoked, KeyUnavailable
from signing.keys.journal import JournalEntry, KeyEvent, KeyRecord
from signing.keys.ledger import KeyLedger
from signing.keys.port import KeyAlgorithm, KeyMaker

_PURPOSE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")
_SUFFIX = re.compile(r"-[0-9a-f]{8}")
_KEPT_MAKER = "signer"


class KeyCustody(KeyLedger):
    """A key store that signs with recorded keys only, counts each signature, and stops where it must.

    `folder` is that of the ledger; the keys may lie elsewhere.
    """

    def __init__(self, keys: KeyMaker, folder: Path, clock: Callable[[], datetime]) -> None:
        super().__init__(folder, clock)
        self._keys = keys
        self._making = threading.Lock()

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

    def record(self, name: str) -> KeyRecord:
        """What the journal says of a key. Raises KeyMissing, which tells a key that is only not recorded."""
        if name not in self.journal.records() and self._keys.has(name):
            raise KeyMissing(
                f"The key {name} is not in the journal and does not sign: novisit keys adopt {name}"
            )
        return super().record(name)

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
