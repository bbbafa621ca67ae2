"""Ids of rows: UUID version 7, which sort by the time they were made (RFC 9562, 5.7)."""

import uuid
from collections.abc import Callable
from datetime import datetime

IdSource = Callable[[], str]


def uuid7_source(*, clock: Callable[[], datetime], random_bytes: Callable[[int], bytes]) -> IdSource:
    """Make an id source of 36-character UUIDs from a clock and a source of randomness."""

    def new_id() -> str:
        milliseconds = int(clock().timestamp() * 1000) & ((1 << 48) - 1)
        tail = int.from_bytes(random_bytes(10), "big")
        value = milliseconds << 80 | tail
        value = value & ~(0xF << 76) | 0x7 << 76
        value = value & ~(0x3 << 62) | 0x2 << 62
        return str(uuid.UUID(int=value))

    return new_id
