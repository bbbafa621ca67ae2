"""What goes over the socket: frames of JSON, each with its length before it, one answer to one request."""

import base64
import binascii
import json
import socket
import struct
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from signing.errors import (
    KeyExhausted,
    KeyMissing,
    KeyPassphraseWrong,
    KeyRevoked,
    KeyUnavailable,
    SealingError,
)

LARGEST_FRAME: Final = 256 << 10
"""A seal signs attributes of a few hundred bytes; a whole document never comes here."""
LARGEST_ANSWER: Final = 8 << 20
"""The state of some ten thousand keys."""

_LENGTH = struct.Struct(">I")


class Operation(StrEnum):
    """What can be asked of the signer."""

    ALGORITHM = "algorithm"
    PUBLIC_KEY = "public-key"
    SIGN = "sign"
    CURRENT = "current"
    STATUS = "status"
    GENERATE = "generate"


class Refusal(StrEnum):
    """Why the signer did not do it, by a word that says nothing of its inside."""

    MISSING = "missing"
    LOCKED = "locked"
    EXHAUSTED = "exhausted"
    REVOKED = "revoked"
    UNAVAILABLE = "unavailable"
    FORBIDDEN = "forbidden"
    MALFORMED = "malformed"

    @classmethod
    def of(cls, error: SealingError) -> "Refusal":
        """The word for what went wrong; one that has none of its own is `unavailable`."""
        return next((word for kind, word in _WORDS.items() if isinstance(error, kind)), cls.UNAVAILABLE)


_WORDS: Final[dict[type[SealingError], Refusal]] = {
    KeyMissing: Refusal.MISSING,
    KeyPassphraseWrong: Refusal.LOCKED,
    KeyExhausted: Refusal.EXHAUSTED,
    KeyRevoked: Refusal.REVOKED,
}
_ERRORS: Final = {word: kind for kind, word in _WORDS.items()}
_TEXTS: Final = {
    Refusal.MISSING: "The signer holds no key {key} that may sign.",
    Refusal.LOCKED: "The signer's passphrase or PIN does not open the key {key}.",
    Refusal.EXHAUSTED: "The key {key} has made as many signatures as it may; make a new one.",
    Refusal.REVOKED: "The key {key} is revoked and signs no more; make a new one.",
    Refusal.UNAVAILABLE: "The signer could not use the key {key}; its log says why.",
    Refusal.FORBIDDEN: "This signer makes no keys for others: run `novisit keys generate` as its user.",
    Refusal.MALFORMED: "The signer did not understand; is it of the same version?",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One request: what to do, with which key, over which bytes."""

    operation: Operation
    key_name: str
    data: bytes = b""

    def dump(self) -> bytes:
        return _json({"operation": self.operation, "key": self.key_name, "data": _text(self.data)})

    @classmethod
    def load(cls, frame: bytes) -> Self:
        """Read a request. Raises ValueError for anything else."""
        match json.loads(frame):
            case {"operation": str(operation), "key": str(key_name), "data": str(data)}:
                return cls(Operation(operation), key_name, _bytes(data))
        raise ValueError("not a request")


@dataclass(frozen=True, slots=True)
class Answer:
    """Bytes, or why there are none."""

    value: bytes = b""
    refusal: Refusal | None = None

    def dump(self) -> bytes:
        return _json({"value": _text(self.value), "refusal": self.refusal})

    @classmethod
    def load(cls, frame: bytes) -> Self:
        """Read an answer. Raises ValueError for anything else."""
        match json.loads(frame):
            case {"value": str(value), "refusal": None}:
                return cls(_bytes(value))
            case {"value": "", "refusal": str(refusal)}:
                return cls(refusal=Refusal(refusal))
        raise ValueError("not an answer")

    def value_or_raise(self, key_name: str) -> bytes:
        """Give the bytes, or raise KeyMissing, KeyRevoked or another KeyUnavailable by the refusal."""
        if self.refusal is not None:
            kind = _ERRORS.get(self.refusal, KeyUnavailable)
            raise kind(_TEXTS[self.refusal].format(key=key_name))
        return self.value


def send(connection: socket.socket, frame: bytes) -> None:
    """Send one frame. Raises OSError."""
    connection.sendall(_LENGTH.pack(len(frame)) + frame)


def receive(connection: socket.socket, *, largest: int, frame_seconds: float | None = None) -> bytes:
    """Receive one frame. Raises EOFError where the other side closed, ValueError for too large a frame.

    With `frame_seconds` a frame that has begun must be whole in that time, however it is dripped in, else
    TimeoutError; for its beginning the connection's own timeout counts.
    """
    usual = connection.gettimeout()
    begun = _exactly(connection, 1)
    ends = None if frame_seconds is None else time.monotonic() + frame_seconds
    try:
        (length,) = _LENGTH.unpack(begun + _exactly(connection, _LENGTH.size - 1, ends=ends))
        if length > largest:
            raise ValueError("the frame is too large")
        return _exactly(connection, length, ends=ends)
    finally:
        connection.settimeout(usual)


def _exactly(connection: socket.socket, length: int, *, ends: float | None = None) -> bytes:
    pieces = bytearray()
    while len(pieces) < length:
        if ends is not None:
            left = ends - time.monotonic()
            if left <= 0:
                raise TimeoutError
            connection.settimeout(left)
        piece = connection.recv(length - len(pieces))
        if not piece:
            raise EOFError
        pieces += piece
    return bytes(pieces)


def _json(content: dict[str, str | None]) -> bytes:
    return json.dumps(content).encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
