"""What OFD seals are verified by, as one file that travels: certificates and revocation lists in PEM.

Roots are the certificates that issued themselves; only those are trusted because they stand in the file.
"""

from collections.abc import Iterable

from asn1crypto import crl, pem, x509

from signing.errors import AnchorsUnreadable
from signing.gm.paths import Trust
from signing.gm.sm2 import SM2_CURVE, SM2_WITH_SM3
from signing.ofd.verification import OfdTrust
from signing.stamp_tokens import StampTrust

CERTIFICATE = "CERTIFICATE"
LIST = "X509 CRL"


def read_trust(*contents: bytes) -> OfdTrust:
    """Read files of PEM blocks or of one in DER; those on SM2 are for seals, all others for time stamps.

    Raises AnchorsUnreadable where a block is no certificate and no list, or where either kind of root lacks.
    """
    blocks = [block for content in contents for block in _blocks(content)]
    certificates = [_certificate(der) for kind, der in blocks if kind == CERTIFICATE]
    lists = [der for kind, der in blocks if kind == LIST]
    of_sm2 = [certificate for certificate in certificates if _is_sm2(certificate)]
    others = [certificate for certificate in certificates if not _is_sm2(certificate)]
    lists_of_sm2 = [der for der in lists if _is_listed_by_sm2(der)]
    seals = Trust(_roots(of_sm2), _below(of_sm2), lists_of_sm2)
    stamps = StampTrust(_roots(others), _below(others), [der for der in lists if der not in lists_of_sm2])
    if not seals.roots or not stamps.roots:
        raise AnchorsUnreadable(
            "To verify OFD seals the file holds an SM2 root for the seals, a root for the time stamps, the "
            "certificates between, and their revocation lists, all in PEM; "
            "a service gives it out as /v1/pki/ofd-trust.pem."
        )
    return OfdTrust(seals, stamps)


def write_trust(trust: OfdTrust) -> bytes:
    """Write such a file."""
    certificates = (
        *trust.seals.roots,
        *trust.seals.intermediates,
        *trust.stamps.roots,
        *trust.stamps.intermediates,
    )
    lists = (*trust.seals.crls, *trust.stamps.crls)
    armored = [pem.armor(CERTIFICATE, der) for der in certificates] + [pem.armor(LIST, der) for der in lists]
    return b"".join(armored)


def _blocks(content: bytes) -> Iterable[tuple[str, bytes]]:
    try:
        if not pem.detect(content):
            return [(LIST if _is_list(content) else CERTIFICATE, content)]
        return [(kind, der) for kind, _, der in pem.unarmor(content, multiple=True)]
    except (ValueError, TypeError):
        raise AnchorsUnreadable from None


def _is_list(der: bytes) -> bool:
    try:
        crl.CertificateList.load(der, strict=True).native  # noqa: B018 - parses every part
    except (ValueError, TypeError, KeyError):
        return False
    return True


def _certificate(der: bytes) -> x509.Certificate:
    try:
        certificate = x509.Certificate.load(der, strict=True)
        certificate.native  # noqa: B018 - parses every part, which asn1crypto puts off
    except (ValueError, TypeError, KeyError):
        raise AnchorsUnreadable from None
    return certificate


def _is_sm2(certificate: x509.Certificate) -> bool:
    algorithm = certificate.public_key["algorithm"]
    parameters = algorithm["parameters"]
    is_curve = algorithm["algorithm"].native == "ec" and parameters.name == "named"
    return is_curve and bool(parameters.chosen.dotted == SM2_CURVE)


def is_sm2_list(content: bytes) -> bool:
    """Whether bytes are a revocation list (PEM or DER) that is signed by SM2."""
    try:
        ((kind, der),) = _blocks(content)
        return kind == LIST and _is_listed_by_sm2(der)
    except (AnchorsUnreadable, ValueError):
        return False


def _is_listed_by_sm2(der: bytes) -> bool:
    try:
        listed = crl.CertificateList.load(der, strict=True)
        return bool(listed["signature_algorithm"]["algorithm"].dotted == SM2_WITH_SM3)
    except (ValueError, TypeError, KeyError):
        raise AnchorsUnreadable from None


def _roots(certificates: Iterable[x509.Certificate]) -> list[bytes]:
    return [item.dump() for item in certificates if item.subject.dump() == item.issuer.dump()]


def _below(certificates: Iterable[x509.Certificate]) -> list[bytes]:
    return [item.dump() for item in certificates if item.subject.dump() != item.issuer.dump()]
