"""Time-stamp tokens that stand alone, outside of a PDF: ask for one, and verify one (RFC 3161, RFC 5816)."""

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asn1crypto import cms, crl, x509
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from signing import der
from signing.containers import SHA256
from signing.errors import TimeStampRefused, TimeStampUnavailable
from signing.spelling import are_algorithms_plain, is_der, is_signed_plainly
from signing.timestamps import TimeStampAuthority, read_answer
from signing.trust import hush_pyhanko

LARGEST_TOKEN: Final = 64 << 10
_WITH_CERTIFICATES: Final = b"\x01\x01\xff"
"""certReq, a BOOLEAN (RFC 3161, section 2.4.1)."""


@dataclass(frozen=True, slots=True)
class StampTrust:
    """What a token is judged by, all DER."""

    roots: Sequence[bytes]
    intermediates: Sequence[bytes] = ()
    crls: Sequence[bytes] = ()


def request_token(authority: TimeStampAuthority, data: bytes) -> bytes:
    """Ask for a token over bytes, by their SHA-256, and give it (DER). Raises TimeStampUnavailable."""
    return stamp_digest(authority, hashlib.sha256(data).digest())


def stamp_digest(authority: TimeStampAuthority, digest: bytes) -> bytes:
    """Ask for a token over a SHA-256 digest, and give it (DER). Raises TimeStampUnavailable."""
    nonce = secrets.randbits(63)
    imprint = der.sequence(SHA256, der.octets(digest))
    request = der.sequence(der.integer(1), imprint, der.integer(nonce), _WITH_CERTIFICATES)
    answer = read_answer(authority.respond(request))
    token = answer["time_stamp_token"]
    content = token["content"]["encap_content_info"]["content"].parsed
    stamped = content["message_imprint"]
    if (
        content["nonce"].native != nonce
        or stamped["hash_algorithm"]["algorithm"].native != "sha256"
        or stamped["hashed_message"].native != digest
    ):
        raise TimeStampUnavailable("The time-stamp authority stamped something else.")
    return bytes(token.dump())


def verify_token(token: bytes, data: bytes, *, trust: StampTrust, at: datetime) -> datetime:
    """Give the time that a token proves for bytes, judged as of a moment.

    Raises TimeStampRefused unless it is a token over these bytes by a trusted, unrevoked authority whose
    certificate is for time stamps, and unless nothing in it could be written in another way.
    """
    hush_pyhanko()
    try:
        signed = _open(token)
        context = ValidationContext(
            trust_roots=[x509.Certificate.load(root) for root in trust.roots],
            other_certs=[x509.Certificate.load(other) for other in trust.intermediates],
            crls=[crl.CertificateList.load(listed) for listed in trust.crls],
            moment=at,
            allow_fetching=False,
            revocation_mode="require",
        )
        told = asyncio.run(
            validate_tst_signed_data(signed, context, lambda name: hashlib.new(_name(name), data).digest())
        )
        status = TimestampSignatureStatus(**told)
    except (ValueError, TypeError, KeyError, AttributeError, SignatureValidationError, SigningError):
        raise TimeStampRefused from None
    if not (status.intact and status.valid and status.trusted) or status.timestamp > at:
        raise TimeStampRefused
    return status.timestamp


def _open(token: bytes) -> cms.SignedData:
    """Read a token that has one spelling: DER, one signer, nothing outside of what is signed."""
    if len(token) > LARGEST_TOKEN or not is_der(token):
        raise TimeStampRefused
    container = cms.ContentInfo.load(token, strict=True)
    if container["content_type"].native != "signed_data":
        raise TimeStampRefused
    signed = container["content"]
    (signer,) = signed["signer_infos"]
    if signed["version"].native != "v3" or signer["version"].native != "v1" or len(signer["unsigned_attrs"]):
        raise TimeStampRefused
    enclosed = [item.chosen for field_name in ("certificates", "crls") for item in signed[field_name]]
    if not are_algorithms_plain(signed) or not all(is_signed_plainly(item) for item in enclosed):
        raise TimeStampRefused
    return signed


def _name(algorithm: str) -> str:
    if algorithm not in ("sha256", "sha384", "sha512"):
        raise TimeStampRefused
    return algorithm
