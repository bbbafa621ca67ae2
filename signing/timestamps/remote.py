"""A time-stamp authority over HTTP, believed only as far as its answer proves (RFC 3161, 2.4.2 and 3.4)."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import httpx
from asn1crypto import tsp

from signing.errors import TimeStampUnavailable
from signing.timestamps.answers import check_answer

LARGEST_ANSWER: Final = 64 * 1024
DEFAULT_TIMEOUT_SECONDS: Final = 5.0
LONGEST_TIMEOUT_SECONDS: Final = 30.0
_HEADERS: Final = {
    "content-type": "application/timestamp-query",
    "accept": "application/timestamp-reply",
    "accept-encoding": "identity",
}


@dataclass(frozen=True, slots=True)
class TimeStampSource:
    """One authority as the operator names it.

    `anchors` are the root certificates (DER) that its tokens must lead to; a token of another root is no
    answer. `policies`, where given, are the dotted policy numbers that are accepted.
    """

    url: str
    anchors: tuple[bytes, ...]
    policies: tuple[str, ...] = ()
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("the address of a time-stamp authority begins with https:// or http://")
        if not self.anchors:
            raise ValueError("a time-stamp authority is trusted by a root certificate; name at least one")
        if not 0 < self.timeout_seconds <= LONGEST_TIMEOUT_SECONDS:
            raise ValueError(f"a time-stamp authority answers within {LONGEST_TIMEOUT_SECONDS:.0f} seconds")

    @property
    def host(self) -> str:
        """The host as logs and figures name it, without what may be secret in the address."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port}" if parts.port else f"{parts.hostname}"


class HttpTimeStampAuthority:
    """Asks one authority. It follows no redirect, uses no proxy, calls no host but the one named."""

    def __init__(self, source: TimeStampSource, *, clock: Callable[[], datetime]) -> None:
        self.source = source
        self._clock = clock
        self._client = httpx.Client(
            timeout=source.timeout_seconds, follow_redirects=False, trust_env=False, headers=_HEADERS
        )

    def close(self) -> None:
        """Give back the connections."""
        self._client.close()

    def respond(self, request: bytes) -> bytes:
        """Ask, check the answer and give it. Raises TimeStampUnavailable, with what is wrong with it."""
        asked = tsp.TimeStampReq.load(request, strict=True)
        answer = self._post(request)
        check_answer(
            answer, asked, anchors=self.source.anchors, policies=self.source.policies, now=self._clock()
        )
        return answer

    def _post(self, request: bytes) -> bytes:
        ends = time.monotonic() + self.source.timeout_seconds
        try:
            with self._client.stream("POST", self.source.url, content=request) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise TimeStampUnavailable(f"It answered HTTP {answer.status_code}.", fault="http_status")
                return _read(answer, ends)
        except httpx.TimeoutException as error:
            raise TimeStampUnavailable(_named(error), fault="timeout") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TimeStampUnavailable(_named(error), fault="unreachable") from None


def _read(answer: httpx.Response, ends: float) -> bytes:
    """The body, of a bounded size and within the whole time: one that trickles is not waited for."""
    body = bytearray()
    for piece in answer.iter_raw():
        body += piece
        if len(body) > LARGEST_ANSWER:
            raise TimeStampUnavailable("Its answer is longer than any time stamp.", fault="malformed")
        if time.monotonic() > ends:
            raise TimeStampUnavailable("It did not finish its answer in time.", fault="timeout")
    return bytes(body)


def _named(error: httpx.HTTPError | httpx.InvalidURL) -> str:
    return f"It did not answer ({type(error).__name__})."
