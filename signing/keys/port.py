"""What a seal needs of a key store: a signature by the name of a key, and never the key."""

from enum import StrEnum
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec


class KeyAlgorithm(StrEnum):
    """What a key is for; one key signs by one algorithm only."""

    P256 = "ecdsa-p256-sha256"
    SM2 = "sm2-sm3"


class KeyStore(Protocol):
    """Keeps keys by name and signs with them; a key itself never leaves the store.

    Every method raises KeyMissing for a name it does not hold and KeyUnavailable where it cannot be used.
    """

    def algorithm(self, name: str) -> KeyAlgorithm:
        """Tell what a key signs by."""
        ...

    def public_key_info(self, name: str) -> bytes:
        """Give the public half as SubjectPublicKeyInfo (DER)."""
        ...

    def public_key(self, name: str) -> ec.EllipticCurvePublicKey:
        """Give the public half of a P-256 key. Raises KeyUnavailable for another algorithm."""
        ...

    def sign(self, name: str, data: bytes) -> bytes:
        """Sign bytes by the key's algorithm, which digests them itself; the answer is DER."""
        ...


class KeyMaker(KeyStore, Protocol):
    """A key store in which keys can be made."""

    def has(self, name: str) -> bool:
        """Tell whether there is a key of this name."""
        ...

    def current(self, purpose: str) -> str:
        """Give the name of the key in force for a purpose; without a journal the one that bears its name."""
        ...

    def generate(self, name: str, algorithm: KeyAlgorithm = KeyAlgorithm.P256) -> None:
        """Make a key; an existing one is never overwritten. Raises KeyUnavailable."""
        ...
