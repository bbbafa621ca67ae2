"""Signing keys: what a seal needs of a key store, and the embedded one (encrypted files)."""

import os
import secrets
from pathlib import Path
from typing import Protocol

from asn1crypto import core, pem
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from signing.errors import KeyMissing, KeyPassphraseWrong, KeyUnavailable

SCRYPT_N = 16384
SCRYPT_R = 8
SCRYPT_P = 1
_SCRYPT = "1.3.6.1.4.1.11591.4.11"
_PBES2 = "1.2.840.113549.1.5.13"
_AES256_CBC = "2.16.840.1.101.3.4.1.42"


class KeyStore(Protocol):
    """Keeps ECDSA P-256 keys by name and signs with them; a key itself never leaves the store."""

    def public_key(self, name: str) -> ec.EllipticCurvePublicKey:
        """Give the public half. Raises KeyMissing, KeyPassphraseWrong."""

    def sign(self, name: str, data: bytes) -> bytes:
        """Sign bytes by ECDSA with SHA-256; the answer is DER. Raises KeyMissing, KeyPassphraseWrong."""


class EncryptedKeyFolder:
    """One encrypted PKCS#8 file per key (scrypt N=16384, AES-256-CBC); each is opened once per process."""

    def __init__(self, folder: Path, passphrase: bytes) -> None:
        if not passphrase:
            raise KeyPassphraseWrong("The passphrase is empty; write one into the passphrase file.")
        self._folder = folder
        self._passphrase = passphrase
        self._opened: dict[str, ec.EllipticCurvePrivateKey] = {}

    def __repr__(self) -> str:
        return f"EncryptedKeyFolder({str(self._folder)!r})"

    def public_key(self, name: str) -> ec.EllipticCurvePublicKey:
        return self.private_key(name).public_key()

    def sign(self, name: str, data: bytes) -> bytes:
        return self.private_key(name).sign(data, ec.ECDSA(hashes.SHA256()))

    def has(self, name: str) -> bool:
        return self._path(name).exists()

    def generate(self, name: str) -> None:
        """Make a new key; an existing one is never overwritten. Raises KeyUnavailable."""
        path = self._path(name)
        key = ec.generate_private_key(ec.SECP256R1())
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise KeyUnavailable(f"The key {name} exists already; keys are never overwritten.") from None
        with os.fdopen(handle, "wb") as file:
            file.write(encrypt_private_key(key, self._passphrase))
        self._opened[name] = key

    def private_key(self, name: str) -> ec.EllipticCurvePrivateKey:
        """Open a key for issuing certificates; sealing needs only `sign`."""
        if name not in self._opened:
            self._opened[name] = self._load(name)
        return self._opened[name]

    def _path(self, name: str) -> Path:
        if not name or name != Path(name).name or name.startswith("."):
            raise KeyMissing(f"{name!r} cannot be the name of a key.")
        return self._folder / f"{name}.key"

    def _load(self, name: str) -> ec.EllipticCurvePrivateKey:
        try:
            content = self._path(name).read_bytes()
        except FileNotFoundError:
            raise KeyMissing(f"The key store holds no key named {name}.") from None
        try:
            key = serialization.load_pem_private_key(content, self._passphrase)
        except (ValueError, TypeError):
            raise KeyPassphraseWrong(
                f"The passphrase does not open the key {name}, or its file is damaged."
            ) from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise KeyUnavailable(f"The key {name} is not an ECDSA P-256 key.")
        return key


def read_passphrase(path: Path) -> bytes:
    """Read a passphrase file, without the newline at its end. Raises KeyPassphraseWrong where it is empty."""
    try:
        passphrase = path.read_bytes().rstrip(b"\r\n")
    except OSError as error:
        raise KeyUnavailable(f"The passphrase file cannot be read: {error.strerror}.") from None
    if not passphrase:
        raise KeyPassphraseWrong("The passphrase file is empty.")
    return passphrase


class _ScryptParameters(core.Sequence):  # type: ignore[misc]  # asn1crypto carries no types
    """RFC 7914, section 7.1."""

    _fields = [  # noqa: RUF012 - the form asn1crypto asks for
        ("salt", core.OctetString),
        ("cost", core.Integer),
        ("block_size", core.Integer),
        ("parallelization", core.Integer),
        ("key_length", core.Integer, {"optional": True}),
    ]


class _Algorithm(core.Sequence):  # type: ignore[misc]  # asn1crypto carries no types
    _fields = [("algorithm", core.ObjectIdentifier), ("parameters", core.Any)]  # noqa: RUF012 - as above


class _Pbes2Parameters(core.Sequence):  # type: ignore[misc]  # asn1crypto carries no types
    _fields = [("kdf", _Algorithm), ("cipher", _Algorithm)]  # noqa: RUF012 - as above


class _EncryptedPrivateKey(core.Sequence):  # type: ignore[misc]  # asn1crypto carries no types
    _fields = [("algorithm", _Algorithm), ("data", core.OctetString)]  # noqa: RUF012 - as above


def encrypt_private_key(key: ec.EllipticCurvePrivateKey, passphrase: bytes) -> bytes:
    """Write a key as PEM, PKCS#8 under PBES2 with scrypt (RFC 8018, RFC 7914), which OpenSSL reads.

    `cryptography` reads this form but writes PBKDF2 with 2,048 rounds only, too few for a passphrase.
    """
    salt, vector = secrets.token_bytes(16), secrets.token_bytes(16)
    secret = Scrypt(salt=salt, length=32, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P).derive(passphrase)
    plain = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES256(secret), modes.CBC(vector)).encryptor()
    data = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    scrypt = _ScryptParameters(
        {"salt": salt, "cost": SCRYPT_N, "block_size": SCRYPT_R, "parallelization": SCRYPT_P}
    )
    parameters = _Pbes2Parameters(
        {
            "kdf": {"algorithm": _SCRYPT, "parameters": scrypt},
            "cipher": {"algorithm": _AES256_CBC, "parameters": core.OctetString(vector)},
        }
    )
    whole = _EncryptedPrivateKey({"algorithm": {"algorithm": _PBES2, "parameters": parameters}, "data": data})
    return bytes(pem.armor("ENCRYPTED PRIVATE KEY", whole.dump()))
