"""Answer whether a certificate of the demonstration is revoked (OCSP: RFC 6960, nonces by RFC 9654).

A delegated responder of each authority signs: its certificate carries OCSPSigning and the no-check mark.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from signing.certificates import OCSP_RESPONDER
from signing.demonstration.authority import AUTHORITIES, CertificateAuthority
from signing.keys import EncryptedKeyFolder

LIFETIME: Final = timedelta(hours=1)
"""How long an answer counts, and may be kept where it carries no nonce."""
LARGEST_REQUEST: Final = 4096
LONGEST_NONCE: Final = 128
"""Bytes of a nonce, at least one (RFC 9654, 2.1)."""


@dataclass(frozen=True, slots=True)
class OcspAnswer:
    """An answer (DER), and until when anyone may keep it; None where it is for its asker alone."""

    content: bytes
    keep_until: datetime | None = None


class OcspResponder:
    """Answers for both authorities of a folder."""

    def __init__(
        self,
        authority: CertificateAuthority,
        *,
        keys: EncryptedKeyFolder,
        certificate_of: Callable[[str], bytes],
        clock: Callable[[], datetime],
    ) -> None:
        """`certificate_of` gives the responder's own certificate (DER) under an authority."""
        self._authority = authority
        self._keys = keys
        self._certificate_of = certificate_of
        self._clock = clock

    def respond(self, request: bytes) -> OcspAnswer:
        """Answer a DER OCSPRequest by a DER OCSPResponse; never raises for what the request holds."""
        try:
            asked = _read(request)
        except (ValueError, TypeError, NotImplementedError, UnsupportedAlgorithm, x509.DuplicateExtension):
            return _unsuccessful(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        authority = next((name for name in AUTHORITIES if self._is_issuer(name, asked.request)), None)
        if authority is None:
            return _unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        return self._answer(authority, asked)

    def _is_issuer(self, authority: str, asked: ocsp.OCSPRequest) -> bool:
        certificate = self._authority.certificate(authority)
        name = certificate.subject.public_bytes()
        key = certificate.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return asked.issuer_name_hash == _hash(asked.hash_algorithm, name) and asked.issuer_key_hash == _hash(
            asked.hash_algorithm, key
        )

    def _answer(self, authority: str, asked: "_Asked") -> OcspAnswer:
        now = self._clock().replace(microsecond=0)
        request, since = asked.request, None
        status = ocsp.OCSPCertStatus.UNKNOWN
        if self._authority.has_issued(authority, request.serial_number):
            status = ocsp.OCSPCertStatus.GOOD
        revoked = self._authority.revoked() if authority == "issuing" else {}
        if request.serial_number in revoked and revoked[request.serial_number] <= now:
            status, since = ocsp.OCSPCertStatus.REVOKED, revoked[request.serial_number]
        until = now + LIFETIME
        responder = x509.load_der_x509_certificate(self._certificate_of(authority))
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                request.issuer_name_hash,
                request.issuer_key_hash,
                request.serial_number,
                request.hash_algorithm,
                status,
                now,
                until,
                since,
                None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, responder)
            .certificates([responder])
        )
        if asked.nonce is not None:
            builder = builder.add_extension(x509.OCSPNonce(asked.nonce), critical=False)
        answer = builder.sign(self._keys.private_key(responder_key(authority)), hashes.SHA256())
        content = answer.public_bytes(serialization.Encoding.DER)
        return OcspAnswer(content, keep_until=until if asked.nonce is None else None)


@dataclass(frozen=True, slots=True)
class _Asked:
    request: ocsp.OCSPRequest
    nonce: bytes | None


def responder_key(authority: str) -> str:
    """The name of the key, and of the certificate, that answers for an authority."""
    return f"ocsp-{authority}"


def certify_responder(authority: CertificateAuthority, name: str, *, now: datetime) -> bytes:
    """The responder's certificate (DER) under an authority, renewed as it runs out."""
    common_name = f"novisit DEMONSTRATION OCSP {name}"
    return authority.certify(responder_key(name), OCSP_RESPONDER, common_name, now=now, authority=name)


def _read(request: bytes) -> _Asked:
    """Read a request for one certificate. Raises ValueError, and what the parser raises."""
    if len(request) > LARGEST_REQUEST:
        raise ValueError("too large")
    asked = ocsp.load_der_ocsp_request(request)
    nonce: bytes | None = None
    for extension in asked.extensions:
        if isinstance(extension.value, x509.OCSPNonce):
            nonce = extension.value.nonce
            if not 1 <= len(nonce) <= LONGEST_NONCE:
                raise ValueError("a nonce has 1 to 128 bytes")
        elif extension.critical:
            raise ValueError("an extension is critical that nobody here knows")
    if asked.serial_number < 0 or not isinstance(asked.hash_algorithm, _KNOWN):
        raise ValueError("a digest that nobody here computes")
    return _Asked(asked, nonce)


_KNOWN = (hashes.SHA1, hashes.SHA256, hashes.SHA384, hashes.SHA512)
"""Digests by which a request may name an issuer; SHA-1 protects nothing here, and most clients use it."""


def _hash(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()


def _unsuccessful(status: ocsp.OCSPResponseStatus) -> OcspAnswer:
    answer = ocsp.OCSPResponseBuilder.build_unsuccessful(status)
    return OcspAnswer(answer.public_bytes(serialization.Encoding.DER))
