"""What keeps keys inside their process: no core dump, no debugger, no page on the disk (Linux)."""

import ctypes
import os
import resource
from typing import Final

from signing.errors import SignerUnsafe

_PR_SET_DUMPABLE: Final = 4
_MCL_CURRENT_AND_FUTURE: Final = 3


def forbid_dumps() -> None:
    """Have the kernel write no core dump of this process, and let no other of its user look into it.

    Raises SignerUnsafe.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if _libc().prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise SignerUnsafe(f"The signer cannot forbid core dumps: {os.strerror(ctypes.get_errno())}.")


def lock_memory() -> None:
    """Keep every page of this process out of swap. Raises SignerUnsafe where the system does not allow it."""
    if _libc().mlockall(_MCL_CURRENT_AND_FUTURE) != 0:
        raise SignerUnsafe(
            f"The signer's memory cannot be locked: {os.strerror(ctypes.get_errno())}. "
            "Allow it (LimitMEMLOCK=infinity in its unit), or leave out --lock-memory."
        )


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
