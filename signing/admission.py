"""Whether a certificate may sign today: asked before every seal and record, and at an import.

1. the certificates form a path to their root, each made by the next
2. none has run out, none begins later
3. the first was made for this use
4. current lists of each authority revoke none of them

Who signed what does not change and is worked out once; times and revocations are asked anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from signing.certificates import is_demonstration
from signing.errors import (
    CertificateExpired,
    CertificateNotYetValid,
    CertificateRevoked,
    CertificateUnfit,
    DemonstrationRefused,
    RevocationUnknown,
)
from signing.purposes import Purpose, require_fit


@dataclass(frozen=True, slots=True)
class CertificatePath:
    """A certificate, the authorities between, and the root, all DER; the key's certificate first."""

    certificate: bytes
    chain: tuple[bytes, ...]
    root: bytes

    def loaded(self) -> tuple[x509.Certificate, ...]:
        """All of them, the key's first and the root last. Raises CertificateUnfit."""
        try:
            return tuple(map(_certificate, (self.certificate, *self.chain, self.root)))
        except ValueError:
            raise CertificateUnfit("A certificate cannot be read.") from None


def admit(path: CertificatePath, purpose: Purpose, *, at: datetime, crls: Sequence[bytes]) -> None:
    """Return where a certificate may sign at a moment.

    Raises CertificateUnfit, CertificateExpired, CertificateNotYetValid, CertificateRevoked, or
    RevocationUnknown where an authority of the path has no list that is current.
    """
    check_path(path, purpose, at=at)
    for certificate, authority in pairwise(path.loaded()):
        check_revocation(certificate, authority, crls, at=at)


def check_path(path: CertificatePath, purpose: Purpose, *, at: datetime) -> None:
    """Take steps 1 to 3. Raises CertificateUnfit, CertificateExpired, CertificateNotYetValid."""
    certificates = path.loaded()
    for certificate, authority in pairwise((*certificates, certificates[-1])):
        if not _issued(certificate, authority):
            raise CertificateUnfit(
                f"{_name(certificate)} was not made by {_name(authority)}; the chain does not hold together."
            )
    for certificate in certificates:
        if certificate.not_valid_after_utc < at:
            day = certificate.not_valid_after_utc.date()
            raise CertificateExpired(
                f"The certificate of {_name(certificate)} ran out on {day}. Ask for a new one and import it."
            )
        if certificate.not_valid_before_utc > at:
            day = certificate.not_valid_before_utc.date()
            raise CertificateNotYetValid(
                f"The certificate of {_name(certificate)} holds from {day} on, not yet."
            )
    for place, authority in enumerate(certificates[1:]):
        _require_authority(authority, below=place)
    require_fit(certificates[0], purpose)


def check_revocation(
    certificate: x509.Certificate,
    authority: x509.Certificate,
    crls: Sequence[bytes],
    *,
    at: datetime,
) -> None:
    """Take step 4 for one certificate by lists (DER). Raises CertificateRevoked, RevocationUnknown."""
    current = [_list(item) for item in crls if _is_current(item, authority, at)]
    if not current:
        raise RevocationUnknown(
            f"There is no current revocation list of {_name(authority)}; import one by "
            "`novisit certificates crl FILE`, or name its address in NOVISIT_CRL_URLS."
        )
    for item in current:
        entry = item.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if entry is not None and entry.revocation_date_utc <= at:
            since = entry.revocation_date_utc.date()
            raise CertificateRevoked(f"The certificate of {_name(certificate)} is revoked since {since}.")


def refuse_demonstration(path: CertificatePath, whose: str) -> None:
    """Refuse what a demonstration authority made; production calls this. Raises DemonstrationRefused."""
    if any(is_demonstration(certificate) for certificate in path.loaded()):
        raise DemonstrationRefused(
            f"{whose} comes from a demonstration authority. "
            "Production needs a certificate of a licensed authority and an officially made seal."
        )


@lru_cache(maxsize=64)
def _certificate(der: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(der)


@lru_cache(maxsize=8)
def _list(der: bytes) -> x509.CertificateRevocationList:
    return x509.load_der_x509_crl(der)


@lru_cache(maxsize=64)
def _issued(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _require_authority(certificate: x509.Certificate, *, below: int) -> None:
    """An authority may sign certificates, with as many authorities between as stand below it here."""
    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        raise CertificateUnfit(f"{_name(certificate)} is no certificate authority.") from None
    too_deep = basic.path_length is not None and below > basic.path_length
    if not basic.ca or not usage.key_cert_sign or too_deep:
        raise CertificateUnfit(f"{_name(certificate)} may not issue this certificate.")


def _is_current(crl: bytes, authority: x509.Certificate, at: datetime) -> bool:
    item = _list(crl)
    until = item.next_update_utc
    return until is not None and item.last_update_utc <= at < until and _is_by(crl, authority)


@lru_cache(maxsize=16)
def _is_by(crl: bytes, authority: x509.Certificate) -> bool:
    """Whether a list is this authority's own."""
    item = _list(crl)
    if item.issuer != authority.subject:
        return False
    try:
        return item.is_signature_valid(authority.public_key())  # type: ignore[arg-type]  # checked inside
    except (TypeError, UnsupportedAlgorithm):
        return False


def _name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()
