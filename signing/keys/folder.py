"""The embedded key store: one encrypted file per key."""

import os
from pathlib import Path

from asn1crypto import keys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from signing.errors import KeyMissing, KeyPassphraseWrong, KeyUnavailable
from signing.gm.sm2 import SM2_CURVE, Sm2PrivateKey
from signing.keys import pkcs8
from signing.keys.port import KeyAlgorithm
from signing.keys.usage import sync_folder

PrivateKey = ec.EllipticCurvePrivateKey | Sm2PrivateKey


class EncryptedKeyFolder:
    """One encrypted PKCS#8 file per key (scrypt N=16384, AES-256-CBC); each is opened once per process."""

    def __init__(self, folder: Path, passphrase: bytes) -> None:
        if not passphrase:
            raise KeyPassphraseWrong("The passphrase is empty; write one into the passphrase file.")
        self._folder = folder
        self._passphrase = passphrase
        self._opened: dict[str, PrivateKey] = {}

    def __repr__(self) -> str:
        return f"EncryptedKeyFolder({str(self._folder)!r})"

    def algorithm(self, name: str) -> KeyAlgorithm:
        return KeyAlgorithm.SM2 if isinstance(self._key(name), Sm2PrivateKey) else KeyAlgorithm.P256

    def public_key_info(self, name: str) -> bytes:
        key = self._key(name)
        if isinstance(key, Sm2PrivateKey):
            return bytes(key.public.info.dump())
        return key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def public_key(self, name: str) -> ec.EllipticCurvePublicKey:
        return self.private_key(name).public_key()

    def sign(self, name: str, data: bytes) -> bytes:
        key = self._key(name)
        return key.sign(data) if isinstance(key, Sm2PrivateKey) else key.sign(data, ec.ECDSA(hashes.SHA256()))

    def has(self, name: str) -> bool:
        return self._path(name).exists()

    def current(self, purpose: str) -> str:
        if not self.has(purpose):
            raise KeyMissing(f"The key store holds no key named {purpose}.")
        return purpose

    def names(self) -> tuple[str, ...]:
        """The names of all keys."""
        return tuple(sorted(path.stem for path in self._folder.glob("*.key")))

    def generate(self, name: str, algorithm: KeyAlgorithm = KeyAlgorithm.P256) -> None:
        """Make a new key; an existing one is never overwritten. Raises KeyUnavailable."""
        path = self._path(name)
        key = _new_key(algorithm)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise KeyUnavailable(f"The key {name} exists already; keys are never overwritten.") from None
        with os.fdopen(handle, "wb") as file:
            file.write(pkcs8.encrypt(_pkcs8(key), self._passphrase))
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._folder)
        self._opened[name] = key

    def private_key(self, name: str) -> ec.EllipticCurvePrivateKey:
        """Open a P-256 key for issuing certificates; sealing needs only `sign`."""
        key = self._key(name)
        if isinstance(key, Sm2PrivateKey):
            raise KeyUnavailable(f"The key {name} is not an ECDSA P-256 key.")
        return key

    def sm2_private_key(self, name: str) -> Sm2PrivateKey:
        """Open an SM2 key for issuing certificates; sealing needs only `sign`."""
        key = self._key(name)
        if not isinstance(key, Sm2PrivateKey):
            raise KeyUnavailable(f"The key {name} is not an SM2 key.")
        return key

    def _key(self, name: str) -> PrivateKey:
        if name not in self._opened:
            self._opened[name] = self._load(name)
        return self._opened[name]

    def _path(self, name: str) -> Path:
        if not name or name != Path(name).name or name.startswith("."):
            raise KeyMissing(f"{name!r} cannot be the name of a key.")
        return self._folder / f"{name}.key"

    def _load(self, name: str) -> PrivateKey:
        try:
            content = self._path(name).read_bytes()
        except FileNotFoundError:
            raise KeyMissing(f"The key store holds no key named {name}.") from None
        try:
            return _read(pkcs8.decrypt(content, self._passphrase))
        except KeyPassphraseWrong:
            raise KeyPassphraseWrong(
                f"The passphrase does not open the key {name}, or its file is damaged."
            ) from None
        except (ValueError, TypeError, KeyUnavailable):
            raise KeyUnavailable(f"The key {name} is neither an ECDSA P-256 nor an SM2 key.") from None


def read_passphrase(path: Path) -> bytes:
    """Read a passphrase file, without the newline at its end. Raises KeyPassphraseWrong where it is empty."""
    try:
        passphrase = path.read_bytes().rstrip(b"\r\n")
    except OSError as error:
        raise KeyUnavailable(f"The passphrase file cannot be read: {error.strerror}.") from None
    if not passphrase:
        raise KeyPassphraseWrong("The passphrase file is empty.")
    return passphrase


def _new_key(algorithm: KeyAlgorithm) -> PrivateKey:
    match algorithm:
        case KeyAlgorithm.P256:
            return ec.generate_private_key(ec.SECP256R1())
        case KeyAlgorithm.SM2:
            return Sm2PrivateKey.generate()


def _pkcs8(key: PrivateKey) -> bytes:
    if isinstance(key, Sm2PrivateKey):
        return key.pkcs8
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _read(der: bytes) -> PrivateKey:
    parameters = keys.PrivateKeyInfo.load(der)["private_key_algorithm"]["parameters"]
    if parameters.name == "named" and parameters.chosen.dotted == SM2_CURVE:
        return Sm2PrivateKey.from_pkcs8(der)
    key = serialization.load_der_private_key(der, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyUnavailable
    return key
