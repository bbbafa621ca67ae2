"""QR codes of texts that differ in a few characters only, at a fraction of what each would cost alone."""

from collections.abc import Iterator
from functools import lru_cache

import segno

from filing.rendering import QR_MASK


def qr_rows(text: str) -> Iterator[str]:
    """The rows of a QR code as strings of 0 and 1, error correction M or better.

    All its steps are linear over GF(2) once length and mask are fixed (ISO/IEC 18004, 7.4 to 7.8): what one
    byte of the text changes in the code does not depend on the other bytes. So each is asked for once,
    against a blank text of the same length, and a code is the sum of what its bytes change.
    """
    data = text.encode("utf-8")
    side, blank = _encoded(bytes(len(data)))
    code = blank
    for at, byte in enumerate(data):
        code ^= _change(len(data), at, byte)
    whole = f"{code:0{side * side}b}"
    for start in range(0, len(whole), side):
        yield whole[start : start + side]


@lru_cache(maxsize=8192)
def _change(length: int, at: int, byte: int) -> int:
    """What a code of a blank text changes in when one byte of it is another."""
    data = bytearray(length)
    data[at] = byte
    return _encoded(bytes(data))[1] ^ _encoded(bytes(length))[1]


@lru_cache(maxsize=16)
def _encoded(data: bytes) -> tuple[int, int]:
    """A QR code of bytes: modules on a side, and all modules as one number, row by row."""
    code = segno.make(data, error="m", mode="byte", micro=False, mask=QR_MASK)
    modules = "".join(str(module) for row in code.matrix for module in row)
    return len(code.matrix), int(modules, 2)
