"""The comparator that asks an official service: name, document number and face go out, a score comes back."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from models.comparators.authority.breaker import CircuitBreaker
from models.comparators.authority.options import FMR_BY_THRESHOLD, KNOWN, AuthorityOptions
from models.comparators.authority.probe import probe_jpeg
from models.comparators.authority.signature import (
    ANSWER_HEADER,
    authorization,
    content_digest,
    http_date,
)
from models.comparison import Comparison, IdentityClaim, Match, Probe
from models.errors import (
    ComparatorProtocolError,
    ComparatorUnavailable,
    ComparisonUndecided,
    PersonUnknown,
)
from models.registry import ComparatorConfig

COMPARISONS: Final = "/v1/comparisons"
HEALTH: Final = "/v1/health"
MAX_ANSWER_BYTES: Final = 65_536

_UNAVAILABLE_STATUS = frozenset({429, 500, 502, 503, 504})
_FIRST_PAUSE_S = 0.2


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    fields: dict[str, Any]


class AuthorityComparator:
    """HTTP client of the comparison service. It never falls back to another comparator.

    A comparison is retried, because the service promises to answer one `request` key once: the same key gives
    the same stored answer. sleep pauses for seconds; monotonic_s drives the circuit breaker.
    """

    name = "authority"
    safe_in_production = True

    def __init__(
        self,
        config: ComparatorConfig,
        *,
        sleep: Callable[[float], None] = time.sleep,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = AuthorityOptions.read(config.only(*KNOWN), production=config.production)
        self._clock = config.clock
        self._new_id = config.new_id
        self._sleep = sleep
        self._breaker = CircuitBreaker(failures=5, rest_s=30, monotonic_s=monotonic_s)
        self._base_path = urlsplit(self._options.url).path
        self._http = httpx.Client(timeout=self._options.timeout_s, follow_redirects=False, trust_env=False)

    def compare(self, probe: Probe, claim: IdentityClaim) -> Comparison:
        """Ask the service. Raises ComparisonUndecided for a score in the grey zone or a face it cannot use,
        PersonUnknown, ComparatorUnavailable, ComparatorProtocolError.
        """
        question = {
            "request": self._new_id(),
            "document_type": claim.document_type.value,
            "document_number": claim.document_number,
            "name": claim.name,
            "probe_jpeg": base64.b64encode(probe_jpeg(probe)).decode(),
        }
        answer = self._ask(question)
        if answer.status != httpx.codes.OK:
            raise _refusal(answer)
        return self._decide(answer.fields)

    def check(self) -> None:
        """Ask whether the service is well; sends no personal data. Raises ComparatorUnavailable."""
        answer = self._exchange("GET", HEALTH, b"")
        if answer.status != httpx.codes.OK:
            raise _refusal(answer)

    def close(self) -> None:
        """Give back the connections."""
        self._http.close()

    def _ask(self, question: dict[str, str]) -> _Answer:
        """Send a comparison, again after a pause where the service did not answer it."""
        if not self._breaker.allows():
            raise ComparatorUnavailable
        for attempt in range(1, self._options.attempts + 1):
            body = json.dumps({**question, "attempt": attempt}, ensure_ascii=False).encode()
            try:
                answer = self._exchange("POST", COMPARISONS, body)
            except ComparatorUnavailable:
                self._breaker.failed()
                if attempt == self._options.attempts or not self._breaker.allows():
                    raise
                self._sleep(_FIRST_PAUSE_S * 2 ** (attempt - 1))
            else:
                self._breaker.succeeded()
                return answer
        raise ComparatorUnavailable

    def _exchange(self, method: str, path: str, body: bytes) -> _Answer:
        """One signed request and its answer, whose signature is checked before anything in it is believed."""
        date, digest = http_date(self._clock()), content_digest(body)
        key = self._options.key
        signature = key.sign_request(method, self._base_path + path, date, digest)
        headers = {
            "Date": date,
            "Content-Digest": digest,
            "Content-Type": "application/json",
            "Authorization": authorization(key, signature),
        }
        try:
            with self._http.stream(
                method, self._options.url + path, content=body, headers=headers
            ) as response:
                content = _read_bounded(response)
        except httpx.HTTPError as error:
            raise ComparatorUnavailable from error
        if response.status_code in _UNAVAILABLE_STATUS:
            raise ComparatorUnavailable
        expected = key.sign_answer(signature, response.status_code, content_digest(content))
        given = response.headers.get(ANSWER_HEADER, "")
        if not hmac.compare_digest(expected.encode(), given.encode()):
            if response.status_code == httpx.codes.UNAUTHORIZED:
                raise ComparatorProtocolError(
                    "The comparison service refused our signature. Check the key and this machine's clock."
                )
            raise ComparatorProtocolError(
                "The comparison service's answer is not signed with the shared key."
            )
        return _Answer(response.status_code, _json_object(content))

    def _decide(self, fields: dict[str, Any]) -> Comparison:
        score, request_id = fields.get("score"), fields.get("request_id")
        if not isinstance(score, int | float) or isinstance(score, bool) or not 0 <= score <= 100:
            raise ComparatorProtocolError("The comparison service gave no score from 0 to 100.")
        if not isinstance(request_id, str) or not 0 < len(request_id) <= 200:
            raise ComparatorProtocolError("The comparison service gave no request id.")
        threshold = self._options.threshold
        if self._options.grey_from <= score < threshold:
            raise ComparisonUndecided(
                "The comparison service's score is too near the threshold to decide by. "
                f"Its request id is {request_id}."
            )
        return Comparison(
            match=Match.MATCHED if score >= threshold else Match.NOT_MATCHED,
            score=float(score),
            threshold=threshold,
            fmr=FMR_BY_THRESHOLD[threshold],
            backend=self.name,
            request_id=request_id,
        )


def _read_bounded(response: httpx.Response) -> bytes:
    content = bytearray()
    for piece in response.iter_bytes():
        content += piece
        if len(content) > MAX_ANSWER_BYTES:
            raise ComparatorProtocolError("The comparison service's answer is too long.")
    return bytes(content)


def _json_object(content: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(content)
    except ValueError as error:
        raise ComparatorProtocolError("The comparison service's answer is not JSON.") from error
    if not isinstance(fields, dict):
        raise ComparatorProtocolError("The comparison service's answer is not an object.")
    return fields


def _refusal(answer: _Answer) -> ComparisonUndecided:
    match answer.status, answer.fields.get("code"):
        case 404, "person_unknown":
            return PersonUnknown()
        case 422, "probe_unusable":
            return ComparisonUndecided("The comparison service could not use the picture of the face.")
        case status, _:
            return ComparatorProtocolError(
                f"The comparison service answered {status}, which has no meaning here."
            )


def build(config: ComparatorConfig) -> AuthorityComparator:
    """Build from the options url, key_id, key_file, timeout_s, attempts, threshold, grey_from."""
    return AuthorityComparator(config)
