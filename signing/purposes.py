"""What a certificate was made for, as far as seals and records care."""

from enum import StrEnum
from typing import TypeVar

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from signing.certificates import DOCUMENT_SIGNING, RECORD_SIGNING
from signing.errors import CertificateUnfit

Extension = TypeVar("Extension", bound=x509.ExtensionType)

SEAL_PURPOSES = frozenset({DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION})
"""Extended key usages with which a verifier takes a signature for a seal; none at all counts as well."""


class Purpose(StrEnum):
    """What a key is used for."""

    SEAL = "seal"
    EVIDENCE = "evidence"


def require_fit(certificate: x509.Certificate, purpose: Purpose) -> None:
    """Return where a certificate may be used for a purpose. Raises CertificateUnfit, with what it lacks."""
    basic = _extension(certificate, x509.BasicConstraints)
    if basic is not None and basic.ca:
        raise CertificateUnfit("This is the certificate of an authority, not one to sign documents with.")
    usage = _extension(certificate, x509.KeyUsage)
    if usage is None or not (usage.digital_signature and usage.content_commitment):
        raise CertificateUnfit(
            "The certificate's key usage must be digitalSignature and nonRepudiation; ask the authority for "
            "a signing certificate (签名证书), not one for encryption or login."
        )
    if purpose is Purpose.SEAL and not can_seal(certificate):
        raise CertificateUnfit(
            "The certificate's extended key usage allows no seal: it must be absent, documentSigning "
            "(1.3.6.1.5.5.7.3.36) or emailProtection, and not that of records."
        )


def can_seal(certificate: x509.Certificate) -> bool:
    """Whether a verifier takes what the certificate's key signs for a seal."""
    purposes = _extension(certificate, x509.ExtendedKeyUsage)
    if purposes is None:
        return True
    return RECORD_SIGNING not in purposes and not SEAL_PURPOSES.isdisjoint(purposes)


def organization_of(certificate: x509.Certificate) -> str:
    """The organization that a certificate names, or nothing."""
    return _attribute(certificate, NameOID.ORGANIZATION_NAME)


def identifier_of(certificate: x509.Certificate) -> str:
    """The organization's number in the certificate (as a unified social credit code), or nothing."""
    return _attribute(certificate, NameOID.ORGANIZATION_IDENTIFIER)


def _attribute(certificate: x509.Certificate, kind: x509.ObjectIdentifier) -> str:
    found = certificate.subject.get_attributes_for_oid(kind)
    return str(found[0].value) if len(found) == 1 else ""


def _extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
