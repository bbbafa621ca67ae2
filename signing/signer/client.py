"""A key store whose keys live in the signer's process."""

import os
import socket
import threading
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from signing.errors import KeyMissing, KeyUnavailable, SignerAway
from signing.keys.port import KeyAlgorithm
from signing.signer.addresses import SignerAddress, short_path
from signing.signer.messages import LARGEST_ANSWER, LARGEST_FRAME, Answer, Operation, Request, receive, send
from signing.signer.peers import Peer
from signing.signer.status import SignerStatus

ANSWER_SECONDS: Final = 10.0


class SignerKeyStore:
    """Asks the signer; keeps one connection per process and makes it anew once when it broke.

    With `signer_uid` it talks to a signer of that user only, so that nobody else can stand in for it.
    """

    def __init__(self, path: Path, *, signer_uid: int | None = None) -> None:
        self._path = path
        self._signer_uid = signer_uid
        self._connection: socket.socket | None = None
        self._process = 0
        self._lock = threading.Lock()

    @classmethod
    def at(cls, address: SignerAddress) -> Self:
        """The signer at an address."""
        return cls(address.path, signer_uid=address.uid)

    def __repr__(self) -> str:
        return f"SignerKeyStore({str(self._path)!r})"

    def algorithm(self, name: str) -> KeyAlgorithm:
        return KeyAlgorithm(self._ask(Request(Operation.ALGORITHM, name)).decode())

    def public_key_info(self, name: str) -> bytes:
        return self._ask(Request(Operation.PUBLIC_KEY, name))

    def public_key(self, name: str) -> ec.EllipticCurvePublicKey:
        if self.algorithm(name) is not KeyAlgorithm.P256:
            raise KeyUnavailable(f"The key {name} is not an ECDSA P-256 key.")
        key = serialization.load_der_public_key(self.public_key_info(name))
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise KeyUnavailable(f"The key {name} is not an ECDSA P-256 key.")
        return key

    def sign(self, name: str, data: bytes) -> bytes:
        """Sign by the signer. Raises SignerAway where it does not answer, KeyUnavailable where it refuses."""
        return self._ask(Request(Operation.SIGN, name, data))

    def current(self, purpose: str) -> str:
        """The name of the key in force now for a purpose. Raises KeyMissing."""
        return self._ask(Request(Operation.CURRENT, purpose)).decode()

    def status(self) -> SignerStatus:
        """Who the signer is, and the state of every key."""
        return SignerStatus.load(self._ask(Request(Operation.STATUS, "")))

    def has(self, name: str) -> bool:
        try:
            self.algorithm(name)
        except KeyMissing:
            return False
        return True

    def generate(self, name: str, algorithm: KeyAlgorithm = KeyAlgorithm.P256) -> None:
        """Have the signer make a key, which only a demonstration's does. Raises KeyUnavailable."""
        self._ask(Request(Operation.GENERATE, name, algorithm.encode()))

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        with self._lock:
            self._drop()

    def _ask(self, request: Request) -> bytes:
        frame = request.dump()
        if len(frame) > LARGEST_FRAME:
            raise KeyUnavailable("The signer takes digests and signed attributes, no whole documents.")
        with self._lock:
            return self._answer(frame).value_or_raise(request.key_name)

    def _answer(self, frame: bytes) -> Answer:
        # A connection that idled too long was closed by the signer; that is seen only when it is used.
        for last in (self._connection is None, True):
            try:
                return self._exchange(frame)
            except (OSError, EOFError, ValueError) as error:
                self._drop()
                if last:
                    raise SignerAway(
                        f"The signer does not answer at {self._path}. Is `novisit signer` running?"
                    ) from error
        raise SignerAway

    def _exchange(self, frame: bytes) -> Answer:
        if self._process != os.getpid():
            # A forked process must not read the answers to its parent's questions.
            self._connection = None
        if self._connection is None:
            self._connection = self._connect()
            self._process = os.getpid()
        send(self._connection, frame)
        return Answer.load(receive(self._connection, largest=LARGEST_ANSWER))

    def _connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(ANSWER_SECONDS)
            with short_path(self._path) as short:
                connection.connect(short)
            uid = Peer.of(connection).uid
        except OSError:
            connection.close()
            raise
        if self._signer_uid is not None and uid != self._signer_uid:
            connection.close()
            raise KeyUnavailable(f"Another user than the signer's answers at {self._path}.")
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
