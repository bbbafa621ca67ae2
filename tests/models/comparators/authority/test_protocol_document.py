"""The figures in docs/guide/authority-protocol.md, computed without the client's own code."""

import base64
import hashlib
import hmac
import re
from pathlib import Path

from models.comparators.authority.signature import SigningKey, content_digest

DOCUMENT = Path(__file__).resolve().parents[4] / "docs" / "guide" / "authority-protocol.md"
KEY = bytes.fromhex("5e" * 32)
DATE = "Mon, 02 Mar 2026 01:00:00 GMT"
BODY = b'{"request": "r-1"}'
ANSWER = b'{"request_id": "a-1", "score": 91.5}'


def digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def mac(*lines: str) -> str:
    return base64.b64encode(hmac.digest(KEY, "\n".join(lines).encode(), "sha256")).decode()


def in_document(row: str) -> str:
    found = re.search(
        rf"^\| {re.escape(row)} \| `(.+)` \|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert found is not None, row
    return found[1]


def test_the_example_in_the_document_is_right() -> None:
    signature = mac("POST", "/v1/comparisons", DATE, digest(BODY))
    assert in_document("Content-Digest") == digest(BODY)
    assert in_document("signature") == signature
    answer = f"answer `{ANSWER.decode()}` with 200"
    assert in_document(answer) == mac("ANSWER", signature, "200", digest(ANSWER))


def test_the_client_signs_as_the_document_says() -> None:
    key = SigningKey("office-1", KEY)
    signature = key.sign_request("post", "/v1/comparisons", DATE, content_digest(BODY))
    assert signature == in_document("signature")
    assert key.sign_answer(signature, 200, content_digest(ANSWER)) == in_document(
        f"answer `{ANSWER.decode()}` with 200"
    )
