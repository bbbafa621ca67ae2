"""Certificates and revocation lists for seals: root -> issuing -> seal, time stamps, TLS.

The seal's profile is the one that pdfsig, OpenSSL and the PDF readers accept: keyUsage digitalSignature and
nonRepudiation, extended key usage documentSigning (RFC 9336) and emailProtection, AIA and CDP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
    ObjectIdentifier,
)

DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
RECORD_SIGNING = ObjectIdentifier("2.999.3.1")
"""Purpose of a key that signs records of evidence, in the arc X.660 keeps for examples; no seal has it."""
DEMONSTRATION_UNIT = "DEMONSTRATION"
"""The organizational unit in every certificate of a demonstration authority; production refuses it."""
CRL_LIFETIME = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a kind of certificate is for and how long it lives."""

    lifetime: timedelta
    usages: frozenset[str]
    purposes: tuple[ObjectIdentifier, ...] = ()
    purposes_critical: bool = False
    path_length: int | None = None
    is_authority: bool = False
    no_check: bool = False


ROOT = Profile(
    timedelta(days=7300), frozenset({"key_cert_sign", "crl_sign"}), path_length=1, is_authority=True
)
ISSUING = Profile(
    timedelta(days=3650), frozenset({"key_cert_sign", "crl_sign"}), path_length=0, is_authority=True
)
SEAL = Profile(
    timedelta(days=1095),
    frozenset({"digital_signature", "content_commitment"}),
    (DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION),
)
RECORD = Profile(
    timedelta(days=1095),
    frozenset({"digital_signature", "content_commitment"}),
    (RECORD_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION),
)
SEAL_MAKER = Profile(timedelta(days=3650), frozenset({"digital_signature", "content_commitment"}))
"""Who makes seals in the form of GB/T 38540 and signs them."""
TIME_STAMP = Profile(
    timedelta(days=3650),
    frozenset({"digital_signature", "content_commitment"}),
    (ExtendedKeyUsageOID.TIME_STAMPING,),
    purposes_critical=True,
)
OCSP_RESPONDER = Profile(
    timedelta(days=90),
    frozenset({"digital_signature"}),
    (ExtendedKeyUsageOID.OCSP_SIGNING,),
    no_check=True,
)
"""Whoever answers for an authority whether a certificate is revoked; nobody asks the same of this one."""
TLS = Profile(timedelta(days=365), frozenset({"digital_signature"}), (ExtendedKeyUsageOID.SERVER_AUTH,))

_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True, slots=True)
class Issuer:
    """An authority that signs: its certificate, its key, where its certificate, CRL and OCSP are served."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    certificate_url: str
    crl_url: str
    ocsp_url: str = ""


def subject(
    common_name: str, *, organization: str, organization_id: str = "", unit: str = "", code: str = ""
) -> x509.Name:
    """Build a distinguished name in the order countries read it, from the country down."""
    parts = [
        (NameOID.COUNTRY_NAME, "CN"),
        (NameOID.ORGANIZATION_NAME, organization),
        (NameOID.ORGANIZATION_IDENTIFIER, organization_id),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
        (NameOID.SERIAL_NUMBER, code),
        (NameOID.COMMON_NAME, common_name),
    ]
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts if value])


def self_sign(name: x509.Name, key: ec.EllipticCurvePrivateKey, *, now: datetime) -> x509.Certificate:
    """Make a root certificate."""
    builder = _builder(ROOT, name, key.public_key(), issuer_name=name, now=now)
    own_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own_id), critical=False
    )
    return builder.sign(key, hashes.SHA256())


def issue(
    profile: Profile,
    name: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    *,
    issuer: Issuer,
    now: datetime,
    alternative_names: Sequence[x509.GeneralName] = (),
) -> x509.Certificate:
    """Make a certificate under an issuer, which says where its issuer's certificate and CRL are found.

    An OCSP responder names neither: whoever trusts its issuer trusts it (RFC 6960, 4.2.2.2.1).
    """
    builder = _builder(profile, name, public_key, issuer_name=issuer.certificate.subject, now=now)
    issuer_id = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    extensions: list[x509.ExtensionType] = [
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id),
    ]
    if profile.no_check:
        extensions.append(x509.OCSPNoCheck())
    else:
        extensions += _places(issuer)
    if alternative_names:
        extensions.append(x509.SubjectAlternativeName(alternative_names))
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(issuer.key, hashes.SHA256())


def _places(issuer: Issuer) -> list[x509.ExtensionType]:
    """Where the issuer's certificate, its OCSP answers and its revocation list are found."""
    served = [(AuthorityInformationAccessOID.CA_ISSUERS, issuer.certificate_url)]
    if issuer.ocsp_url:
        served.append((AuthorityInformationAccessOID.OCSP, issuer.ocsp_url))
    access = [x509.AccessDescription(method, x509.UniformResourceIdentifier(url)) for method, url in served]
    list_url = x509.UniformResourceIdentifier(issuer.crl_url)
    return [
        x509.AuthorityInformationAccess(access),
        x509.CRLDistributionPoints([x509.DistributionPoint([list_url], None, None, None)]),
    ]


def _builder(
    profile: Profile,
    name: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    *,
    issuer_name: x509.Name,
    now: datetime,
) -> x509.CertificateBuilder:
    start = now.replace(microsecond=0)
    usages = {usage: usage in profile.usages for usage in _USAGES}
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer_name)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + profile.lifetime)
        .add_extension(x509.BasicConstraints(profile.is_authority, profile.path_length), critical=True)
        .add_extension(x509.KeyUsage(**usages), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )
    if profile.purposes:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage(profile.purposes), critical=profile.purposes_critical
        )
    return builder


def make_crl(issuer: Issuer, revoked: Mapping[int, datetime], *, now: datetime) -> bytes:
    """Make a revocation list (DER) from serial numbers and the moments from which they are revoked."""
    start = now.replace(microsecond=0)
    issuer_id = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(start)
        .next_update(start + CRL_LIFETIME)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id), critical=False
        )
        .add_extension(x509.CRLNumber(int(now.timestamp() * 1000)), critical=False)
    )
    for serial, since in revoked.items():
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def is_demonstration(certificate: x509.Certificate) -> bool:
    """Whether a demonstration authority issued this certificate, or it is one."""
    names = (certificate.subject, certificate.issuer)
    units = (
        unit.value for name in names for unit in name.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    )
    return any(unit == DEMONSTRATION_UNIT for unit in units)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)
