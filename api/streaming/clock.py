"""The clock of streams."""

import time
from dataclasses import dataclass, field


def clock_ms() -> float:
    """A clock that runs evenly and is the same in every process of this machine."""
    return time.monotonic() * 1000


@dataclass(slots=True)
class Steps:
    """Says how long after a beginning each step of some work was done."""

    _began_ms: float = field(default_factory=clock_ms)
    _done_ms: dict[str, int] = field(default_factory=dict)

    def done(self, step: str) -> dict[str, int]:
        """Note that a step is done now; gives all steps so far, in ms."""
        self._done_ms[f"{step}_ms"] = round(clock_ms() - self._began_ms)
        return self._done_ms
