"""The signer: holds a key store and signs what users it knows send to it."""

import logging
import os
import socket
import stat
import threading
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

from signing.errors import KeyMissing, KeyPassphraseWrong, SealingError, SignerUnsafe
from signing.keys.port import KeyStore
from signing.signer.messages import Answer, Operation, Refusal, Request, receive, send
from signing.signer.peers import Peer

MOST_CONNECTIONS: Final = 32
IDLE_SECONDS: Final = 300.0
_LONGEST_PATH = 100
"""The kernel allows 108 bytes."""

_log = logging.getLogger(__name__)


class SignerServer:
    """Serves a key store on a Unix socket to some users of this machine."""

    def __init__(self, keys: KeyStore, path: Path, *, allowed_uids: Collection[int]) -> None:
        """Take the place of the socket. Its folder must belong to this user and be writable by no other.

        Raises SignerUnsafe for a folder in which another user could put a socket of their own.
        """
        if not allowed_uids:
            raise SignerUnsafe("The signer serves nobody: name the user the service runs as.")
        self._keys = keys
        self._allowed = frozenset(allowed_uids)
        self._slots = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._path = path
        self._listener = _listen(path)

    def serve(self) -> None:
        """Answer until `stop`."""
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                break
            if not self._slots.acquire(blocking=False):
                _log.warning("too many connections to the signer; one was closed")
                connection.close()
                continue
            threading.Thread(target=self._serve_one, args=(connection,), daemon=True).start()

    def stop(self) -> None:
        """Close the socket and every connection."""
        self._stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._path.unlink(missing_ok=True)
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _serve_one(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)
        try:
            with connection:
                peer = Peer.of(connection)
                if peer.uid not in self._allowed:
                    _log.warning("the signer refused a user", extra={"uid": peer.uid, "pid": peer.pid})
                    return
                connection.settimeout(IDLE_SECONDS)
                while not self._stopped.is_set():
                    send(connection, self._answer(receive(connection), peer).dump())
        except (OSError, EOFError, ValueError) as error:
            _log.debug("a connection to the signer ended", extra={"cause": type(error).__name__})
        finally:
            with self._lock:
                self._open.discard(connection)
            self._slots.release()

    def _answer(self, frame: bytes, peer: Peer) -> Answer:
        try:
            request = Request.load(frame)
        except (ValueError, RecursionError):
            return Answer(refusal=Refusal.MALFORMED)
        try:
            return Answer(self._do(request))
        except KeyMissing:
            return Answer(refusal=Refusal.MISSING)
        except KeyPassphraseWrong:
            return Answer(refusal=Refusal.LOCKED)
        except SealingError as error:
            _log.warning(
                "the signer could not use a key",
                extra={"key": request.key_name, "uid": peer.uid, "cause": type(error).__name__},
            )
            return Answer(refusal=Refusal.UNAVAILABLE)

    def _do(self, request: Request) -> bytes:
        match request.operation:
            case Operation.ALGORITHM:
                return self._keys.algorithm(request.key_name).encode()
            case Operation.PUBLIC_KEY:
                return self._keys.public_key_info(request.key_name)
            case Operation.SIGN:
                signature = self._keys.sign(request.key_name, request.data)
                _log.info("signed", extra={"key": request.key_name, "bytes": len(request.data)})
                return signature


def _listen(path: Path) -> socket.socket:
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise SignerUnsafe(f"The path of the signer's socket is longer than {_LONGEST_PATH} bytes: {path}")
    try:
        folder = path.parent.stat()
    except OSError as error:
        raise SignerUnsafe(f"The folder of the signer's socket cannot be used: {error.strerror}.") from None
    if folder.st_uid != os.geteuid() or folder.st_mode & stat.S_IWOTH:
        raise SignerUnsafe(f"{path.parent} must belong to the signer's user and be writable by no other.")
    if path.is_socket():
        if _answers(path):
            raise SignerUnsafe(f"Another signer already answers at {path}.")
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o660)
        listener.listen(MOST_CONNECTIONS)
    except OSError as error:
        listener.close()
        raise SignerUnsafe(f"The signer's socket cannot be made: {error.strerror}.") from None
    return listener


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
        trial.settimeout(1)
        try:
            trial.connect(str(path))
        except OSError:
            return False
    return True
