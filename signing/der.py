"""Write DER (X.690): the few forms that containers and time stamps need, many times faster than asn1crypto.

Only writing: whatever comes from outside is read by asn1crypto.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

INTEGER = 0x02
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
SET = 0x31
_SHORT_LENGTH = 0x80


def element(tag: int, *contents: bytes) -> bytes:
    """A tag, its length and its contents."""
    length = sum(map(len, contents))
    if length < _SHORT_LENGTH:
        head = bytes((tag, length))
    else:
        size = (length.bit_length() + 7) // 8
        head = bytes((tag, _SHORT_LENGTH | size)) + length.to_bytes(size, "big")
    return head + b"".join(contents)


def sequence(*items: bytes) -> bytes:
    return element(SEQUENCE, *items)


def set_of(items: Iterable[bytes]) -> bytes:
    """SET OF: its elements stand in the order of their bytes (X.690, 11.6)."""
    return element(SET, *sorted(items))


def explicit(number: int, *contents: bytes) -> bytes:
    """A constructed element with the context's tag of that number."""
    return element(0xA0 | number, *contents)


def integer(value: int) -> bytes:
    """An integer that is not negative."""
    if value < 0:
        raise ValueError("integers here are not negative")
    return element(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(value: bytes) -> bytes:
    return element(OCTET_STRING, value)


@lru_cache(maxsize=64)
def oid(dotted: str) -> bytes:
    """An object identifier, as `1.2.840`."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    body = b"".join(_arc(arc) for arc in (40 * first + second, *rest))
    return element(OBJECT_IDENTIFIER, body)


def generalized_time(moment: datetime) -> bytes:
    """A moment to the second, in UTC."""
    return element(GENERALIZED_TIME, moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode())


def _arc(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return bytes(reversed(digits))
