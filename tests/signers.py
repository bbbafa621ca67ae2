"""Real signers for tests: keys in custody, served on a Unix socket by a thread of this process."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from signing.keys import EncryptedKeyFolder
from signing.keys.custody import KeyCustody
from signing.signer.server import SignerServer

PASSPHRASE = b"correct horse battery staple"


def make_custody(folder: Path, clock: Callable[[], datetime]) -> KeyCustody:
    return KeyCustody(EncryptedKeyFolder(folder / "keys", PASSPHRASE), folder, clock)


@contextmanager
def running(server: SignerServer) -> Iterator[SignerServer]:
    """Serve in a thread until the end of the block."""
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(5)
        assert not thread.is_alive()


@contextmanager
def signer_at(path: Path, clock: Callable[[], datetime]) -> Iterator[KeyCustody]:
    """A demonstration's signer at a socket, with its keys beside it; gives what it keeps."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    custody = make_custody(path.parent, clock)
    server = SignerServer(custody, path, allowed_uids={os.geteuid()}, makes_keys=True)
    with running(server):
        yield custody
