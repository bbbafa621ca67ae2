"""One spelling per value, so that equal values have equal digests."""

import hashlib
import json


def canonical_json(value: object) -> bytes:
    """Spell a JSON value in one way only: sorted keys, no spaces, UTF-8. Raises ValueError for NaN."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def sha256_hex(data: bytes) -> str:
    """SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()
