"""The clock of streams."""

import time


def clock_ms() -> float:
    """A clock that runs evenly and is the same in every process of this machine."""
    return time.monotonic() * 1000
