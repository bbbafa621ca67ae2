"""The keyring: key-encryption keys by id, and the secret of the installation's digests.

The file is JSON, readable by its owner alone. Old keys stay until everything is wrapped anew
(`novisit keyring rewrap`), so that nothing becomes unreadable half way.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.errors import EvidenceDamaged, KeyUnavailable, SettingsInvalid

KEY_BYTES = 32
NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key under a key-encryption key: nonce and ciphertext of AES-256-GCM, and the id of the key."""

    kek_id: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Keyring:
    """Key-encryption keys. `current` wraps; every other one only unwraps."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)
    digest_secret: bytes = field(repr=False)
    random_bytes: Callable[[int], bytes] = field(default=os.urandom, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.current not in self.keys or any(len(key) != KEY_BYTES for key in self.keys.values()):
            raise ValueError("a keyring needs its current key, and every key has 32 bytes")
        if len(self.digest_secret) != KEY_BYTES:
            raise ValueError("the digest secret has 32 bytes")

    @classmethod
    def generate(cls, *, random_bytes: Callable[[int], bytes] = os.urandom) -> Self:
        """Make a keyring with one new key."""
        key_id = f"k{random_bytes(4).hex()}"
        return cls(
            current=key_id,
            keys={key_id: random_bytes(KEY_BYTES)},
            digest_secret=random_bytes(KEY_BYTES),
            random_bytes=random_bytes,
        )

    def with_new_key(self) -> Self:
        """Add a new key and make it current; the old ones still unwrap."""
        key_id = f"k{self.random_bytes(4).hex()}"
        return replace(self, current=key_id, keys={**self.keys, key_id: self.random_bytes(KEY_BYTES)})

    def without_old_keys(self) -> Self:
        """Drop every key but the current one; only after everything was wrapped anew."""
        return replace(self, keys={self.current: self.keys[self.current]})

    def wrap(self, data: bytes, *, context: str) -> WrappedKey:
        """Encrypt a data key or a small secret, bound to its context, under the current key."""
        nonce = self.random_bytes(NONCE_BYTES)
        sealed = AESGCM(self.keys[self.current]).encrypt(nonce, data, context.encode())
        return WrappedKey(self.current, nonce + sealed)

    def unwrap(self, wrapped: WrappedKey, *, context: str) -> bytes:
        """Decrypt. Raises KeyUnavailable, or EvidenceDamaged where data or context differ."""
        if wrapped.kek_id not in self.keys:
            raise KeyUnavailable
        nonce, sealed = wrapped.data[:NONCE_BYTES], wrapped.data[NONCE_BYTES:]
        try:
            return AESGCM(self.keys[wrapped.kek_id]).decrypt(nonce, sealed, context.encode())
        except (InvalidTag, ValueError):
            raise EvidenceDamaged from None

    def digest(self, purpose: str, *parts: str) -> str:
        """HMAC-SHA-256 under the secret of the installation, hexadecimal; the same after a rotation."""
        message = "\x1f".join((purpose, *parts)).encode()
        return hmac.new(self.digest_secret, message, hashlib.sha256).hexdigest()

    def save(self, file: Path) -> None:
        """Write the keyring whole or not at all, readable by its owner alone."""
        self._write_beside(file).replace(file)

    def save_first(self, file: Path) -> None:
        """Write the keyring where there is none yet; one that another process wrote meanwhile stays."""
        partial = self._write_beside(file)
        with contextlib.suppress(FileExistsError):
            file.hardlink_to(partial)
        partial.unlink()

    def _write_beside(self, file: Path) -> Path:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = {
            "current": self.current,
            "keys": {key_id: base64.b64encode(key).decode() for key_id, key in self.keys.items()},
            "digest_secret": base64.b64encode(self.digest_secret).decode(),
        }
        partial = file.with_suffix(f".{self.random_bytes(4).hex()}.part")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(content, stream, indent=2)
            stream.flush()
            os.fsync(stream.fileno())
        return partial

    @classmethod
    def load(cls, file: Path, *, random_bytes: Callable[[int], bytes] = os.urandom) -> Self:
        """Read a keyring. Raises SettingsInvalid, which says nothing of what is in it."""
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            return cls(
                current=content["current"],
                keys={key_id: base64.b64decode(key) for key_id, key in content["keys"].items()},
                digest_secret=base64.b64decode(content["digest_secret"]),
                random_bytes=random_bytes,
            )
        except FileNotFoundError:
            raise SettingsInvalid([f"there is no keyring at {file}"]) from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise SettingsInvalid([f"the keyring {file} is damaged; restore it from its backup"]) from None
