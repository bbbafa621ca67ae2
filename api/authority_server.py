"""A reference server of the comparison protocol, for tests and demonstrations.

It checks signatures, the date window and replays as a real service should, answers one request key once, and
misbehaves on demand. Its scores come from whatever is given to it; it is no service anyone may rely on.
Protocol: docs/guide/authority-protocol.md.
"""

import base64
import binascii
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool

from models.comparators.authority.signature import (
    ANSWER_HEADER,
    SigningKey,
    content_digest,
    read_authorization,
    read_http_date,
)
from models.weights import WeightStore

DATE_WINDOW = timedelta(minutes=5)
MAX_BODY_BYTES = 2 * 1024 * 1024
FIELDS = ("request", "document_type", "document_number", "name", "probe_jpeg")

Person = tuple[str, str, str]
"""Document type, document number, name."""

Scorer = Callable[[bytes, bytes], float]
"""Probe and portrait, encoded pictures, to a score from 0 to 100. Raises ValueError for an unusable probe."""


class Behaviour(StrEnum):
    """How the server behaves, for tests of its clients."""

    NORMAL = "normal"
    OUTAGE = "outage"
    SLOW = "slow"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"
    GARBAGE = "garbage"
    UNSIGNED = "unsigned"


class Refused(Exception):
    """A request the protocol does not allow."""

    def __init__(self, status: int, code: str) -> None:
        self.status = status
        self.code = code
        super().__init__(code)


@dataclass(slots=True)
class ReferenceAuthority:
    """The service behind the routes: keys, people, behaviour, and what it has answered."""

    keys: Mapping[str, SigningKey]
    people: Mapping[Person, bytes] = field(repr=False)
    score: Scorer
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    behaviour: Behaviour = Behaviour.NORMAL
    outages_left: int | None = None
    ambiguous_score: float = 75.0
    slow_s: float = 2.0
    comparisons: int = 0
    _seen: dict[str, datetime] = field(default_factory=dict, repr=False)
    _answered: dict[str, tuple[dict[str, str], dict[str, Any]]] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def admit(self, request: Request, body: bytes) -> tuple[SigningKey, str]:
        """Check a request before anything in it is believed; give its key and signature. Raises Refused.

        1. The digest is that of the body. 2. The key is known. 3. The signature is over method, path, date
        and digest. 4. The date lies within five minutes of now. 5. The signature was not seen before.
        """
        digest = request.headers.get("content-digest", "")
        if not hmac.compare_digest(digest.encode(), content_digest(body).encode()):  # 1
            raise Refused(401, "digest_refused")
        try:
            key_id, signature = read_authorization(request.headers.get("authorization", ""))
            date = request.headers.get("date", "")
            moment = read_http_date(date)
            key = self.keys[key_id]  # 2
        except (KeyError, ValueError, TypeError):
            raise Refused(401, "signature_refused") from None
        expected = key.sign_request(request.method, request.url.path, date, digest)
        if not hmac.compare_digest(expected.encode(), signature.encode()):  # 3
            raise Refused(401, "signature_refused")
        now = self.clock()
        if abs(now - moment) > DATE_WINDOW:  # 4
            raise Refused(401, "date_refused")
        with self._lock:  # 5
            self._seen = {old: when for old, when in self._seen.items() if now - when <= 2 * DATE_WINDOW}
            if request.method != "GET" and signature in self._seen:
                raise Refused(401, "replay_refused")
            self._seen[signature] = now
        return key, signature

    def compare(self, body: bytes) -> dict[str, Any]:
        """Answer one comparison; the same request key gets the same answer, to no other question.

        Raises Refused.
        """
        question = _read_question(body)
        with self._lock:
            asked, answered = self._answered.get(question["request"], (question, None))
        if asked != question:
            raise Refused(409, "request_reused")
        if answered is not None:
            return answered
        person = (question["document_type"], question["document_number"], question["name"])
        portrait = self.people.get(person)
        if portrait is None or self.behaviour is Behaviour.UNKNOWN:
            raise Refused(404, "person_unknown")
        try:
            score = self.score(base64.b64decode(question["probe_jpeg"], validate=True), portrait)
        except (ValueError, binascii.Error):
            raise Refused(422, "probe_unusable") from None
        if self.behaviour is Behaviour.AMBIGUOUS:
            score = self.ambiguous_score
        answer = {"request_id": self.new_id(), "score": round(score, 2)}
        with self._lock:
            self.comparisons += 1
            return self._answered.setdefault(question["request"], (question, answer))[1]

    def is_out(self) -> bool:
        """Whether this request falls into an outage; a counted outage ends by itself."""
        with self._lock:
            if self.behaviour is not Behaviour.OUTAGE:
                return False
            if self.outages_left is not None:
                self.outages_left -= 1
                if self.outages_left <= 0:
                    self.behaviour, self.outages_left = Behaviour.NORMAL, None
            return True


def create_authority(authority: ReferenceAuthority) -> FastAPI:
    """Make the application around a service."""
    app = FastAPI(title="Reference comparison service", docs_url=None, redoc_url=None, openapi_url=None)

    def answer(request: Request, body: bytes) -> Response:
        if authority.is_out():
            return Response(status_code=503)
        try:
            key, signature = authority.admit(request, body)
        except Refused as refused:
            return _plain(refused)
        if authority.behaviour is Behaviour.SLOW:
            time.sleep(authority.slow_s)
        status, fields = 200, {"status": "ok"}
        try:
            if request.method == "POST":
                fields = authority.compare(body)
        except Refused as refused:
            status, fields = refused.status, {"code": refused.code}
        content = b"<html>" if authority.behaviour is Behaviour.GARBAGE else json.dumps(fields).encode()
        signed = key.sign_answer(signature, status, content_digest(content))
        headers = {} if authority.behaviour is Behaviour.UNSIGNED else {ANSWER_HEADER: signed}
        return Response(content, status_code=status, media_type="application/json", headers=headers)

    @app.get("/v1/health")
    @app.post("/v1/comparisons")
    async def exchange(request: Request) -> Response:
        """Read the bounded body, then work on a thread."""
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_BODY_BYTES:
                return _plain(Refused(413, "body_too_large"))
        return await run_in_threadpool(answer, request, bytes(body))

    return app


def score_by_sface(weights: WeightStore) -> Scorer:
    """A demonstration's scorer: SFace's cosine, laid on a scale where 0.40 is 70 and 0.45 is 80.

    The scale only makes the demonstration behave; it says nothing about any real service's scores.
    """
    from models.alignment import align
    from models.comparators.sface import SfaceEmbedder, cosine
    from models.errors import ModelsError
    from models.pictures import read_face

    embedder = SfaceEmbedder(weights)

    def score(probe: bytes, portrait: bytes) -> float:
        try:
            likeness = cosine(*(embedder.embed(align(read_face(one, weights))) for one in (probe, portrait)))
        except ModelsError as error:
            raise ValueError(str(error)) from error
        return float(np.interp(likeness, [-1, 0.40, 0.45, 0.9], [0, 70, 80, 100]))

    return score


def _plain(refused: Refused) -> Response:
    return Response(
        json.dumps({"code": refused.code}), status_code=refused.status, media_type="application/json"
    )


def _read_question(body: bytes) -> dict[str, str]:
    try:
        question = json.loads(body)
        return {name: str(question[name]) for name in FIELDS}
    except (ValueError, KeyError, TypeError):
        raise Refused(400, "question_unreadable") from None


def main(
    key_file: Annotated[Path, typer.Option(help="64 or more hexadecimal digits, shared with the client.")],
    person: Annotated[
        list[str], typer.Option(help="TYPE:NUMBER:NAME=PORTRAIT, as resident_id:110...:张三=portrait.jpg")
    ],
    key_id: Annotated[str, typer.Option(help="The key's name.")] = "reference",
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 8070,
    behaviour: Annotated[Behaviour, typer.Option(help="How it misbehaves.")] = Behaviour.NORMAL,
) -> None:
    """Run the reference comparison service on this machine. For tests and demonstrations only."""
    import uvicorn

    from api.bootstrap import system_clock
    from api.settings import load_settings

    people: dict[Person, bytes] = {}
    for entry in person:
        who, _, portrait = entry.partition("=")
        kind, number, name = who.split(":", 2)
        people[(kind, number, name)] = Path(portrait).read_bytes()
    key = SigningKey(key_id=key_id, secret=bytes.fromhex(key_file.read_text(encoding="ascii").strip()))
    authority = ReferenceAuthority(
        keys={key_id: key},
        people=people,
        score=score_by_sface(WeightStore(load_settings().weights_dir)),
        clock=system_clock,
        new_id=lambda: secrets.token_hex(12),
        behaviour=behaviour,
    )
    uvicorn.run(create_authority(authority), host="127.0.0.1", port=port)


if __name__ == "__main__":
    typer.run(main)
