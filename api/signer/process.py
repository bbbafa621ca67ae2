"""The signer's process: opens the keys, takes its socket, and signs until it is told to stop."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from api.settings import Settings
from api.signer.users import uid_of
from signing.errors import SignerUnsafe
from signing.keys import EncryptedKeyFolder, KeyMaker, read_passphrase
from signing.keys.custody import KeyCustody
from signing.signer.hardening import forbid_dumps, lock_memory
from signing.signer.server import SignerServer

KEYS_FOLDER = "keys"
PRIVATE_BITS = 0o077
ROOT = 0
ROOTS_OPEN_BITS = 0o027
"""What a secret file of root's may not allow: writing by its group, and anything to others."""

log = structlog.get_logger("novisit.signer")


@dataclass(frozen=True, slots=True)
class SignerOptions:
    """How a signer is run. `makes_keys` only beside a demonstration; `ends_with_stdin` only as a child."""

    makes_keys: bool = False
    locks_memory: bool = False
    ends_with_stdin: bool = False


def open_custody(settings: Settings, clock: Callable[[], datetime], secret: bytes) -> KeyCustody:
    """The keys that sign, with journal and counts, as their own user opens them.

    Raises SignerUnsafe where others could read them, KeyUnavailable where they cannot be used.
    """
    folder = settings.signer_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for private in private_folders(settings):
        if private.exists():
            _require_private(private)
    return KeyCustody(_open_keys(settings, secret), folder, clock)


def read_secret(settings: Settings) -> bytes:
    """Passphrase or PIN, from a file closed to others. Raises SignerUnsafe, KeyUnavailable.

    One that root owns is taken too: so lie the credentials that systemd hands to a service.
    """
    file = settings.signer_secret_file
    if file.exists():
        status = file.stat()
        handed = os.geteuid() != ROOT and status.st_uid == ROOT and not status.st_mode & ROOTS_OPEN_BITS
        if not handed:
            _require_private(file)
    return read_passphrase(file)


def private_folders(settings: Settings) -> tuple[Path, ...]:
    """Folders that only the signer's user may read."""
    return (settings.signer_dir, settings.signer_dir / KEYS_FOLDER)


def run(settings: Settings, clock: Callable[[], datetime], secret: bytes, options: SignerOptions) -> None:
    """Serve until the process is told to stop. Raises SignerUnsafe, KeyUnavailable."""
    os.umask(0o077)
    forbid_dumps()
    if options.locks_memory:
        lock_memory()
    if options.makes_keys and settings.is_production:
        raise SignerUnsafe("In production the signer makes no keys for others: use novisit keys generate.")
    custody = open_custody(settings, clock, secret)
    # What cannot be opened shows now, not at the first seal.
    for name in custody.journal.records():
        custody.algorithm(name)
    clients = settings.signer_clients or (str(os.geteuid()),)
    server = SignerServer(
        custody,
        settings.signer_socket,
        allowed_uids={uid_of(user, setting="NOVISIT_SIGNER_CLIENTS") for user in clients},
        folders=private_folders(settings),
        makes_keys=options.makes_keys,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.stop).start())
    if options.ends_with_stdin:
        threading.Thread(target=_stop_with_stdin, args=(server,), daemon=True).start()
    log.info("the signer is ready", socket=str(settings.signer_socket), keys=len(custody.journal.records()))
    server.serve()
    log.info("the signer has stopped")


def _open_keys(settings: Settings, secret: bytes) -> KeyMaker:
    if settings.signer_library == Path():
        return EncryptedKeyFolder(settings.signer_dir / KEYS_FOLDER, secret)
    from signing.keys.token import TokenKeyStore

    return TokenKeyStore(settings.signer_library, settings.signer_token, secret)


def _require_private(path: Path) -> None:
    status = path.stat()
    if status.st_uid != os.geteuid() or status.st_mode & PRIVATE_BITS:
        kind = "700" if path.is_dir() else "600"
        raise SignerUnsafe(f"{path} must belong to the signer's user and be closed to others: chmod {kind}.")


def _stop_with_stdin(server: SignerServer) -> None:
    """The end of our input is the end of the process that started us, however it ended."""
    while sys.stdin.buffer.read(4096):
        pass
    server.stop()
