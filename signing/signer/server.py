"""The signer: holds keys and signs what users it knows send to it."""

import logging
import os
import socket
import stat
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

from signing.errors import KeyMissing, KeyPassphraseWrong, SealingError, SignerUnsafe
from signing.keys.custody import KeyCustody
from signing.keys.port import KeyAlgorithm
from signing.signer.addresses import short_path
from signing.signer.messages import LARGEST_FRAME, Answer, Operation, Refusal, Request, receive, send
from signing.signer.patience import Patience
from signing.signer.peers import Peer
from signing.signer.status import SignerStatus

MOST_CONNECTIONS: Final = 64
IDLE_SECONDS: Final = 300.0
FRAME_SECONDS: Final = 10.0
"""A request that has begun is whole within this time, and its answer taken; else the connection ends."""
REST_SECONDS: Final = 0.2
"""How long nobody new is let in where the system gives no more files or threads."""
ALARM_SECONDS: Final = 60.0
"""How often the same is written of the same user."""
SOCKET_MODE: Final = 0o660

_WRONG = frozenset({Refusal.MISSING, Refusal.FORBIDDEN, Refusal.MALFORMED})
_log = logging.getLogger(__name__)


class SignerServer:
    """Serves keys in custody on a Unix socket to some users of this machine."""

    def __init__(
        self,
        keys: KeyCustody,
        path: Path,
        *,
        allowed_uids: Collection[int],
        folders: Collection[Path] = (),
        makes_keys: bool = False,
    ) -> None:
        """Take the place of the socket. Its folder must belong to this user and be writable by no other.

        `folders` are those whose content only this user may read, told to whoever asks for the status; with
        `makes_keys`, as in a demonstration, an allowed user may have keys made. Raises SignerUnsafe for a
        folder in which another user could put a socket of their own, or where another signer is at work.
        """
        if not allowed_uids:
            raise SignerUnsafe("The signer serves nobody: name the user the service runs as.")
        self._keys = keys
        self._allowed = frozenset(allowed_uids)
        self._folders = tuple(str(folder) for folder in folders)
        self._makes_keys = makes_keys
        self._patience = Patience(time.monotonic)
        self._alarms: dict[tuple[str, int], float] = {}
        self._slots = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._path = path
        self._listener = _listen(path)
        try:
            keys.counts.hold()
        except SignerUnsafe:
            self._listener.close()
            path.unlink()
            raise

    def serve(self) -> None:
        """Answer until `stop`. Where the system is short of files or threads the signer waits and goes on."""
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError as error:
                self._rest(error)
                continue
            if not self._slots.acquire(blocking=False):
                _log.warning("too many connections to the signer; one was closed")
                connection.close()
                continue
            try:
                threading.Thread(target=self._serve_one, args=(connection,), daemon=True).start()
            except RuntimeError as error:
                self._slots.release()
                connection.close()
                self._rest(error)

    def _rest(self, error: Exception) -> None:
        if not self._stopped.is_set():
            _log.warning("the signer could let nobody in for a moment", extra={"cause": str(error)})
            self._stopped.wait(REST_SECONDS)

    def stop(self) -> None:
        """Close the socket and every connection, and let another signer count."""
        self._stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._path.unlink(missing_ok=True)
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._keys.counts.close()

    def _serve_one(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)
        try:
            with connection:
                peer = Peer.of(connection)
                if peer.uid not in self._allowed:
                    self._alarm("the signer refused a user", peer)
                    return
                connection.settimeout(IDLE_SECONDS)
                self._converse(connection, peer)
        except (OSError, EOFError, ValueError) as error:
            _log.debug("a connection to the signer ended", extra={"cause": type(error).__name__})
        finally:
            with self._lock:
                self._open.discard(connection)
            self._slots.release()

    def _converse(self, connection: socket.socket, peer: Peer) -> None:
        while not self._stopped.is_set():
            try:
                frame = receive(connection, largest=LARGEST_FRAME, frame_seconds=FRAME_SECONDS)
            except ValueError:
                self._wait(peer)
                _reply(connection, Answer(refusal=Refusal.MALFORMED))
                return
            answer = self._answer(frame, peer)
            if answer.refusal in _WRONG:
                self._wait(peer)
            _reply(connection, answer)

    def _wait(self, peer: Peer) -> None:
        """Note a wrong request; after too many of them each waits."""
        seconds = self._patience.penalty_seconds(peer.uid)
        if seconds:
            self._alarm("the signer slows down wrong requests", peer)
            self._stopped.wait(seconds)

    def _alarm(self, text: str, peer: Peer) -> None:
        """Log what a user does that they should not, not more often than once a minute each."""
        now = time.monotonic()
        with self._lock:
            last = self._alarms.get((text, peer.uid))
            if last is not None and now - last < ALARM_SECONDS:
                return
            self._alarms[text, peer.uid] = now
        _log.warning(text, extra={"uid": peer.uid, "pid": peer.pid})

    def _answer(self, frame: bytes, peer: Peer) -> Answer:
        try:
            request = Request.load(frame)
        except (ValueError, RecursionError):
            return Answer(refusal=Refusal.MALFORMED)
        if request.operation is Operation.GENERATE and not self._makes_keys:
            self._alarm("the signer refused to make a key", peer)
            return Answer(refusal=Refusal.FORBIDDEN)
        try:
            return Answer(self._do(request, peer))
        except (KeyMissing, KeyPassphraseWrong) as error:
            return Answer(refusal=Refusal.of(error))
        except SealingError as error:
            _log.warning(
                "the signer could not use a key",
                extra={
                    "key": request.key_name,
                    "uid": peer.uid,
                    "cause": type(error).__name__,
                    "why": str(error),
                },
            )
            return Answer(refusal=Refusal.of(error))

    def _do(self, request: Request, peer: Peer) -> bytes:
        name = request.key_name
        match request.operation:
            case Operation.ALGORITHM:
                return self._keys.algorithm(name).encode()
            case Operation.PUBLIC_KEY:
                return self._keys.public_key_info(name)
            case Operation.SIGN:
                signature = self._keys.sign(name, request.data)
                _log.info("signed", extra={"key": name, "bytes": len(request.data)})
                return signature
            case Operation.CURRENT:
                return self._keys.current(name).encode()
            case Operation.STATUS:
                return SignerStatus(os.geteuid(), self._folders, self._keys.states()).dump()
            case Operation.GENERATE:
                self._keys.generate(name, _algorithm(request.data), by=f"uid {peer.uid}, by the signer")
                _log.info("made a key", extra={"key": name})
                return b""


def _reply(connection: socket.socket, answer: Answer) -> None:
    """Send an answer to somebody who takes it in time. Raises OSError."""
    connection.settimeout(FRAME_SECONDS)
    send(connection, answer.dump())
    connection.settimeout(IDLE_SECONDS)


def _algorithm(data: bytes) -> KeyAlgorithm:
    try:
        return KeyAlgorithm(data.decode())
    except ValueError:
        raise SealingError("There is no such algorithm.") from None


def _listen(path: Path) -> socket.socket:
    try:
        folder = path.parent.stat()
    except OSError as error:
        raise SignerUnsafe(
            f"The folder of the signer's socket, {path.parent}, cannot be used: {error.strerror}."
        ) from None
    if folder.st_uid != os.geteuid() or folder.st_mode & (stat.S_IWOTH | stat.S_IWGRP):
        raise SignerUnsafe(f"{path.parent} must belong to the signer's user and be writable by no other.")
    if path.is_socket():
        if _answers(path):
            raise SignerUnsafe(f"Another signer already answers at {path}.")
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with short_path(path) as short:
            listener.bind(short)
        path.chmod(SOCKET_MODE)
        listener.listen(MOST_CONNECTIONS)
    except OSError as error:
        listener.close()
        raise SignerUnsafe(f"The signer's socket {path} cannot be made: {error.strerror}.") from None
    return listener


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial, short_path(path) as short:
        trial.settimeout(1)
        try:
            trial.connect(short)
        except OSError:
            return False
    return True
