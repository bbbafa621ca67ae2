"""Sign a record: CMS SignedData with the record, certificates, revocation lists and a time stamp inside.

RFC 5652 with the attributes of CAdES (ETSI EN 319 122-1, level T): `openssl cms -verify` reads it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import algos, cms, crl, tsp, x509
from cryptography.hazmat.primitives import hashes

from signing.admission import CertificatePath, admit
from signing.keys import KeyStore
from signing.purposes import Purpose
from signing.stamp_tokens import request_token
from signing.timestamps import TimeStampAuthority

MEDIA_TYPE = "application/pkcs7-mime"


@dataclass(frozen=True, slots=True)
class RecordCredential:
    """The key that signs records and the certificates that speak for it, all DER."""

    key_name: str
    certificate: bytes
    chain: tuple[bytes, ...]
    root: bytes

    @property
    def path(self) -> CertificatePath:
        """Its certificates, the key's own first."""
        return CertificatePath(self.certificate, self.chain, self.root)


class RecordSigner:
    """Signs records with one key. Built once, used for every record."""

    media_type = MEDIA_TYPE

    def __init__(
        self,
        credential: RecordCredential,
        *,
        keys: KeyStore,
        time_stamps: TimeStampAuthority,
        crls: Callable[[datetime], Sequence[bytes]],
        clock: Callable[[], datetime],
    ) -> None:
        self._credential = credential
        self._keys = keys
        self._time_stamps = time_stamps
        self._crls = crls
        self._clock = clock

    def __repr__(self) -> str:
        return f"RecordSigner({self._credential.key_name!r})"

    def sign(self, content: bytes) -> bytes:
        """Sign a record as of now; the answer (DER) holds it.

        Raises CertificateRefused, KeyUnavailable, TimeStampUnavailable.
        """
        now = self._clock().replace(microsecond=0)
        crls = self._crls(now)
        admit(self._credential.path, Purpose.EVIDENCE, at=now, crls=crls)
        certificate = x509.Certificate.load(self._credential.certificate)
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["data"]},
                {"type": "signing_time", "values": [cms.Time({"utc_time": now})]},
                {"type": "message_digest", "values": [_sha256(content)]},
                {"type": "signing_certificate_v2", "values": [_which_signed(certificate)]},
            ]
        )
        algorithm = algos.DigestAlgorithm({"algorithm": "sha256"})
        signature = self._keys.sign(self._credential.key_name, attributes.dump())
        signer = cms.SignerInfo(
            {
                "version": "v1",
                "sid": {
                    "issuer_and_serial_number": {
                        "issuer": certificate.issuer,
                        "serial_number": certificate.serial_number,
                    }
                },
                "digest_algorithm": algorithm,
                "signed_attrs": attributes,
                "signature_algorithm": {"algorithm": "sha256_ecdsa"},
                "signature": signature,
                "unsigned_attrs": [
                    {"type": "signature_time_stamp_token", "values": [self._stamp(signature)]}
                ],
            }
        )
        chain = [x509.Certificate.load(item) for item in self._credential.chain]
        signed = cms.SignedData(
            {
                "version": "v1",
                "digest_algorithms": [algorithm],
                "encap_content_info": {"content_type": "data", "content": content},
                "certificates": [certificate, *chain],
                "crls": [crl.CertificateList.load(item) for item in crls],
                "signer_infos": [signer],
            }
        )
        return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())

    def _stamp(self, signature: bytes) -> cms.ContentInfo:
        return cms.ContentInfo.load(request_token(self._time_stamps, signature))


def _which_signed(certificate: x509.Certificate) -> tsp.SigningCertificateV2:
    """RFC 5035: the signer's certificate by its SHA-256, so that it cannot be exchanged."""
    return tsp.SigningCertificateV2(
        {
            "certs": [
                {
                    "cert_hash": _sha256(certificate.dump()),
                    "issuer_serial": {
                        "issuer": [x509.GeneralName(name="directory_name", value=certificate.issuer)],
                        "serial_number": certificate.serial_number,
                    },
                }
            ]
        }
    )


def _sha256(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    return digest.finalize()
