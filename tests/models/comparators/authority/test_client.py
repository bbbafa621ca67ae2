"""The client of the comparison service against the reference server, over real HTTP on loopback."""

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from api.authority_server import Behaviour, ReferenceAuthority, create_authority
from models.comparators.authority.client import AuthorityComparator
from models.comparators.authority.signature import (
    ANSWER_HEADER,
    SigningKey,
    authorization,
    content_digest,
    http_date,
)
from models.comparison import Match, Probe
from models.errors import (
    ComparatorMisconfigured,
    ComparatorProtocolError,
    ComparatorUnavailable,
    ComparisonUndecided,
    PersonUnknown,
)
from models.weights import WeightStore
from tests.models.comparators.people import COLLINS, STRANGER, MovingClock, make_config, served, write_key

KEY = SigningKey("office-1", bytes.fromhex("5e" * 32))


def make_probe() -> Probe:
    points = np.array([[150, 150], [210, 150], [180, 185], [155, 220], [205, 220]], np.float32)
    noise = np.random.default_rng(1).integers(0, 255, (1000, 800, 3))
    return Probe(image=noise.astype(np.uint8), five_points=points)


@dataclass
class Line:
    """A reference server, a client of it, and the pauses the client made."""

    reference: ReferenceAuthority
    client: AuthorityComparator
    url: str
    pauses: list[float]
    monotonic_s: list[float]
    server_clock: MovingClock


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    numbers = iter(range(1000))
    clock = MovingClock()
    reference = ReferenceAuthority(
        keys={KEY.key_id: KEY},
        people={("passport", COLLINS.document_number, COLLINS.name): b"portrait"},
        score=lambda probe, portrait: 91.5 if probe[:2] == b"\xff\xd8" and portrait == b"portrait" else 0,
        clock=clock,
        new_id=lambda: f"authority-{next(numbers)}",
        slow_s=0.6,
    )
    pauses: list[float] = []
    monotonic_s = [0.0]
    with served(create_authority(reference)) as url:
        client = make_client(tmp_path, url, pauses, monotonic_s)
        yield Line(reference, client, url, pauses, monotonic_s, clock)
        client.close()


def make_client(
    folder: Path, url: str, pauses: list[float], monotonic_s: list[float], **options: str
) -> AuthorityComparator:
    given = {
        "url": url,
        "key_id": KEY.key_id,
        "key_file": str(write_key(folder)),
        "timeout_s": "0.3",
        **options,
    }
    return AuthorityComparator(
        make_config(WeightStore(folder), options=given | options),
        sleep=pauses.append,
        monotonic_s=lambda: monotonic_s[0],
    )


def test_a_score_and_a_request_id_come_back(line: Line) -> None:
    result = line.client.compare(make_probe(), COLLINS)
    assert (result.match, result.score, result.threshold, result.fmr) == (Match.MATCHED, 91.5, 80.0, 1e-4)
    assert result.request_id == "authority-0"


def test_only_the_face_leaves_the_house(line: Line) -> None:
    sizes: list[int] = []

    def measure(probe: bytes, portrait: bytes) -> float:
        del portrait
        sizes.append(len(probe))
        return 90

    line.reference.score = measure
    line.client.compare(make_probe(), COLLINS)
    import cv2

    whole = cv2.imencode(".jpg", make_probe().image)[1].size
    assert sizes[0] < whole / 3


@pytest.mark.parametrize("score", [70.0, 75.0, 79.99])
def test_a_score_in_the_grey_zone_decides_nothing(line: Line, score: float) -> None:
    line.reference.behaviour, line.reference.ambiguous_score = Behaviour.AMBIGUOUS, score
    with pytest.raises(ComparisonUndecided, match="authority-0"):
        line.client.compare(make_probe(), COLLINS)


@pytest.mark.parametrize(("score", "match"), [(80.0, Match.MATCHED), (69.99, Match.NOT_MATCHED)])
def test_a_score_outside_the_grey_zone_decides(line: Line, score: float, match: Match) -> None:
    line.reference.behaviour, line.reference.ambiguous_score = Behaviour.AMBIGUOUS, score
    assert line.client.compare(make_probe(), COLLINS).match is match


def test_a_short_outage_is_bridged_and_counted_once(line: Line) -> None:
    line.reference.behaviour, line.reference.outages_left = Behaviour.OUTAGE, 2
    assert line.client.compare(make_probe(), COLLINS).match is Match.MATCHED
    assert line.pauses == [0.2, 0.4]
    assert line.reference.comparisons == 1


def test_a_long_outage_is_undecided_and_opens_the_circuit(line: Line) -> None:
    line.reference.behaviour = Behaviour.OUTAGE
    for _ in range(2):
        with pytest.raises(ComparatorUnavailable):
            line.client.compare(make_probe(), COLLINS)
    line.reference.behaviour = Behaviour.NORMAL
    with pytest.raises(ComparatorUnavailable):  # the circuit is open: the service is not even asked
        line.client.compare(make_probe(), COLLINS)
    line.monotonic_s[0] += 31
    assert line.client.compare(make_probe(), COLLINS).match is Match.MATCHED


def test_a_slow_answer_is_given_up_and_the_retry_gets_the_first_answer(line: Line) -> None:
    line.reference.behaviour = Behaviour.SLOW
    started = time.monotonic()
    with pytest.raises(ComparatorUnavailable):
        line.client.compare(make_probe(), COLLINS)
    assert time.monotonic() - started < 3
    time.sleep(0.7)
    assert line.reference.comparisons == 1  # three attempts, one comparison


def test_nobody_listening_is_unavailable(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        client = make_client(tmp_path, f"http://127.0.0.1:{taken.getsockname()[1]}", [], [0.0])
        with pytest.raises(ComparatorUnavailable):
            client.check()
        client.close()


def test_an_unknown_person_is_no_mismatch(line: Line) -> None:
    with pytest.raises(PersonUnknown):
        line.client.compare(make_probe(), STRANGER)
    line.reference.behaviour = Behaviour.UNKNOWN
    with pytest.raises(PersonUnknown):
        line.client.compare(make_probe(), COLLINS)


def test_a_face_the_service_cannot_use_decides_nothing(line: Line) -> None:
    def refuse(probe: bytes, portrait: bytes) -> float:
        raise ValueError(f"{len(probe)} {len(portrait)}")

    line.reference.score = refuse
    with pytest.raises(ComparisonUndecided, match="could not use the picture"):
        line.client.compare(make_probe(), COLLINS)


@pytest.mark.parametrize("behaviour", [Behaviour.GARBAGE, Behaviour.UNSIGNED])
def test_an_answer_against_the_protocol_is_never_believed(line: Line, behaviour: Behaviour) -> None:
    line.reference.behaviour = behaviour
    with pytest.raises(ComparatorProtocolError):
        line.client.compare(make_probe(), COLLINS)


@pytest.mark.parametrize("score", [-1, 100.5, float("nan")])
def test_a_score_off_the_scale_is_never_believed(line: Line, score: float) -> None:
    line.reference.behaviour, line.reference.ambiguous_score = Behaviour.AMBIGUOUS, score
    with pytest.raises(ComparatorProtocolError):
        line.client.compare(make_probe(), COLLINS)


def test_another_key_is_refused(line: Line, tmp_path: Path) -> None:
    line.reference.keys = {"office-1": SigningKey("office-1", b"another key of thirty-two bytes!")}
    with pytest.raises(ComparatorProtocolError, match="Check the key"):
        line.client.compare(make_probe(), COLLINS)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_date_outside_the_window_is_refused(line: Line, minutes: int) -> None:
    line.server_clock.forward(timedelta(minutes=minutes))
    with pytest.raises(ComparatorProtocolError, match="clock"):
        line.client.check()


def signed_post(line: Line, body: bytes, **changes: str) -> httpx.Response:
    date, digest = http_date(line.server_clock()), content_digest(body)
    signature = KEY.sign_request("POST", "/v1/comparisons", date, digest)
    headers = {
        "Date": date,
        "Content-Digest": digest,
        "Authorization": authorization(KEY, signature),
        **changes,
    }
    return httpx.post(f"{line.url}/v1/comparisons", content=body, headers=headers | changes)


QUESTION = json.dumps(
    {
        "request": "r-1",
        "attempt": 1,
        "document_type": "passport",
        "document_number": COLLINS.document_number,
        "name": COLLINS.name,
        "probe_jpeg": "/9j/",
    }
).encode()


def test_a_request_sent_twice_is_refused_as_a_replay(line: Line) -> None:
    assert signed_post(line, QUESTION).status_code == 200
    again = signed_post(line, QUESTION)
    assert (again.status_code, again.json()["code"]) == (401, "replay_refused")


def test_the_same_request_key_gets_the_same_answer(line: Line) -> None:
    first = signed_post(line, QUESTION).json()
    second = signed_post(line, QUESTION.replace(b'"attempt": 1', b'"attempt": 2')).json()
    assert first == second
    assert line.reference.comparisons == 1


@pytest.mark.parametrize("other", [b"/9k/", b"AAAA"])
def test_the_answer_to_one_face_is_not_given_for_another(line: Line, other: bytes) -> None:
    assert signed_post(line, QUESTION).status_code == 200
    swapped = signed_post(line, QUESTION.replace(b"/9j/", other))
    assert (swapped.status_code, swapped.json()["code"]) == (409, "request_reused")


def test_a_header_that_is_no_ascii_is_refused_like_any_other(line: Line) -> None:
    broken = "HMAC-SHA256 key=office-1, signature=é".encode("latin-1")
    date, digest = http_date(line.server_clock()).encode(), content_digest(QUESTION).encode()
    for digest_sent in (digest, broken):
        headers = {b"Date": date, b"Content-Digest": digest_sent, b"Authorization": broken}
        answer = httpx.post(f"{line.url}/v1/comparisons", content=QUESTION, headers=headers)
        assert answer.status_code == 401


def test_an_answer_whose_signature_is_no_ascii_is_never_believed(tmp_path: Path) -> None:
    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(ANSWER_HEADER.lower().encode(), "é".encode("latin-1"))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})

    app = FastAPI()
    app.mount("/", answer)
    with served(app) as url:
        client = make_client(tmp_path, url, [], [0.0])
        with pytest.raises(ComparatorProtocolError):
            client.compare(make_probe(), COLLINS)
        client.close()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Content-Digest": content_digest(b"another body")}, "digest_refused"),
        ({"Date": "Mon, 02 Mar 2026 01:00:01 GMT"}, "signature_refused"),
        ({"Authorization": "HMAC-SHA256 key=office-1, signature=AAAA"}, "signature_refused"),
        ({"Authorization": "HMAC-SHA256 key=nobody, signature=AAAA"}, "signature_refused"),
        ({"Authorization": "Basic AAAA"}, "signature_refused"),
        ({"Date": "yesterday"}, "signature_refused"),
    ],
    ids=["digest", "date", "signature", "key", "scheme", "no date"],
)
def test_whatever_is_altered_is_refused(line: Line, changes: dict[str, str], code: str) -> None:
    answer = signed_post(line, QUESTION, **changes)
    assert (answer.status_code, answer.json()["code"]) == (401, code)


def test_an_unreadable_question_is_refused(line: Line) -> None:
    assert signed_post(line, b"[]").status_code == 400


def test_the_client_shows_no_secret_and_no_person(line: Line) -> None:
    assert "5e5e" not in repr(line.client._options)
    with pytest.raises(PersonUnknown) as raised:
        line.client.compare(make_probe(), STRANGER)
    assert STRANGER.document_number not in str(raised.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"url": "http://authority.invalid"}, "must be https"),
        ({"url": "ftp://authority.invalid"}, "https://HOST"),
        ({"url": "https://user:word@authority.invalid"}, "https://HOST"),
        ({"url": ""}, "needs the options url"),
        ({"threshold": "60"}, "70, 80"),
        ({"grey_from": "90"}, "from 0 to 80"),
        ({"timeout_s": "soon"}, "timeout_s"),
        ({"key_id": "two words"}, "key_id"),
        ({"key_file": "/nowhere/key"}, "cannot be read"),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, options: dict[str, str], message: str) -> None:
    given = {"url": "https://authority.invalid", **options}
    with pytest.raises(ComparatorMisconfigured, match=message):
        make_client(tmp_path, given.pop("url"), [], [0.0], **given)


def test_production_asks_for_https_and_a_private_key_file(tmp_path: Path) -> None:
    key_file = write_key(tmp_path)
    given = {"url": "http://127.0.0.1:1", "key_id": "office-1", "key_file": str(key_file)}
    with pytest.raises(ComparatorMisconfigured, match="https"):
        AuthorityComparator(make_config(WeightStore(tmp_path), options=given, production=True))
    key_file.chmod(0o644)
    with pytest.raises(ComparatorMisconfigured, match="chmod 600"):
        AuthorityComparator(
            make_config(
                WeightStore(tmp_path), options={**given, "url": "https://authority.invalid"}, production=True
            )
        )
