"""A time-stamp authority in this process, for development and demonstration (RFC 3161)."""

from collections.abc import Callable, Sequence
from datetime import datetime

from asn1crypto import tsp, x509

from signing import der
from signing.containers import TIME_STAMP_INFO, ContainerWriter
from signing.keys import KeyStore
from signing.timestamps.port import Refusal

DEMONSTRATION_POLICY = "2.999.1"
"""Time-stamp policy of the local authority, under the arc that X.660 keeps for examples."""


class LocalTimeStampAuthority:
    """An RFC 3161 authority in this process, ECDSA P-256 with SHA-256, for development and demonstration."""

    def __init__(
        self,
        *,
        certificate: bytes,
        chain: Sequence[bytes],
        keys: KeyStore,
        key_name: str,
        clock: Callable[[], datetime],
        serials: Callable[[], int],
    ) -> None:
        name = x509.Certificate.load(certificate).subject.dump()
        self._name = der.explicit(0, der.explicit(4, name))
        self._writer = ContainerWriter(certificate, chain, content_type=TIME_STAMP_INFO)
        self._keys = keys
        self._key_name = key_name
        self._clock = clock
        self._serials = serials

    def respond(self, request: bytes) -> bytes:
        try:
            parsed = tsp.TimeStampReq.load(request, strict=True)
            imprint = parsed["message_imprint"]
            algorithm = imprint["hash_algorithm"]["algorithm"].native
            length = len(imprint["hashed_message"].native)
            nonce = parsed["nonce"].native
        except (ValueError, TypeError, KeyError):
            return self._refuse("bad_data_format")
        if algorithm not in _DIGEST_LENGTHS or _DIGEST_LENGTHS[algorithm] != length:
            return self._refuse("bad_alg")
        if nonce is not None and nonce < 0:
            return self._refuse("bad_data_format")
        content = self._content(imprint.dump(), b"" if nonce is None else der.integer(nonce))
        token = self._writer.enclosing(content, lambda data: self._keys.sign(self._key_name, data))
        return der.sequence(der.sequence(der.integer(0)), token)

    def _refuse(self, reason: str) -> bytes:
        return bytes(Refusal({"status": {"status": "rejection", "fail_info": {reason}}}).dump())

    def _content(self, imprint: bytes, nonce: bytes) -> bytes:
        """TSTInfo (RFC 3161, section 2.4.2)."""
        return der.sequence(
            der.integer(1),
            der.oid(DEMONSTRATION_POLICY),
            imprint,
            der.integer(self._serials()),
            der.generalized_time(self._clock()),
            der.sequence(der.integer(1)),  # accurate to a second
            nonce,
            self._name,
        )


_DIGEST_LENGTHS = {"sha256": 32, "sha384": 48, "sha512": 64}
