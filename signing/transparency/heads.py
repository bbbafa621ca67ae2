"""Signed tree heads: what the log was at a moment, in one line that its key signs (RFC 9162, section 4.10).

The signed bytes are those of TreeHeadDataV2 behind the log's id, so that a head of one log never passes for
one of another:

    "novisit tree head 1" 0x0A | log id (1 + 32 bytes) | timestamp (8) | tree size (8) | root (1 + 32) | 0 0

Numbers are big-endian, the timestamp counts milliseconds since 1970, the two last bytes say that there are no
extensions. The signature is ECDSA on P-256 with SHA-256, in DER: `openssl dgst -sha256 -verify` checks it.
"""

import hashlib
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from signing.errors import HeadRefused, KeyUnavailable
from signing.keys.port import KeyAlgorithm, KeyStore
from signing.transparency.merkle import HASH_BYTES

CONTEXT: Final = b"novisit tree head 1\n"
KEY_NAME: Final = "log"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST: Final = 2**63
_YEAR_10000_MS: Final = 253_402_300_800_000
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class TreeHead:
    """A log (id), a moment (milliseconds since 1970, UTC), the number of entries and the root."""

    log_id: bytes
    timestamp_ms: int
    tree_size: int
    root_hash: bytes

    def __post_init__(self) -> None:
        if len(self.log_id) != HASH_BYTES or len(self.root_hash) != HASH_BYTES:
            raise ValueError("log id and root have 32 bytes")
        if not (0 <= self.timestamp_ms < _YEAR_10000_MS and 0 <= self.tree_size < _LARGEST):
            raise ValueError("time and size are not negative, nor beyond the calendar")

    @property
    def at(self) -> datetime:
        return _EPOCH + self.timestamp_ms * _MILLISECOND

    @property
    def signed_bytes(self) -> bytes:
        """What the log's key signs."""
        return b"".join(
            (
                CONTEXT,
                struct.pack(">B", len(self.log_id)),
                self.log_id,
                struct.pack(">QQB", self.timestamp_ms, self.tree_size, len(self.root_hash)),
                self.root_hash,
                struct.pack(">H", 0),
            )
        )


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A tree head and the signature of the log's key (DER)."""

    head: TreeHead
    signature: bytes


def milliseconds(at: datetime) -> int:
    """Whole milliseconds since 1970."""
    return (at - _EPOCH) // _MILLISECOND


def log_id(public_key_info: bytes) -> bytes:
    """The id of a log: SHA-256 of its public key (SubjectPublicKeyInfo, DER)."""
    return hashlib.sha256(public_key_info).digest()


class HeadSigner:
    """Signs heads with the log's key; the key itself stays in its store."""

    def __init__(self, keys: KeyStore, key_name: str = KEY_NAME) -> None:
        self._keys = keys
        self._key_name = key_name

    def public_key_info(self) -> bytes:
        """The public key (DER). Raises KeyMissing, KeyUnavailable."""
        if self._keys.algorithm(self._key_name) is not KeyAlgorithm.P256:
            raise KeyUnavailable("The key of the log is not an ECDSA P-256 key.")
        return self._keys.public_key_info(self._key_name)

    def sign(self, *, at: datetime, tree_size: int, root_hash: bytes) -> SignedHead:
        """Sign what the log is at a moment. Raises KeyMissing, KeyUnavailable."""
        head = TreeHead(log_id(self.public_key_info()), milliseconds(at), tree_size, root_hash)
        return SignedHead(head, self._keys.sign(self._key_name, head.signed_bytes))


def verify_head(signed: SignedHead, *, public_key_info: bytes) -> TreeHead:
    """Give a head whose signature holds under the key of its log. Raises HeadRefused."""
    if signed.head.log_id != log_id(public_key_info):
        raise HeadRefused("The tree head belongs to another log than this key.")
    key = serialization.load_der_public_key(public_key_info)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise HeadRefused("The key of a log is an ECDSA P-256 key.")
    try:
        key.verify(signed.signature, signed.head.signed_bytes, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise HeadRefused from None
    return signed.head
