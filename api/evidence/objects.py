"""Objects in a folder: written whole or not at all, found by the digest of their bytes, never overwritten."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore

from api.errors import EvidenceDamaged, EvidenceError

INCOMING = "incoming"
KEPT = "objects"
BUFFER_BYTES = 1 << 20


class ObjectWriter(Protocol):
    """Takes the bytes of one object."""

    def write(self, piece: bytes) -> None: ...

    def commit(self) -> str:
        """Make the object durable and give its SHA-256, by which it is found."""
        ...

    def abandon(self) -> None: ...


class Objects(Protocol):
    """Holds objects by the SHA-256 of their bytes."""

    def writer(self, name: str) -> ObjectWriter:
        """Begin an object; `name` is unique among those being written."""
        ...

    def size(self, digest: str) -> int:
        """Give the size in bytes. Raises EvidenceDamaged where the object is gone."""
        ...

    def read(self, digest: str, start: int, end: int) -> bytes:
        """Read bytes from start up to end. Raises EvidenceDamaged where they are not there."""
        ...

    def remove(self, digest: str) -> None:
        """Remove an object; harmless where it is gone."""
        ...

    def digests_before(self, moment: datetime) -> Iterator[str]:
        """Name the objects that were last written before a moment."""
        ...

    def remove_incoming_before(self, moment: datetime) -> int:
        """Remove what was begun before a moment and never committed; give how many."""
        ...

    def check(self) -> None:
        """Return when an object can be written; raise EvidenceError where not."""
        ...


class FolderObjects:
    """Objects as files of a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._store = LocalStore(folder)

    def writer(self, name: str) -> "FolderObjectWriter":
        return FolderObjectWriter(self._store, self._folder, f"{INCOMING}/{name}")

    def size(self, digest: str) -> int:
        with _storage_errors():
            return int(obstore.head(self._store, _path(digest))["size"])

    def read(self, digest: str, start: int, end: int) -> bytes:
        with _storage_errors():
            return bytes(obstore.get_range(self._store, _path(digest), start=start, end=end))

    def remove(self, digest: str) -> None:
        _remove(self._store, _path(digest))

    def digests_before(self, moment: datetime) -> Iterator[str]:
        for path in self._paths_before(KEPT, moment):
            yield path.rpartition("/")[2]

    def remove_incoming_before(self, moment: datetime) -> int:
        removed = 0
        for path in self._paths_before(INCOMING, moment):
            _remove(self._store, path)
            removed += 1
        return removed

    def check(self) -> None:
        writer = self.writer(f"check-{os.getpid()}")
        writer.write(b"novisit")
        writer.abandon()

    def _paths_before(self, prefix: str, moment: datetime) -> Iterator[str]:
        with _storage_errors():
            for page in obstore.list(self._store, prefix):
                yield from (entry["path"] for entry in page if entry["last_modified"] < moment)


class FolderObjectWriter:
    """Writes one file under `incoming/` and moves it to its digest when it is whole."""

    def __init__(self, store: LocalStore, folder: Path, incoming: str) -> None:
        self._store = store
        self._folder = folder
        self._incoming = incoming
        self._digest = hashlib.sha256()
        with _storage_errors():
            self._file = obstore.open_writer(store, incoming, buffer_size=BUFFER_BYTES)

    def write(self, piece: bytes) -> None:
        self._digest.update(piece)
        with _storage_errors():
            self._file.write(piece)

    def commit(self) -> str:
        digest = self._digest.hexdigest()
        with _storage_errors():
            self._file.close()
            # The row that names this object is committed with a sync; the object must not be less durable.
            _sync(self._folder / self._incoming)
            try:
                obstore.rename(self._store, self._incoming, _path(digest), overwrite=False)
            except AlreadyExistsError:
                _remove(self._store, self._incoming)
            _sync((self._folder / _path(digest)).parent)
        return digest

    def abandon(self) -> None:
        with _storage_errors():
            if not self._file.closed():
                self._file.close()
        _remove(self._store, self._incoming)


def _path(digest: str) -> str:
    return f"{KEPT}/{digest[:2]}/{digest}"


def _remove(store: LocalStore, path: str) -> None:
    try:
        obstore.delete(store, path)
    except FileNotFoundError:
        return
    except (BaseError, OSError) as error:
        raise EvidenceError("an object could not be removed") from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _storage_errors() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise EvidenceDamaged("an object is gone from storage") from None
    except (BaseError, OSError) as error:
        raise EvidenceError("object storage failed") from error
