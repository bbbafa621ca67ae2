"""How often each key has signed, and how often it may."""

import json
import os
import threading
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from signing.errors import KeyExhausted, KeyMissing, KeyUnavailable
from signing.keys.port import KeyAlgorithm, KeyStore


class CountedKeys:
    """A key store that counts signatures in a file per key, and stops at a key's limit.

    The count is on the disk before the signature is given out, so that no crash loses one. One process only
    may hold the folder of counts; the signer is that process.
    """

    def __init__(self, keys: KeyStore, folder: Path) -> None:
        self._keys = keys
        self._folder = folder
        self._lock = threading.Lock()

    def algorithm(self, name: str) -> KeyAlgorithm:
        return self._keys.algorithm(name)

    def public_key_info(self, name: str) -> bytes:
        return self._keys.public_key_info(name)

    def public_key(self, name: str) -> ec.EllipticCurvePublicKey:
        return self._keys.public_key(name)

    def sign(self, name: str, data: bytes) -> bytes:
        """Count, then sign. Raises KeyExhausted at the limit."""
        self._keys.algorithm(name)
        with self._lock:
            uses, limit = self._read(name)
            if limit is not None and uses >= limit:
                raise KeyExhausted(f"The key {name} has made the {limit} signatures it may; make a new one.")
            self._write(name, uses + 1, limit)
        return self._keys.sign(name, data)

    def uses(self, name: str) -> int:
        """Signatures made so far."""
        return self._read(name)[0]

    def set_limit(self, name: str, limit: int | None) -> None:
        """Say how many signatures a key may make in its life; None for any number."""
        if limit is not None and limit < 0:
            raise ValueError("a limit is not negative")
        self._keys.algorithm(name)
        with self._lock:
            self._write(name, self._read(name)[0], limit)

    def _path(self, name: str) -> Path:
        if not name or name != Path(name).name or name.startswith("."):
            raise KeyMissing(f"{name!r} cannot be the name of a key.")
        return self._folder / f"{name}.uses.json"

    def _read(self, name: str) -> tuple[int, int | None]:
        try:
            content = json.loads(self._path(name).read_bytes())
        except FileNotFoundError:
            return 0, None
        except (OSError, ValueError):
            raise KeyUnavailable(f"The count of uses of the key {name} cannot be read.") from None
        match content:
            case {"uses": int(uses), "limit": int() | None as limit}:
                return uses, limit
        raise KeyUnavailable(f"The count of uses of the key {name} cannot be read.")

    def _write(self, name: str, uses: int, limit: int | None) -> None:
        path = self._path(name)
        draft = path.with_suffix(".draft")
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with draft.open("w", encoding="utf-8") as file:
                json.dump({"uses": uses, "limit": limit}, file)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as error:
            raise KeyUnavailable(f"A use of the key {name} cannot be counted: {error.strerror}.") from None
