"""Several time-stamp authorities: the first good answer counts, and nothing goes on without one."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from signing.errors import TimeStampUnavailable
from signing.timestamps.remote import HttpTimeStampAuthority

REST_SECONDS: Final = 60.0
"""How long an authority that failed is asked last, so that not every paper waits for it."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One authority asked once: its host, and `granted` or the word for what was wrong."""

    host: str
    code: str
    detail: str = ""

    @property
    def granted(self) -> bool:
        return self.code == "granted"


class FailoverTimeStamps:
    """Asks the authorities in the operator's order, each that failed within a minute last."""

    def __init__(
        self,
        authorities: Sequence[HttpTimeStampAuthority],
        *,
        on_attempt: Callable[[Attempt], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`on_attempt` hears of every answer, good or bad, as it comes: to log and to count it."""
        if not authorities:
            raise ValueError("at least one time-stamp authority is needed")
        self._authorities = tuple(authorities)
        self._on_attempt = on_attempt
        self._monotonic = monotonic
        self._failed_at: dict[int, float] = {}
        self._lock = threading.Lock()

    def respond(self, request: bytes) -> bytes:
        """Give the first good answer. Raises TimeStampUnavailable where none of them gave one."""
        faults = []
        for index in self._order():
            authority = self._authorities[index]
            host = authority.source.host
            try:
                answer = authority.respond(request)
            except TimeStampUnavailable as error:
                self._note(index, failed=True)
                self._on_attempt(Attempt(host, error.fault, str(error)))
                faults.append(f"{host}: {error}")
                continue
            self._note(index, failed=False)
            self._on_attempt(Attempt(host, "granted"))
            return answer
        raise TimeStampUnavailable(f"No time-stamp authority gave a usable answer. {' '.join(faults)}")

    def _order(self) -> list[int]:
        with self._lock:
            rests = self._monotonic() - REST_SECONDS
            return sorted(range(len(self._authorities)), key=lambda n: self._failed_at.get(n, rests) > rests)

    def _note(self, index: int, *, failed: bool) -> None:
        with self._lock:
            if failed:
                self._failed_at[index] = self._monotonic()
            else:
                self._failed_at.pop(index, None)
