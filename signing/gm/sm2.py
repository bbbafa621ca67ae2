"""SM2 signatures with SM3 (GB/T 32918.2 and .5, GM/T 0009): keys, signing, verifying, and their encodings.

The arithmetic is GmSSL's. A signature covers the signer's distinguishing identifier, which is the default one
of GM/T 0009 here and in every certificate.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from types import ModuleType
from typing import Final, Self

from asn1crypto import core, keys
from cryptography.hazmat.primitives import hashes

from signing.errors import KeyUnavailable

SM3: Final = "1.2.156.10197.1.401"
SM2_WITH_SM3: Final = "1.2.156.10197.1.501"
SM2_CURVE: Final = "1.2.156.10197.1.301"
SIGNER_ID: Final = b"1234567812345678"
KEY_BYTES: Final = 32
POINT_BYTES: Final = 64

# asn1crypto must know a curve's width before it can write a private key on it.
keys.NamedCurve.register("sm2p256v1", SM2_CURVE, KEY_BYTES)

_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_CURVE_PARAMETERS = bytes.fromhex(
    "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC"
    "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
)
"""a, b and the base point of the recommended curve (GB/T 32918.5)."""


def sm3(data: bytes) -> bytes:
    """SM3 of bytes, 32 bytes (GB/T 32905)."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


class Signature(core.Sequence):  # type: ignore[misc]  # asn1crypto carries no types
    """SM2Signature of GM/T 0009, 7.4."""

    _fields = [("r", core.Integer), ("s", core.Integer)]  # noqa: RUF012 - the form asn1crypto asks for


@dataclass(frozen=True, slots=True)
class Sm2PublicKey:
    """A point of the curve, x and y, 64 bytes. Raises KeyUnavailable for anything else."""

    point: bytes

    def __post_init__(self) -> None:
        try:
            _gmssl().normalize_sm2_public_key(self.point)
        except _gmssl().InvalidValueError:
            raise KeyUnavailable("This is no SM2 public key: the point is not on the curve.") from None
        if len(self.point) != POINT_BYTES:
            raise KeyUnavailable("An SM2 public key is given as 64 bytes, without a prefix.")

    @classmethod
    def from_info(cls, info: keys.PublicKeyInfo) -> Self:
        """Read a SubjectPublicKeyInfo. Raises KeyUnavailable unless it is an SM2 key."""
        algorithm = info["algorithm"]
        try:
            is_sm2 = (
                algorithm["algorithm"].native == "ec"
                and algorithm["parameters"].name == "named"
                and algorithm["parameters"].chosen.dotted == SM2_CURVE
            )
            encoded = bytes(info["public_key"])
        except (ValueError, TypeError, AttributeError):
            is_sm2, encoded = False, b""
        if not is_sm2 or encoded[:1] != b"\x04":
            raise KeyUnavailable("The certificate holds no SM2 key.")
        return cls(encoded[1:])

    @property
    def info(self) -> keys.PublicKeyInfo:
        """The key as SubjectPublicKeyInfo, as certificates hold it."""
        return keys.PublicKeyInfo(
            {
                "algorithm": {"algorithm": "ec", "parameters": _curve()},
                "public_key": keys.ECPointBitString(b"\x04" + self.point),
            }
        )

    def digest(self, data: bytes) -> bytes:
        """What a signature of this key is over: SM3 of the signer's Z and the data (GB/T 32918.2, 6.1)."""
        return sm3(_signer_digest(self.point) + data)

    def verifies(self, data: bytes, signature: bytes) -> bool:
        """Whether a signature (DER) over these bytes is this key's. False, too, for what is no signature."""
        return is_strict(signature) and bool(
            _gmssl().sm2_verify(self.point, data, signature, signer_id=SIGNER_ID)
        )


@dataclass(frozen=True, slots=True)
class Sm2PrivateKey:
    """A private key, 32 bytes, with its public half."""

    secret: bytes = field(repr=False)
    public: Sm2PublicKey

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES or not 0 < int.from_bytes(self.secret) < _ORDER - 1:
            raise KeyUnavailable("This is no SM2 private key.")

    @classmethod
    def generate(cls) -> Self:
        """Draw a new key."""
        point, secret = _gmssl().sm2_key_generate()
        return cls(secret, Sm2PublicKey(point))

    @classmethod
    def from_pkcs8(cls, der: bytes) -> Self:
        """Read an unencrypted PKCS#8 key (DER). Raises KeyUnavailable unless both halves of it are SM2's."""
        try:
            whole = keys.PrivateKeyInfo.load(der, strict=True)
            inner = whole["private_key"].parsed
            curve = whole["private_key_algorithm"]["parameters"].chosen.dotted
            secret = inner["private_key"].contents
            point = bytes(inner["public_key"])[1:]
        except (ValueError, TypeError, KeyError, AttributeError):
            raise KeyUnavailable("This is no PKCS#8 key.") from None
        if curve != SM2_CURVE:
            raise KeyUnavailable("This is no SM2 key.")
        key = cls(secret.rjust(KEY_BYTES, b"\0"), Sm2PublicKey(point))
        if not key.public.verifies(b"halves", key.sign(b"halves")):
            raise KeyUnavailable("The halves of this SM2 key do not belong together.")
        return key

    @property
    def pkcs8(self) -> bytes:
        """The key as unencrypted PKCS#8 (DER); encrypt it before it touches a disk."""
        inner = keys.ECPrivateKey(
            {
                "version": "ecPrivkeyVer1",
                "private_key": int.from_bytes(self.secret),
                "parameters": _curve(),
                "public_key": keys.ECPointBitString(b"\x04" + self.public.point),
            }
        )
        whole = keys.PrivateKeyInfo(
            {
                "version": 0,
                "private_key_algorithm": {"algorithm": "ec", "parameters": _curve()},
                "private_key": inner,
            }
        )
        return bytes(whole.dump())

    def sign(self, data: bytes) -> bytes:
        """Sign bytes: SM2 over SM3 of the identifier, the public key and the data, as DER."""
        # GmSSL's sm2_sign prepares 32 signatures to make one, at ten times the cost of this.
        return bytes(_gmssl().sm2_sign_sm3_digest(self.secret, self.public.digest(data)))


def is_strict(signature: bytes) -> bool:
    """Whether bytes are one DER signature with both numbers in range, so that it has one spelling only."""
    try:
        parsed = Signature.load(signature, strict=True)
        r, s = parsed["r"].native, parsed["s"].native
    except (ValueError, TypeError):
        return False
    return bool(0 < r < _ORDER and 0 < s < _ORDER and Signature({"r": r, "s": s}).dump() == signature)


def _gmssl() -> ModuleType:
    """The library behind SM2. Raises KeyUnavailable on machines it is not built for."""
    try:
        import gmssl_pyx  # here, since all but SM2 works without it
    except ImportError:
        raise KeyUnavailable("SM2 needs gmssl-pyx, which has no build for this kind of machine.") from None
    library: ModuleType = gmssl_pyx
    return library


@lru_cache(maxsize=256)
def _signer_digest(point: bytes) -> bytes:
    """Z of GB/T 32918.2, 5.5: SM3 of the identifier, the curve and the public key."""
    return sm3((8 * len(SIGNER_ID)).to_bytes(2) + SIGNER_ID + _CURVE_PARAMETERS + point)


def _curve() -> keys.ECDomainParameters:
    return keys.ECDomainParameters("named", keys.NamedCurve(SM2_CURVE))
