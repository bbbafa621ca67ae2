"""Where a signer is found."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SignerAddress:
    """The signer's socket, and the user it must run as; any user where `uid` is None."""

    path: Path
    uid: int | None = None


@contextmanager
def short_path(path: Path) -> Iterator[str]:
    """A name for a socket that the kernel takes however deep its folder lies: it allows 108 bytes.

    Raises OSError where the folder cannot be opened.
    """
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
