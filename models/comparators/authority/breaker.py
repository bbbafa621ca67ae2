"""A circuit breaker: after a row of failures a service is left alone for a while, then tried once."""

import threading
from collections.abc import Callable


class CircuitBreaker:
    """Counts failures in a row. Open it refuses; when the rest is over one caller may try.

    monotonic_s: a clock that never goes back, in seconds. Safe to share between threads.
    """

    def __init__(self, *, failures: int, rest_s: float, monotonic_s: Callable[[], float]) -> None:
        self._limit = failures
        self._rest_s = rest_s
        self._monotonic_s = monotonic_s
        self._in_a_row = 0
        self._closed_again_s = 0.0
        self._lock = threading.Lock()

    def allows(self) -> bool:
        """Whether a call may be made now. While it rests, no; the first caller after the rest, yes."""
        with self._lock:
            if self._in_a_row < self._limit:
                return True
            now_s = self._monotonic_s()
            if now_s < self._closed_again_s:
                return False
            self._closed_again_s = now_s + self._rest_s  # the others wait for this one's luck
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._in_a_row = 0

    def failed(self) -> None:
        with self._lock:
            self._in_a_row += 1
            if self._in_a_row >= self._limit:
                self._closed_again_s = self._monotonic_s() + self._rest_s
