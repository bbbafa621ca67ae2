"""Builders for tests of the log: logs over a store, a key, clocks that stand."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from signing.keys import EncryptedKeyFolder
from signing.transparency.entries import DocumentForm, LoggedDocument
from signing.transparency.heads import KEY_NAME, HeadSigner
from signing.transparency.log import SealLog
from signing.transparency.memory import InMemoryLogStore
from signing.transparency.store import LogEntry, LogStore

ORGAN = "jiangan-approval"
START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
_numbers = itertools.count(1)


@dataclass
class Now:
    """A clock that tests move."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Draws:
    """Random bytes that come in an order."""

    count: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __call__(self, size: int) -> bytes:
        return next(self.count).to_bytes(size, "big")


def make_log(store: LogStore | None = None, now: Now | None = None) -> SealLog:
    return SealLog(store or InMemoryLogStore(), now=now or Now(), random_bytes=Draws())


def make_document(text: str = "one", form: DocumentForm = DocumentForm.PDF) -> LoggedDocument:
    return LoggedDocument(form, sha256(text.encode()).hexdigest())


def issue(log: SealLog, number: str = "") -> LogEntry:
    name = number or f"JY{next(_numbers):014}"
    return log.issue(name, organ_id=ORGAN, documents=[make_document(name)])


def make_signer(folder: Path) -> HeadSigner:
    keys = EncryptedKeyFolder(folder, b"a passphrase")
    if not keys.has(KEY_NAME):
        keys.generate(KEY_NAME)
    return HeadSigner(keys)
