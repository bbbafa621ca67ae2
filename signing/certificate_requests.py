"""Ask a licensed authority for a certificate: PKCS#10 (RFC 2986), signed through the key store."""

from asn1crypto import csr, keys, pem, x509

from signing.certificates import DOCUMENT_SIGNING
from signing.gm.sm2 import SM2_WITH_SM3
from signing.keys import KeyAlgorithm, KeyStore
from signing.purposes import Purpose

PEM_NAME = "CERTIFICATE REQUEST"
_ALGORITHMS = {KeyAlgorithm.P256: "sha256_ecdsa", KeyAlgorithm.SM2: SM2_WITH_SM3}


def make_request(
    keys_at: KeyStore,
    key_name: str,
    *,
    organization: str,
    common_name: str,
    unit: str = "",
    code: str = "",
    purpose: Purpose,
) -> bytes:
    """Make a request (PEM) for the certificate of a P-256 or an SM2 key; the key never leaves its store.

    Raises KeyMissing, KeyUnavailable.
    """
    algorithm = _ALGORITHMS[keys_at.algorithm(key_name)]
    info = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": _subject(organization, common_name, unit, code),
            "subject_pk_info": keys.PublicKeyInfo.load(keys_at.public_key_info(key_name)),
            "attributes": [{"type": "extension_request", "values": [_extensions(purpose)]}],
        }
    )
    request = csr.CertificationRequest(
        {
            "certification_request_info": info,
            "signature_algorithm": {"algorithm": algorithm},
            "signature": keys_at.sign(key_name, info.dump()),
        }
    )
    return bytes(pem.armor(PEM_NAME, request.dump()))


def _subject(organization: str, common_name: str, unit: str, code: str) -> x509.Name:
    parts = {
        "country_name": "CN",
        "organization_name": organization,
        "organizational_unit_name": unit,
        "serial_number": code,
        "common_name": common_name,
    }
    return x509.Name.build({kind: value for kind, value in parts.items() if value}, use_printable=False)


def _extensions(purpose: Purpose) -> x509.Extensions:
    purposes = (
        [DOCUMENT_SIGNING.dotted_string, "email_protection"] if purpose is Purpose.SEAL else ["client_auth"]
    )
    return x509.Extensions(
        [
            {
                "extn_id": "key_usage",
                "critical": True,
                "extn_value": x509.KeyUsage({"digital_signature", "non_repudiation"}),
            },
            {"extn_id": "extended_key_usage", "extn_value": x509.ExtKeyUsageSyntax(purposes)},
        ]
    )
