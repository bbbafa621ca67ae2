"""How often one address may ask for what costs much and needs no account."""

import math
from collections.abc import Callable
from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from api.dependencies import AddressDep, ServicesDep
from api.errors import TooManyRequests

WINDOW_MINUTES = 15
HOUSEHOLD_BITS = 64
"""Of an IPv6 address: whoever has one has all that begin like it."""


class PublicLimits:
    """Counts what each address asks for, by kind, in a moving window of a quarter of an hour."""

    def __init__(self, *, times: int, clock: Callable[[], datetime]) -> None:
        self._limit = RateLimitItemPerMinute(times, WINDOW_MINUTES)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._clock = clock

    def count(self, kind: str, address: str) -> None:
        """Count one request. Raises TooManyRequests."""
        key = (kind, household(address))
        if not self._limiter.hit(self._limit, *key):
            ends = self._limiter.get_window_stats(self._limit, *key).reset_time
            wait = math.ceil(ends - self._clock().timestamp())
            raise TooManyRequests(min(max(1, wait), WINDOW_MINUTES * 60))


def household(address: str) -> str:
    """What limits are counted by: the address, or of an IPv6 address the network it may choose from."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ip_network((known, HOUSEHOLD_BITS), strict=False))
    return str(known)


def limited(kind: str) -> Callable[[ServicesDep, AddressDep], None]:
    """Make a dependency that counts a request before anything of it is done."""

    def count(services: ServicesDep, address: AddressDep) -> None:
        services.public_limits.count(kind, address)

    return count
