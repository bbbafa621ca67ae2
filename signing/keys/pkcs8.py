"""Private keys at rest: PKCS#8 under PBES2 with scrypt and AES-256-CBC (RFC 5958, RFC 8018, RFC 7914)."""

import secrets
from typing import Final

from asn1crypto import core, keys, pem
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from signing.errors import KeyPassphraseWrong

SCRYPT_N: Final = 16384
SCRYPT_R: Final = 8
SCRYPT_P: Final = 1
LARGEST_COST: Final = 1 << 17
"""A file that asks for more work than this is not one of ours, and may only want to exhaust the machine."""

PEM_NAME: Final = "ENCRYPTED PRIVATE KEY"
_SCRYPT = "1.3.6.1.4.1.11591.4.11"
_PBES2 = "1.2.840.113549.1.5.13"
_AES256_CBC = "2.16.840.1.101.3.4.1.42"


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


def encrypt(der: bytes, passphrase: bytes) -> bytes:
    """Write an unencrypted PKCS#8 key (DER) as encrypted PEM, which OpenSSL reads.

    `cryptography` reads this form but writes PBKDF2 with 2,048 rounds only, too few for a passphrase.
    """
    salt, vector = secrets.token_bytes(16), secrets.token_bytes(16)
    secret = Scrypt(salt=salt, length=32, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P).derive(passphrase)
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES256(secret), modes.CBC(vector)).encryptor()
    data = encryptor.update(padder.update(der) + padder.finalize()) + encryptor.finalize()
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
    return bytes(pem.armor(PEM_NAME, whole.dump()))


def decrypt(content: bytes, passphrase: bytes) -> bytes:
    """Read what `encrypt` wrote and give the unencrypted PKCS#8 key (DER).

    Raises KeyPassphraseWrong for another passphrase, another form, or a damaged file.
    """
    try:
        der = _decrypted(content, passphrase)
        keys.PrivateKeyInfo.load(der, strict=True).native  # noqa: B018 - parses every part
    except (ValueError, TypeError, KeyError, UnsupportedAlgorithm, MemoryError):
        raise KeyPassphraseWrong from None
    return der


def _decrypted(content: bytes, passphrase: bytes) -> bytes:
    kind, _, der = pem.unarmor(content)
    if kind != PEM_NAME:
        raise ValueError(kind)
    whole = _EncryptedPrivateKey.load(der, strict=True)
    if whole["algorithm"]["algorithm"].native != _PBES2:
        raise ValueError("not PBES2")
    parameters = whole["algorithm"]["parameters"].parse(_Pbes2Parameters)
    kdf, cipher = parameters["kdf"], parameters["cipher"]
    if kdf["algorithm"].native != _SCRYPT or cipher["algorithm"].native != _AES256_CBC:
        raise ValueError("not scrypt with AES-256-CBC")
    scrypt = kdf["parameters"].parse(_ScryptParameters)
    cost, block, parallel = (scrypt[name].native for name in ("cost", "block_size", "parallelization"))
    if not 0 < cost * block * parallel <= LARGEST_COST * SCRYPT_R:
        raise ValueError("too much work")
    secret = Scrypt(salt=scrypt["salt"].native, length=32, n=cost, r=block, p=parallel).derive(passphrase)
    vector = cipher["parameters"].parse(core.OctetString).native
    decryptor = Cipher(algorithms.AES256(secret), modes.CBC(vector)).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    plain = decryptor.update(whole["data"].native) + decryptor.finalize()
    return bytes(unpadder.update(plain) + unpadder.finalize())
