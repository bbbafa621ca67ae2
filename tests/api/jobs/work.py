"""Functions that tests run in processes of a pool."""

import os
import resource
import sys
import time
from pathlib import Path


class OwnError(Exception):
    """Raised by work itself."""


def add(a: int, b: int) -> int:
    return a + b


def raise_own_error() -> None:
    raise OwnError("of the work")


def write_pid_and_sleep(file: str, seconds: float) -> None:
    Path(file).write_text(str(os.getpid()))
    time.sleep(seconds)


def end_process() -> None:
    os._exit(3)


def take_memory(mib: int) -> int:
    taken = bytearray(mib << 20)
    taken[::4096] = b"x" * len(taken[::4096])
    return len(taken)


def spin(seconds: float) -> float:
    began = time.process_time()
    while time.process_time() - began < seconds:
        pass
    return time.process_time() - began


def limits() -> tuple[int, int]:
    return resource.getrlimit(resource.RLIMIT_CORE)[0], resource.getrlimit(resource.RLIMIT_DATA)[0]


def is_imported(module: str) -> bool:
    return module in sys.modules
