"""How often each key has signed: a number per key on the disk, never less than the signatures given out."""

import fcntl
import os
import threading
from pathlib import Path
from typing import Final

from signing.errors import KeyExhausted, KeyMissing, KeyUnavailable, SignerUnsafe

DIGITS: Final = 20
"""Width of the number in its file. One write of these bytes lies within one sector of the disk."""


class UseCounts:
    """Counts of uses in a folder. One process may hold it to count; any other may read.

    The higher number is on the disk before the signature exists, so no crash loses one: after it the count
    may be one too high, never too low. A count that is gone or cannot be read stops its key.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, int] = {}
        self._lock = threading.Lock()
        self._hold: int | None = None

    def hold(self) -> None:
        """Keep every other process from counting, as long as this one lives. Raises SignerUnsafe."""
        handle = os.open(self._folder / ".counting", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise SignerUnsafe(f"Another signer counts the uses of the keys in {self._folder}.") from None
        self._hold = handle

    def close(self) -> None:
        """Let others count."""
        with self._lock:
            for handle in self._files.values():
                os.close(handle)
            self._files.clear()
            if self._hold is not None:
                os.close(self._hold)
                self._hold = None

    def begin(self, name: str) -> None:
        """Begin to count a new key from nought. Raises KeyUnavailable where it has been counted before."""
        path = self._path(name)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                os.pwrite(handle, _text(0), 0)
                os.fsync(handle)
            finally:
                os.close(handle)
            sync_folder(self._folder)
        except FileExistsError:
            raise KeyUnavailable(f"The uses of a key {name} were counted before.") from None
        except OSError as error:
            raise KeyUnavailable(f"The uses of {name} cannot be counted: {error.strerror}.") from None

    def uses(self, name: str) -> int:
        """Signatures made so far. Raises KeyUnavailable where the count is gone or cannot be read."""
        try:
            content = self._path(name).read_bytes()
        except OSError as error:
            raise KeyUnavailable(_unreadable(name, f"{error.strerror}")) from None
        return _number(name, content)

    def count(self, name: str, *, limit: int | None) -> int:
        """Count one use more, on the disk, and give the new number.

        Raises KeyExhausted at the limit, KeyUnavailable where it cannot be counted.
        """
        with self._lock:
            try:
                handle = self._opened(name)
                uses = _number(name, os.pread(handle, DIGITS + 2, 0))
                if limit is not None and uses >= limit:
                    raise KeyExhausted(
                        f"The key {name} has made the {limit} signatures it may; make a new one."
                    )
                os.pwrite(handle, _text(uses + 1), 0)
                os.fdatasync(handle)
            except OSError as error:
                raise KeyUnavailable(_unreadable(name, f"{error.strerror}")) from None
        return uses + 1

    def _opened(self, name: str) -> int:
        if name not in self._files:
            self._files[name] = os.open(self._path(name), os.O_RDWR | os.O_CLOEXEC)
        return self._files[name]

    def _path(self, name: str) -> Path:
        if not name or name != Path(name).name or name.startswith("."):
            raise KeyMissing(f"{name!r} cannot be the name of a key.")
        return self._folder / f"{name}.uses"


def _text(uses: int) -> bytes:
    return f"{uses:0{DIGITS}}\n".encode()


def _number(name: str, content: bytes) -> int:
    if len(content) != DIGITS + 1 or not content[:-1].isdigit() or content[-1:] != b"\n":
        raise KeyUnavailable(_unreadable(name, "it is damaged"))
    return int(content)


def _unreadable(name: str, why: str) -> str:
    return f"The count of uses of the key {name} cannot be read ({why}); the key does not sign without it."


def sync_folder(folder: Path) -> None:
    """Have the folder's own list of files on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
