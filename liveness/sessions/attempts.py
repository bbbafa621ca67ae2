"""How often a person may try: limits that hang on account, device and address, never on a document number.

A stranger who knows somebody's number must not be able to lock them out by failing in their name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from liveness.errors import TooManyAttempts

ANSWERED_WITHIN_S = 60
"""After so long an answer that is awaited is usually there."""


@dataclass(frozen=True, slots=True)
class Attempter:
    """Who tries: an account, on a device (a lasting name of a browser), from an address (a keyed digest)."""

    account_id: str
    device: str
    address: str

    def __post_init__(self) -> None:
        if not self.account_id or not self.device or not self.address:
            raise ValueError("an attempter has an account, a device and an address")


@dataclass(frozen=True, slots=True)
class AttemptLimits:
    """How many failures lock, and for how long.

    An address is often shared by many, so it may fail more often. `opened` bounds how many sessions may be
    opened, so that nobody draws challenges until one fits a recording they have. A pass does not wipe
    failures away: with a face of one's own between two attacks the lock would mean nothing.
    """

    failures: int = 3
    failures_per_address: int = 20
    opened: int = 6
    opened_per_address: int = 60
    window: timedelta = timedelta(minutes=30)

    def __post_init__(self) -> None:
        if min(self.failures, self.failures_per_address, self.opened, self.opened_per_address) < 1:
            raise ValueError("limits are at least one")
        if self.window <= timedelta():
            raise ValueError("the window of the limits is positive")


@dataclass(frozen=True, slots=True)
class History:
    """Times of recent failures and openings, each for account, device and address. In any order.

    unanswered: how many streams and videos of this account or device have no answer yet.
    """

    failed_by_account: Sequence[datetime]
    failed_by_device: Sequence[datetime]
    failed_by_address: Sequence[datetime]
    opened_by_account: Sequence[datetime]
    opened_by_device: Sequence[datetime]
    opened_by_address: Sequence[datetime]
    unanswered: int = 0

    def require_open(self, limits: AttemptLimits, now: datetime) -> None:
        """Raise TooManyAttempts while any lock holds; it carries the seconds that are left."""
        opened = (
            (self.opened_by_account, limits.opened),
            (self.opened_by_device, limits.opened),
            (self.opened_by_address, limits.opened_per_address),
        )
        _require_none_locks((*self._failed(limits), *opened), limits.window, now)

    def require_not_failed(self, limits: AttemptLimits, now: datetime) -> None:
        """Raise TooManyAttempts while failures lock, however many sessions were opened before they did.

        What has no answer yet may still fail: tries made all at once are no more than tries one by one.
        """
        _require_none_locks(self._failed(limits), limits.window, now)
        if self.unanswered >= self.attempts_left(limits, now):
            raise TooManyAttempts(retry_after_seconds=ANSWERED_WITHIN_S)

    def _failed(self, limits: AttemptLimits) -> tuple[tuple[Sequence[datetime], int], ...]:
        return (
            (self.failed_by_account, limits.failures),
            (self.failed_by_device, limits.failures),
            (self.failed_by_address, limits.failures_per_address),
        )

    def attempts_left(self, limits: AttemptLimits, now: datetime) -> int:
        """How many failures more lock this account or this device."""
        recent = [
            sum(1 for time in times if time > now - limits.window)
            for times in (self.failed_by_account, self.failed_by_device)
        ]
        return max(0, limits.failures - max(recent))


def _require_none_locks(
    limited: Sequence[tuple[Sequence[datetime], int]], window: timedelta, now: datetime
) -> None:
    ends = [locked_until(times, limit, window) for times, limit in limited]
    last = max((end for end in ends if end is not None and end > now), default=None)
    if last is not None:
        raise TooManyAttempts(retry_after_seconds=int((last - now).total_seconds()) + 1)


def locked_until(times: Sequence[datetime], limit: int, window: timedelta) -> datetime | None:
    """When a lock ends that began with the last `limit` of these times, if they lie within one window."""
    latest = sorted(times)[-limit:]
    if len(latest) < limit or latest[-1] - latest[0] >= window:
        return None
    return latest[-1] + window
