"""Work done as another user of this machine, in a process of its own. Only root can become others."""

import os
import pickle
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SIGNER_UID, SERVICE_UID, STRANGER_UID = 61001, 61002, 61003
SHARED_GID = 61010
"""The group that may reach the signer's socket: the service's user is in it."""


def as_user(uid: int, work: Callable[[], Any], *, gids: tuple[int, ...] = ()) -> Any:
    """Do work as a user and give what it gave, or raise what it raised."""
    reading, writing = os.pipe()
    pid = _fork()
    if pid == 0:
        os.close(reading)
        _become(uid, gids)
        try:
            answer = (True, work())
        except BaseException as error:  # noqa: BLE001 - handed to the parent, which raises it
            answer = (False, error)
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(answer, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        content = pipe.read()
    os.waitpid(pid, 0)
    done, answer = pickle.loads(content)  # noqa: S301 - our own child wrote it
    if not done:
        raise answer
    return answer


@dataclass
class Process:
    """A process of another user, and what it wrote."""

    pid: int
    log: Path

    def is_alive(self) -> bool:
        return os.waitpid(self.pid, os.WNOHANG) == (0, 0)

    def text(self) -> str:
        return self.log.read_text()


@contextmanager
def running_as(uid: int, work: Callable[[], object], log: Path) -> Iterator[Process]:
    """Run work as a user until the end of the block."""
    log.touch()
    pid = _fork()
    if pid == 0:
        output = os.open(log, os.O_WRONLY | os.O_APPEND)
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.stderr = os.fdopen(2, "w", buffering=1)
        _become(uid, ())
        try:
            work()
        except BaseException:  # noqa: BLE001 - told in the log, which a failing test shows
            os.write(2, traceback.format_exc().encode())
            os._exit(1)
        os._exit(0)
    try:
        yield Process(pid, log)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def wait_for(condition: Callable[[], bool], *, seconds: float = 15) -> None:
    """Wait until something is so. Raises AssertionError."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


def _fork() -> int:
    with warnings.catch_warnings():
        # The child uses no lock that another thread could hold.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _become(uid: int, gids: tuple[int, ...]) -> None:
    os.setgroups(gids)
    os.setgid(uid)
    os.setuid(uid)
