"""Names of processes that run jobs, each held by a lock that ends with its process.

Whoever can take the lock of another name knows that no process lives under it.
"""

import contextlib
import fcntl
import hashlib
import os
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

SLOTS = 64


class ExecutorHold(Protocol):
    """A name that is held."""

    name: str

    def is_held(self) -> bool:
        """Whether the lock is still there, as it is not when the database dropped the connection."""
        ...

    def release(self) -> None: ...


class ExecutorLocks(Protocol):
    """Gives out names."""

    def claim(self, name: str) -> ExecutorHold | None:
        """Hold a name; None where a living process holds it."""
        ...


def claim_slot(locks: ExecutorLocks, host: str) -> ExecutorHold:
    """Hold the first free name of this host, so that a process that starts again gets its old one."""
    for slot in range(SLOTS):
        hold = locks.claim(f"{host}-{slot}")
        if hold is not None:
            return hold
    raise RuntimeError(f"{SLOTS} processes of {host} run jobs already")


def executor_locks(engine: Engine) -> ExecutorLocks:
    """Choose the locks for a database: files beside SQLite's one, advisory locks in PostgreSQL."""
    if engine.dialect.name == "sqlite":
        return FileLocks(Path(f"{engine.url.database}.executors"))
    return AdvisoryLocks(engine)


class FileLocks:
    """Locks on files of a folder; the system ends them with their process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def claim(self, name: str) -> "FileHold | None":
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return FileHold(name, descriptor)


class FileHold:
    """A lock on a file."""

    def __init__(self, name: str, descriptor: int) -> None:
        self.name = name
        self._descriptor = descriptor

    def is_held(self) -> bool:
        return True

    def release(self) -> None:
        os.close(self._descriptor)


class AdvisoryLocks:
    """Session locks of PostgreSQL; the server ends them with their connection."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(self, name: str) -> "AdvisoryHold | None":
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            key = _lock_key(name)
            if connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar_one():
                return AdvisoryHold(name, connection)
        except BaseException:
            connection.invalidate()
            raise
        connection.close()
        return None


class AdvisoryHold:
    """A session lock and the connection that keeps it."""

    def __init__(self, name: str, connection: Connection) -> None:
        self.name = name
        self._connection = connection

    def is_held(self) -> bool:
        try:
            self._connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def release(self) -> None:
        # The connection goes with its lock; a pool would keep both.
        with contextlib.suppress(SQLAlchemyError):
            self._connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _lock_key(self.name)})
        self._connection.invalidate()
        self._connection.close()


def _lock_key(name: str) -> int:
    digest = hashlib.sha256(f"novisit-executor:{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
