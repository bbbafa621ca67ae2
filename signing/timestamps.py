"""RFC 3161 time stamps: the seam, a local authority, and a client for an official one over HTTP."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

import httpx
from asn1crypto import algos, cms, core, tsp, x509
from cryptography.hazmat.primitives import hashes

from signing.errors import TimeStampUnavailable
from signing.keys import KeyStore

DEMONSTRATION_POLICY = "2.999.1"
"""Time-stamp policy of the local authority, under the arc that X.660 keeps for examples."""
LARGEST_ANSWER = 64 * 1024


class TimeStampAuthority(Protocol):
    """Answers time-stamp requests."""

    def respond(self, request: bytes) -> bytes:
        """Answer a DER TimeStampReq by a DER TimeStampResp. Raises TimeStampUnavailable."""


class _Refusal(core.Sequence):  # type: ignore[misc]  # asn1crypto carries no types
    """A TimeStampResp without a token, which asn1crypto's own class cannot write."""

    _fields = [("status", tsp.PKIStatusInfo)]  # noqa: RUF012 - the form asn1crypto asks for


def read_answer(answer: bytes) -> tsp.TimeStampResp:
    """Read a DER TimeStampResp with its token. Raises TimeStampUnavailable for a refusal or nonsense."""
    try:
        status = _Refusal.load(answer)["status"]
        granted = status["status"].native in ("granted", "granted_with_mods")
        response = tsp.TimeStampResp.load(answer) if granted else None
    except (ValueError, TypeError, KeyError):
        raise TimeStampUnavailable("The time-stamp authority's answer cannot be read.") from None
    if response is None:
        raise TimeStampUnavailable(f"The time-stamp authority refused ({status['status'].native}).")
    return response


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
        self._certificate = x509.Certificate.load(certificate)
        self._chain = [x509.Certificate.load(item) for item in chain]
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
        except (ValueError, TypeError, KeyError):
            return self._refuse("bad_data_format")
        if algorithm not in _DIGEST_LENGTHS or _DIGEST_LENGTHS[algorithm] != length:
            return self._refuse("bad_alg")
        content = self._content(parsed, imprint).dump()
        token = self._token(content)
        answer = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})
        return bytes(answer.dump())

    def _refuse(self, reason: str) -> bytes:
        return bytes(_Refusal({"status": {"status": "rejection", "fail_info": {reason}}}).dump())

    def _content(self, request: tsp.TimeStampReq, imprint: tsp.MessageImprint) -> tsp.TSTInfo:
        fields = {
            "version": "v1",
            "policy": DEMONSTRATION_POLICY,
            "message_imprint": imprint,
            "serial_number": self._serials(),
            "gen_time": self._clock().replace(microsecond=0),
            "accuracy": {"seconds": 1},
            "tsa": x509.GeneralName(name="directory_name", value=self._certificate.subject),
        }
        if request["nonce"].native is not None:
            fields["nonce"] = request["nonce"]
        return tsp.TSTInfo(fields)

    def _token(self, content: bytes) -> cms.ContentInfo:
        algorithm = algos.DigestAlgorithm({"algorithm": "sha256"})
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["tst_info"]},
                {"type": "message_digest", "values": [_sha256(content)]},
                {"type": "signing_certificate_v2", "values": [self._signing_certificate()]},
            ]
        )
        signer = cms.SignerInfo(
            {
                "version": "v1",
                "sid": {
                    "issuer_and_serial_number": {
                        "issuer": self._certificate.issuer,
                        "serial_number": self._certificate.serial_number,
                    }
                },
                "digest_algorithm": algorithm,
                "signed_attrs": attributes,
                "signature_algorithm": {"algorithm": "sha256_ecdsa"},
                "signature": self._keys.sign(self._key_name, attributes.dump()),
            }
        )
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [algorithm],
                "encap_content_info": {
                    "content_type": "tst_info",
                    "content": core.ParsableOctetString(content),
                },
                "certificates": [self._certificate, *self._chain],
                "signer_infos": [signer],
            }
        )
        return cms.ContentInfo({"content_type": "signed_data", "content": signed})

    def _signing_certificate(self) -> tsp.SigningCertificateV2:
        """RFC 5816: which certificate signed, by its SHA-256."""
        return tsp.SigningCertificateV2(
            {
                "certs": [
                    {
                        "cert_hash": _sha256(self._certificate.dump()),
                        "issuer_serial": {
                            "issuer": [
                                x509.GeneralName(name="directory_name", value=self._certificate.issuer)
                            ],
                            "serial_number": self._certificate.serial_number,
                        },
                    }
                ]
            }
        )


class HttpTimeStampAuthority:
    """A time-stamp authority over HTTP (RFC 3161, section 3.4); the caller's client carries timeouts."""

    def __init__(self, url: str, *, client: httpx.Client) -> None:
        self._url = url
        self._client = client

    def respond(self, request: bytes) -> bytes:
        headers = {"content-type": "application/timestamp-query", "accept": "application/timestamp-reply"}
        try:
            answer = self._client.post(self._url, content=request, headers=headers)
        except httpx.HTTPError as error:
            raise TimeStampUnavailable(
                f"The time-stamp authority did not answer ({type(error).__name__})."
            ) from None
        if answer.status_code != httpx.codes.OK or len(answer.content) > LARGEST_ANSWER:
            raise TimeStampUnavailable(f"The time-stamp authority answered HTTP {answer.status_code}.")
        return answer.content


_DIGEST_LENGTHS = {"sha256": 32, "sha384": 48, "sha512": 64}


def _sha256(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    return digest.finalize()
