"""X.509 certificates and revocation lists signed by SM2 with SM3 (GB/T 20518, RFC 5280).

Profiles are those of `signing.certificates`; `cryptography` signs no SM2, so these are put together with
asn1crypto.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1
from typing import Any

from asn1crypto import core, crl, x509

from signing.certificates import CRL_LIFETIME, ROOT, Profile
from signing.gm.sm2 import SM2_WITH_SM3, Sm2PrivateKey, Sm2PublicKey

_ALGORITHM = {"algorithm": SM2_WITH_SM3}


@dataclass(frozen=True, slots=True)
class Sm2Issuer:
    """An authority that signs: its certificate, its key, where its certificate and its list are served."""

    certificate: x509.Certificate
    key: Sm2PrivateKey
    certificate_url: str
    crl_url: str


def self_sign(name: x509.Name, key: Sm2PrivateKey, *, now: datetime) -> x509.Certificate:
    """Make a root certificate."""
    extensions = [*_extensions(ROOT, key.public), _authority_key(key_identifier(key.public))]
    return _certificate(ROOT, name, key.public, issuer_name=name, extensions=extensions, key=key, now=now)


def issue(
    profile: Profile, name: x509.Name, public: Sm2PublicKey, *, issuer: Sm2Issuer, now: datetime
) -> x509.Certificate:
    """Make a certificate under an issuer, which says where its issuer's certificate and list are found."""
    extensions = [
        *_extensions(profile, public),
        _authority_key(issuer.certificate.key_identifier),
        _extension(
            "authority_information_access",
            [
                {
                    "access_method": "ca_issuers",
                    "access_location": x509.GeneralName(
                        "uniform_resource_identifier", issuer.certificate_url
                    ),
                }
            ],
        ),
        _extension(
            "crl_distribution_points",
            [
                {
                    "distribution_point": x509.DistributionPointName(
                        "full_name", [x509.GeneralName("uniform_resource_identifier", issuer.crl_url)]
                    )
                }
            ],
        ),
    ]
    return _certificate(
        profile,
        name,
        public,
        issuer_name=issuer.certificate.subject,
        extensions=extensions,
        key=issuer.key,
        now=now,
    )


def make_crl(issuer: Sm2Issuer, revoked: Mapping[int, datetime], *, now: datetime) -> bytes:
    """Make a revocation list (DER) from serial numbers and the moments from which they are revoked."""
    start = now.replace(microsecond=0)
    entries = [
        {"user_certificate": serial, "revocation_date": x509.Time("utc_time", since.replace(microsecond=0))}
        for serial, since in sorted(revoked.items())
    ]
    listed = crl.TbsCertList(
        {
            "version": "v2",
            "signature": _ALGORITHM,
            "issuer": issuer.certificate.subject,
            "this_update": x509.Time("utc_time", start),
            "next_update": x509.Time("utc_time", start + CRL_LIFETIME),
            **({"revoked_certificates": entries} if entries else {}),
            "crl_extensions": [
                {
                    "extn_id": "authority_key_identifier",
                    "extn_value": core.ParsableOctetString(
                        x509.AuthorityKeyIdentifier(
                            {"key_identifier": issuer.certificate.key_identifier}
                        ).dump()
                    ),
                },
                {
                    "extn_id": "crl_number",
                    "extn_value": core.ParsableOctetString(core.Integer(int(start.timestamp())).dump()),
                },
            ],
        }
    )
    whole = crl.CertificateList(
        {
            "tbs_cert_list": listed,
            "signature_algorithm": _ALGORITHM,
            "signature": core.OctetBitString(issuer.key.sign(listed.dump())),
        }
    )
    return bytes(whole.dump())


def key_identifier(public: Sm2PublicKey) -> bytes:
    """The identifier of a key (RFC 5280, 4.2.1.2, method 1): a name, not a safeguard."""
    return sha1(b"\x04" + public.point, usedforsecurity=False).digest()


def _certificate(
    profile: Profile,
    name: x509.Name,
    public: Sm2PublicKey,
    *,
    issuer_name: x509.Name,
    extensions: list[x509.Extension],
    key: Sm2PrivateKey,
    now: datetime,
) -> x509.Certificate:
    start = now.replace(microsecond=0)
    content = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": secrets.randbits(127) | 1,
            "signature": _ALGORITHM,
            "issuer": issuer_name,
            "validity": {"not_before": _time(start), "not_after": _time(start + profile.lifetime)},
            "subject": name,
            "subject_public_key_info": public.info,
            "extensions": extensions,
        }
    )
    return x509.Certificate(
        {
            "tbs_certificate": content,
            "signature_algorithm": _ALGORITHM,
            "signature_value": core.OctetBitString(key.sign(content.dump())),
        }
    )


def _extensions(profile: Profile, public: Sm2PublicKey) -> list[x509.Extension]:
    constraints: dict[str, Any] = {"ca": profile.is_authority}
    if profile.path_length is not None:
        constraints["path_len_constraint"] = profile.path_length
    usages = {_USAGES[usage] for usage in profile.usages}
    found = [
        _extension("basic_constraints", constraints, critical=True),
        _extension("key_usage", usages, critical=True),
        _extension("key_identifier", key_identifier(public)),
    ]
    if profile.purposes:
        purposes = [purpose.dotted_string for purpose in profile.purposes]
        found.append(_extension("extended_key_usage", purposes, critical=profile.purposes_critical))
    return found


_USAGES = {
    "digital_signature": "digital_signature",
    "content_commitment": "non_repudiation",
    "key_cert_sign": "key_cert_sign",
    "crl_sign": "crl_sign",
}


def _authority_key(identifier: bytes) -> x509.Extension:
    return _extension("authority_key_identifier", {"key_identifier": identifier})


def _extension(name: str, value: object, *, critical: bool = False) -> x509.Extension:
    return x509.Extension({"extn_id": name, "critical": critical, "extn_value": value})


def _time(moment: datetime) -> x509.Time:
    """UTCTime up to 2049, GeneralizedTime from then on (RFC 5280, 4.1.2.5)."""
    return x509.Time("utc_time" if moment.year < 2050 else "general_time", moment)
