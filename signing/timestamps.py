"""RFC 3161 time stamps: the seam, a local authority, and a client for an official one over HTTP."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

import httpx
from asn1crypto import core, tsp, x509

from signing import der
from signing.containers import TIME_STAMP_INFO, ContainerWriter
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
        name = x509.Certificate.load(certificate).subject.dump()
        self._name = der.explicit(0, der.explicit(4, name))
        self._writer = ContainerWriter(certificate, chain, content_type=TIME_STAMP_INFO)
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
            nonce = parsed["nonce"].native
        except (ValueError, TypeError, KeyError):
            return self._refuse("bad_data_format")
        if algorithm not in _DIGEST_LENGTHS or _DIGEST_LENGTHS[algorithm] != length:
            return self._refuse("bad_alg")
        if nonce is not None and nonce < 0:
            return self._refuse("bad_data_format")
        content = self._content(imprint.dump(), b"" if nonce is None else der.integer(nonce))
        token = self._writer.enclosing(content, lambda data: self._keys.sign(self._key_name, data))
        return der.sequence(der.sequence(der.integer(0)), token)

    def _refuse(self, reason: str) -> bytes:
        return bytes(_Refusal({"status": {"status": "rejection", "fail_info": {reason}}}).dump())

    def _content(self, imprint: bytes, nonce: bytes) -> bytes:
        """TSTInfo (RFC 3161, section 2.4.2)."""
        return der.sequence(
            der.integer(1),
            der.oid(DEMONSTRATION_POLICY),
            imprint,
            der.integer(self._serials()),
            der.generalized_time(self._clock()),
            der.sequence(der.integer(1)),  # accurate to a second
            nonce,
            self._name,
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
