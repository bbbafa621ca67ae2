"""The ledger of keys: the journal of what was done to each and the counts of their uses; it needs no key."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from signing.errors import KeyMissing, KeyUnavailable
from signing.keys.journal import KeyEvent, KeyJournal, KeyRecord, RevocationReason, in_force
from signing.keys.usage import UseCounts


@dataclass(frozen=True, slots=True)
class KeyState:
    """A key as of now: what the journal says of it, and how often it has signed."""

    record: KeyRecord
    uses: int
    is_current: bool


class KeyLedger:
    """What is known of keys, in a folder that holds none: it tells, limits and revokes.

    One process signs, and holds the counts for it; the operator's commands may work beside it.
    """

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.journal = KeyJournal(folder, clock)
        self.counts = UseCounts(folder)

    def record(self, name: str) -> KeyRecord:
        """What the journal says of a key. Raises KeyMissing."""
        record = self.journal.records().get(name)
        if record is None:
            raise KeyMissing(f"No key named {name} is in the journal.")
        return record

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
