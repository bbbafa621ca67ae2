"""How much processor time the reading of a video may take, whoever looks at its frames in between."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from liveness.errors import VideoTooCostly


class CpuBudget:
    """Counts the processor time of this thread while something runs under `counted`."""

    def __init__(self, seconds: float) -> None:
        self._left_s = seconds
        self._began: float | None = None

    def allow(self, seconds: float) -> None:
        """Give this much, whatever was left."""
        self._left_s = seconds
        if self._began is not None:
            self._began = time.thread_time()

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what runs inside. Raises VideoTooCostly at the end where nothing is left."""
        self._began = time.thread_time()
        try:
            yield
            self.check()
        finally:
            self._left_s -= time.thread_time() - self._began
            self._began = None

    def check(self) -> None:
        """Raise VideoTooCostly where nothing is left."""
        running = 0.0 if self._began is None else time.thread_time() - self._began
        if running > self._left_s:
            raise VideoTooCostly
