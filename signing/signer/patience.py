"""How fast a user may make wrong requests: a few at once, then one a second on each connection.

Right requests are never held up, so that one faulty job, or one who tries names of keys, stops nobody else.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

MOST_FAULTS: Final = 20
WINDOW_SECONDS: Final = 60.0
PENALTY_SECONDS: Final = 1.0


class Patience:
    """Counts the wrong requests of each user within a sliding window."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._faults: dict[int, deque[float]] = {}
        self._lock = threading.Lock()

    def penalty_seconds(self, uid: int) -> float:
        """Note a wrong request of a user, and say how long its answer is to wait."""
        now = self._monotonic()
        with self._lock:
            faults = self._faults.setdefault(uid, deque(maxlen=MOST_FAULTS))
            is_over = len(faults) == MOST_FAULTS and now - faults[0] < WINDOW_SECONDS
            faults.append(now)
        return PENALTY_SECONDS if is_over else 0.0
