"""Keys on a token or a hardware security module, by PKCS#11: made there, used there, never brought out."""

import hashlib
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pkcs11
from asn1crypto import keys
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pkcs11.constants import Attribute, ObjectClass
from pkcs11.exceptions import PKCS11Error
from pkcs11.mechanisms import KeyType, Mechanism
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

from signing.errors import KeyMissing, KeyPassphraseWrong, KeyUnavailable
from signing.keys.port import KeyAlgorithm

HALF: Final = 32
"""Bytes of r, and of s, in the raw signature that a token gives."""

_NEVER_LEAVES: Final = {
    Attribute.TOKEN: True,
    Attribute.PRIVATE: True,
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
}


class TokenKeyStore:
    """P-256 keys on one token, by their labels. Close it, or use it by `with`.

    One session is kept, used by one thread at a time, and opened again once when the token dropped it.
    """

    def __init__(self, library: Path, token_label: str, pin: bytes) -> None:
        """Name the module, the token and its user PIN; nothing is opened before the first use."""
        self._library = library
        self._token_label = token_label
        self._pin = pin
        self._session: pkcs11.Session | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"TokenKeyStore({str(self._library)!r}, {self._token_label!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def algorithm(self, name: str) -> KeyAlgorithm:
        self.public_key(name)
        return KeyAlgorithm.P256

    def public_key_info(self, name: str) -> bytes:
        return self.public_key(name).public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def public_key(self, name: str) -> ec.EllipticCurvePublicKey:
        def read(session: pkcs11.Session) -> bytes:
            found = session.get_key(object_class=ObjectClass.PUBLIC_KEY, key_type=KeyType.EC, label=name)
            if not isinstance(found, pkcs11.PublicKey):
                raise KeyUnavailable(f"The token holds no public key named {name}.")
            return bytes(encode_ec_public_key(found))

        key = serialization.load_der_public_key(self._with_session(name, read))
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise KeyUnavailable(f"The key {name} on the token is not an ECDSA P-256 key.")
        return key

    def sign(self, name: str, data: bytes) -> bytes:
        digest = hashlib.sha256(data).digest()

        def use(session: pkcs11.Session) -> bytes:
            key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, key_type=KeyType.EC, label=name)
            if not isinstance(key, pkcs11.PrivateKey) or not isinstance(key, pkcs11.SignMixin):
                raise KeyUnavailable(f"The key {name} on the token does not sign.")
            return bytes(key.sign(digest, mechanism=Mechanism.ECDSA))

        raw = self._with_session(name, use)
        if len(raw) != 2 * HALF:
            raise KeyUnavailable(f"The token gave no ECDSA P-256 signature for the key {name}.")
        return encode_dss_signature(int.from_bytes(raw[:HALF]), int.from_bytes(raw[HALF:]))

    def has(self, name: str) -> bool:
        try:
            self.public_key(name)
        except KeyMissing:
            return False
        return True

    def current(self, purpose: str) -> str:
        if not self.has(purpose):
            raise KeyMissing(f"The key store holds no key named {purpose}.")
        return purpose

    def generate(self, name: str, algorithm: KeyAlgorithm = KeyAlgorithm.P256) -> None:
        """Make a key on the token, from which it cannot be read; an existing one is never overwritten.

        Raises KeyUnavailable for SM2: PKCS#11 has no SM2 before version 3.2, and SoftHSM has none at all.
        """
        if algorithm is not KeyAlgorithm.P256:
            raise KeyUnavailable(
                "This token makes ECDSA P-256 keys only; make SM2 keys in the key folder, or use a token of "
                "a licensed maker with its own module."
            )
        if self.has(name):
            raise KeyUnavailable(f"The key {name} exists already; keys are never overwritten.")

        def make(session: pkcs11.Session) -> bytes:
            parameters = session.create_domain_parameters(
                KeyType.EC,
                {Attribute.EC_PARAMS: encode_named_curve_parameters(keys.NamedCurve("secp256r1").dotted)},
                local=True,
            )
            parameters.generate_keypair(
                label=name,
                store=True,
                private_template=_NEVER_LEAVES,
                public_template={Attribute.TOKEN: True},
            )
            return b""

        self._with_session(name, make)

    def close(self) -> None:
        """Log out. The next use logs in again."""
        with self._lock:
            self._drop()

    def _with_session(self, name: str, work: Callable[[pkcs11.Session], bytes]) -> bytes:
        with self._lock:
            for last in (self._session is None, True):
                try:
                    return work(self._opened())
                except pkcs11.NoSuchKey:
                    raise KeyMissing(f"The token holds no key named {name}.") from None
                except (pkcs11.PinIncorrect, pkcs11.PinLocked, pkcs11.PinExpired) as error:
                    self._drop()
                    raise KeyPassphraseWrong(f"The token refuses the PIN ({type(error).__name__}).") from None
                except PKCS11Error as error:
                    self._drop()
                    if last:
                        raise KeyUnavailable(
                            f"The token {self._token_label} cannot be used ({type(error).__name__}). "
                            "Is it plugged in, and is the path of the module right?"
                        ) from error
        raise KeyUnavailable

    def _opened(self) -> pkcs11.Session:
        if self._session is None:
            if not self._library.is_file():
                raise KeyUnavailable(f"There is no PKCS#11 module at {self._library}.")
            token = pkcs11.lib(str(self._library)).get_token(token_label=self._token_label)
            self._session = token.open(rw=True, user_pin=self._pin.decode())
        return self._session

    def _drop(self) -> None:
        if self._session is not None:
            with suppress(PKCS11Error):
                self._session.close()
            self._session = None
