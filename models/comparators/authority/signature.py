"""How a request to the comparison service, and its answer, are signed: HMAC-SHA256."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

SCHEME = "HMAC-SHA256"
ANSWER_HEADER = "Novisit-Answer-Signature"
MIN_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key both sides hold. It is never part of a message or a log."""

    key_id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < MIN_KEY_BYTES:
            raise ValueError(f"the key needs at least {MIN_KEY_BYTES} bytes")
        if not self.key_id or not self.key_id.isascii() or not self.key_id.replace("-", "").isalnum():
            raise ValueError("a key id is made of letters, digits and hyphens")

    def sign_request(self, method: str, path: str, date: str, digest: str) -> str:
        """Sign method, path, date and body digest, one a line; base64."""
        return self._sign("\n".join([method.upper(), path, date, digest]))

    def sign_answer(self, request_signature: str, status: int, digest: str) -> str:
        """Sign an answer, bound to the request it answers; base64."""
        return self._sign("\n".join(["ANSWER", request_signature, str(status), digest]))

    def _sign(self, text: str) -> str:
        return base64.b64encode(hmac.new(self.secret, text.encode(), hashlib.sha256).digest()).decode()


def content_digest(body: bytes) -> str:
    """The header Content-Digest of a body (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def http_date(moment: datetime) -> str:
    """The header Date (RFC 9110, 5.6.7) of an aware moment."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def read_http_date(text: str) -> datetime:
    """Read a Date header. Raises ValueError."""
    moment = parsedate_to_datetime(text)
    if moment.tzinfo is None:
        raise ValueError("a date without GMT")
    return moment


def authorization(key: SigningKey, signature: str) -> str:
    """The header Authorization."""
    return f"{SCHEME} key={key.key_id}, signature={signature}"


def read_authorization(header: str) -> tuple[str, str]:
    """Key id and signature of an Authorization header. Raises ValueError."""
    scheme, _, rest = header.partition(" ")
    fields = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    if scheme != SCHEME or set(fields) != {"key", "signature"}:
        raise ValueError(f"expected {SCHEME} with key and signature")
    return fields["key"], fields["signature"]
