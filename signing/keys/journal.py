"""The journal of keys: what was done to each, when and by whom; only ever added to, and without secrets.

One JSON object a line. Each names the SHA-256 of the line before it, so that a line which was changed, taken
out or put in between shows. Only lines cut off at the end do not; keep a copy elsewhere.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Self

from signing.errors import JournalDamaged, KeyUnavailable
from signing.keys.port import KeyAlgorithm

FILE_NAME = "keys.log"
BEGINNING = "0" * 64
"""What the first line names as the one before it."""


class KeyEvent(StrEnum):
    """What can happen to a key."""

    GENERATED = "generated"
    ADOPTED = "adopted"
    LIMITED = "limited"
    REVOKED = "revoked"


class RevocationReason(StrEnum):
    """Why a key is revoked, in the words of RFC 5280, section 5.3.1."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "key_compromise"
    AFFILIATION_CHANGED = "affiliation_changed"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessation_of_operation"


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What the journal says of one key. It is in force from `since`, until a later key of its purpose is."""

    name: str
    purpose: str
    algorithm: KeyAlgorithm
    made_at: datetime
    since: datetime
    limit: int | None = None
    revoked_since: datetime | None = None
    reason: RevocationReason | None = None

    def is_revoked(self, at: datetime) -> bool:
        """Whether it must not sign at a moment."""
        return self.revoked_since is not None and self.revoked_since <= at


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line."""

    number: int
    at: datetime
    event: KeyEvent
    key: str
    by: str
    details: dict[str, str | int | None] = field(default_factory=dict)
    previous: str = BEGINNING

    def dump(self) -> bytes:
        content = {
            "number": self.number,
            "at": self.at.isoformat(),
            "event": self.event,
            "key": self.key,
            "by": self.by,
            "details": self.details,
            "previous": self.previous,
        }
        return json.dumps(content, ensure_ascii=False, sort_keys=True).encode() + b"\n"

    @classmethod
    def load(cls, line: bytes) -> Self:
        """Read a line. Raises ValueError."""
        match json.loads(line):
            case {
                "number": int(number),
                "at": str(at),
                "event": str(event),
                "key": str(key),
                "by": str(by),
                "details": dict(details),
                "previous": str(previous),
            }:
                moment = datetime.fromisoformat(at)
                return cls(number, moment, KeyEvent(event), key, by, details, previous)
        raise ValueError("not a line of a journal")


class KeyJournal:
    """A journal in a folder. Several processes may add to it; each sees what the others added."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._path = folder / FILE_NAME
        self._clock = clock
        self._read: tuple[tuple[int, int], tuple[JournalEntry, ...], dict[str, KeyRecord]] | None = None

    def entries(self) -> tuple[JournalEntry, ...]:
        """Every line, checked. Raises JournalDamaged."""
        return self._current()[0]

    def records(self) -> dict[str, KeyRecord]:
        """What is known of every key, by name, in the order in which they came. Raises JournalDamaged."""
        return self._current()[1]

    def add(
        self, event: KeyEvent, key: str, *, by: str, details: dict[str, str | int | None] | None = None
    ) -> JournalEntry:
        """Add a line; it is on the disk when this returns. Raises JournalDamaged or KeyUnavailable."""
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                lines = _whole_lines(file.read())
                # What a crash left half written was never acknowledged.
                file.truncate(sum(len(line) for line in lines))
                entries = _checked(lines, self._path)
                entry = JournalEntry(
                    number=len(entries) + 1,
                    at=self._clock().replace(microsecond=0),
                    event=event,
                    key=key,
                    by=by,
                    details=details or {},
                    previous=_digest(lines[-1]) if lines else BEGINNING,
                )
                _fold((*entries, entry), self._path)
                file.write(entry.dump())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise KeyUnavailable(f"The journal of keys cannot be written: {error.strerror}.") from None
        return entry

    def _current(self) -> tuple[tuple[JournalEntry, ...], dict[str, KeyRecord]]:
        try:
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                seen = (status.st_size, status.st_mtime_ns)
                if self._read is None or self._read[0] != seen:
                    fcntl.flock(file, fcntl.LOCK_SH)
                    entries = _checked(_whole_lines(file.read()), self._path)
                    self._read = (seen, entries, _fold(entries, self._path))
                return self._read[1:]
        except FileNotFoundError:
            return (), {}
        except OSError as error:
            raise KeyUnavailable(f"The journal of keys cannot be read: {error.strerror}.") from None


def in_force(records: Iterable[KeyRecord], purpose: str, at: datetime) -> KeyRecord | None:
    """The key of a purpose that signs at a moment: the one in force last that is not revoked."""
    fit = [item for item in records if item.purpose == purpose and item.since <= at]
    return max(
        (item for item in fit if not item.is_revoked(at)),
        key=lambda item: (item.since, item.made_at),
        default=None,
    )


def _whole_lines(content: bytes) -> list[bytes]:
    return [line + b"\n" for line in content.split(b"\n")[:-1]]


def _checked(lines: Sequence[bytes], path: Path) -> tuple[JournalEntry, ...]:
    entries = []
    previous = BEGINNING
    for number, line in enumerate(lines, start=1):
        try:
            entry = JournalEntry.load(line)
        except (ValueError, RecursionError):
            raise JournalDamaged(f"Line {number} of {path} is none that this program wrote.") from None
        if (entry.number, entry.previous) != (number, previous):
            raise JournalDamaged(f"Line {number} of {path} does not follow the line before it.")
        previous = _digest(line)
        entries.append(entry)
    return tuple(entries)


def _fold(entries: Sequence[JournalEntry], path: Path) -> dict[str, KeyRecord]:
    records: dict[str, KeyRecord] = {}
    for entry in entries:
        try:
            records[entry.key] = _after(records.get(entry.key), entry)
        except (KeyError, ValueError, TypeError):
            raise JournalDamaged(f"Line {entry.number} of {path} says what cannot be.") from None
    return records


def _after(record: KeyRecord | None, entry: JournalEntry) -> KeyRecord:
    details = entry.details
    if entry.event in (KeyEvent.GENERATED, KeyEvent.ADOPTED):
        if record is not None:
            raise ValueError("a key is made once")
        return KeyRecord(
            name=entry.key,
            purpose=str(details["purpose"]),
            algorithm=KeyAlgorithm(str(details["algorithm"])),
            made_at=entry.at,
            since=datetime.fromisoformat(str(details["since"])),
        )
    if record is None:
        raise ValueError("no such key")
    if entry.event is KeyEvent.LIMITED:
        limit = details["limit"]
        if limit is not None and (not isinstance(limit, int) or limit < 0):
            raise ValueError("a limit is a number")
        return replace(record, limit=limit)
    since = datetime.fromisoformat(str(details["since"]))
    if record.revoked_since is not None and since >= record.revoked_since:
        raise ValueError("revoked before")
    return replace(record, revoked_since=since, reason=RevocationReason(str(details["reason"])))


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
