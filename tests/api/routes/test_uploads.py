"""Uploads that go on where they were interrupted, as a client of tus 1.0.0 sees them."""

import base64
import hashlib
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from api import bootstrap, resumable
from api.bootstrap import Services
from api.errors import UploadOutOfPlace, UploadTooSlow
from api.jobs.analysis import UPLOAD_GRACE, upkeep
from api.jobs.memory import InMemoryJobRunner
from api.jobs.port import RunningJob
from api.main import create_app
from api.store.tables.evidence import evidence
from api.store.tables.liveness import liveness_sessions
from api.store.tables.uploads import uploads
from tests.api.conftest import Clock, browser, fresh_key, signed_in_applicant

TUS = {"Tus-Resumable": "1.0.0"}
VIDEO = b"\0\0\0\x18ftypmp42" + bytes(12) + bytes(range(256)) * 40
CLAIM = {"document_type": "resident_id", "document_number": "11010519491231002X", "name": "张三"}


def rows(services: Services, table: Any) -> list[Any]:
    with services.reading() as db:
        return list(db.execute(select(table)))


def opened(person: TestClient) -> str:
    version = person.get("/v1/consents/current").json()["version"]
    consent = person.post("/v1/consents", json={"version": version}, headers=fresh_key()).json()["id"]
    body = {"consent_id": consent, "claim": CLAIM}
    made = person.post("/v1/liveness-sessions", json=body, headers=fresh_key())
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def began(person: TestClient, session_id: str, length: int = len(VIDEO)) -> str:
    made = person.post(
        f"/v1/liveness-sessions/{session_id}/uploads", headers={**TUS, "Upload-Length": str(length)}
    )
    assert made.status_code == 201, made.text
    assert made.headers["tus-resumable"] == "1.0.0"
    assert made.headers["upload-expires"].endswith("GMT")
    return str(made.headers["location"])


def send(person: TestClient, location: str, offset: int, piece: bytes, **headers: str) -> Any:
    head = {**TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    return person.patch(location, content=piece, headers={**head, **headers})


def offset(person: TestClient, location: str) -> int:
    told = person.head(location, headers=TUS)
    assert told.status_code == 200
    assert told.headers["cache-control"] == "no-store"
    return int(told.headers["upload-offset"])


def state(person: TestClient, session_id: str) -> str:
    return str(person.get(f"/v1/liveness-sessions/{session_id}").json()["state"])


@pytest.fixture
def session_id(applicant: TestClient) -> str:
    return opened(applicant)


def test_what_is_offered_is_told_without_an_account(client: TestClient) -> None:
    told = client.options("/v1/liveness-sessions/any/uploads")
    assert told.status_code == 204
    assert told.headers["tus-version"] == "1.0.0"
    assert told.headers["tus-extension"] == "creation,expiration,checksum,termination"
    assert told.headers["tus-max-size"] == str(64 << 20)
    assert "sha1" in told.headers["tus-checksum-algorithm"]


def test_a_video_in_pieces_is_bound_as_one_sent_whole(
    applicant: TestClient, services: Services, session_id: str
) -> None:
    location = began(applicant, session_id)
    at = 0
    for size in (10, 3000, 1, 4000):
        assert offset(applicant, location) == at
        told = send(applicant, location, at, VIDEO[at : at + size])
        assert (told.status_code, told.headers["upload-offset"]) == (204, str(at + size))
        at += size
    assert state(applicant, session_id) == "created"
    assert send(applicant, location, at, VIDEO[at:]).status_code == 204
    assert state(applicant, session_id) == "uploaded"
    (session,) = rows(services, liveness_sessions)
    assert session.video_sha256 == hashlib.sha256(VIDEO).hexdigest()
    assert services.evidence.find(session.video_id).size == len(VIDEO)
    kept = [row for row in rows(services, evidence) if row.deleted_at is None]
    assert [row.id for row in kept] == [session.video_id]
    assert offset(applicant, location) == len(VIDEO)


def test_a_piece_for_another_place_is_refused(applicant: TestClient, session_id: str) -> None:
    location = began(applicant, session_id)
    send(applicant, location, 0, VIDEO[:100])
    for wrong in (0, 99, 101, len(VIDEO)):
        told = send(applicant, location, wrong, b"more")
        assert (told.status_code, told.json()["code"]) == (409, "upload.out_of_place")
    assert offset(applicant, location) == 100
    too_much = send(applicant, location, 100, VIDEO)
    assert too_much.status_code == 409
    assert offset(applicant, location) == 100


def sent_and_broken(app: FastAPI, person: TestClient, location: str, at: int, pieces: list[bytes]) -> None:
    """A request whose connection breaks after these pieces."""
    headers = {
        **TUS,
        "upload-offset": str(at),
        "content-type": "application/offset+octet-stream",
        "content-length": str(len(VIDEO) - at),
        "cookie": "; ".join(f"{name}={value}" for name, value in person.cookies.items()),
        "host": "127.0.0.1:8000",
    }
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "PATCH",
        "scheme": "http",
        "path": location,
        "raw_path": location.encode(),
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "root_path": "",
    }
    messages = iter(
        [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
        + [{"type": "http.disconnect"}] * 3
    )

    async def receive() -> Any:
        return next(messages)

    async def ignore(message: Any) -> None:
        pass

    async def run() -> None:
        await app(scope, receive, ignore)

    anyio.run(run)


def test_what_came_before_a_connection_broke_is_kept(
    app: FastAPI, applicant: TestClient, session_id: str
) -> None:
    location = began(applicant, session_id)
    sent_and_broken(app, applicant, location, 0, [VIDEO[:4000], VIDEO[4000:5000]])
    assert offset(applicant, location) == 5000
    sent_and_broken(app, applicant, location, 5000, [])
    assert offset(applicant, location) == 5000
    assert send(applicant, location, 5000, VIDEO[5000:]).status_code == 204
    assert state(applicant, session_id) == "uploaded"


def test_an_upload_goes_on_after_a_restart(
    services: Services, applicant: TestClient, session_id: str
) -> None:
    location = began(applicant, session_id)
    send(applicant, location, 0, VIDEO[:6000])
    jobs = InMemoryJobRunner(clock=services.clock)
    overrides = bootstrap.Overrides(engine=services.engine, clock=services.clock, jobs=jobs)
    again = bootstrap.build(services.settings, overrides=overrides)
    later = browser(create_app(again))
    later.cookies.update(applicant.cookies)
    assert offset(later, location) == 6000
    assert send(later, location, 6000, VIDEO[6000:]).status_code == 204
    assert state(later, session_id) == "uploaded"
    again.close()


def test_a_later_request_takes_over_from_one_that_hangs(
    services: Services, applicant: TestClient, session_id: str
) -> None:
    location = began(applicant, session_id)
    upload_id = location.rpartition("/")[2]
    (row,) = rows(services, uploads)
    found = resumable.find(services, upload_id, session_id=session_id, account_id=row.account_id)
    hanging = resumable.take(services, found, offset=0)
    assert send(applicant, location, 0, VIDEO[:50]).status_code == 204

    async def body() -> Any:
        yield VIDEO[:70]

    with pytest.raises(UploadOutOfPlace):
        anyio.run(resumable.receive, services, hanging, body())
    assert offset(applicant, location) == 50


def test_a_session_has_one_upload(applicant: TestClient, services: Services, session_id: str) -> None:
    first = began(applicant, session_id)
    send(applicant, first, 0, VIDEO[:3000])
    second = began(applicant, session_id)
    assert applicant.head(first, headers=TUS).status_code == 404
    assert offset(applicant, second) == 0
    assert applicant.head(second, headers=TUS).headers["upload-length"] == str(len(VIDEO))
    assert [row.id for row in rows(services, uploads)] == [second.rpartition("/")[2]]
    assert all(row.deleted_at is not None for row in rows(services, evidence))


def test_an_upload_ends_with_its_session_and_a_minute(
    applicant: TestClient, services: Services, clock: Clock, session_id: str
) -> None:
    location = began(applicant, session_id)
    send(applicant, location, 0, VIDEO[:3000])
    clock.move(minutes=services.settings.challenge_minutes, seconds=UPLOAD_GRACE.total_seconds() - 1)
    assert send(applicant, location, 3000, VIDEO[3000:3100]).status_code == 204
    clock.move(seconds=2)
    late = send(applicant, location, 3100, VIDEO[3100:])
    assert (late.status_code, late.json()["code"]) == (410, "session.expired")
    assert applicant.head(location, headers=TUS).status_code == 410
    upkeep(services, RunningJob("upkeep", "liveness-upkeep", {}))
    assert rows(services, uploads) == []
    assert all(row.deleted_at is not None for row in rows(services, evidence))


def test_a_body_that_trickles_is_ended_and_what_came_is_kept(
    applicant: TestClient, services: Services, clock: Clock, session_id: str
) -> None:
    location = began(applicant, session_id)
    (row,) = rows(services, uploads)
    found = resumable.find(
        services, location.rpartition("/")[2], session_id=session_id, account_id=row.account_id
    )
    taken = resumable.take(services, found, offset=0)
    clock.now = found.expires_at
    clock.move(seconds=-0.3)

    async def trickle() -> Any:
        yield VIDEO[:40]
        clock.move(seconds=1)
        await anyio.sleep(60)
        yield VIDEO[40:]

    with pytest.raises(UploadTooSlow):
        anyio.run(resumable.receive, services, taken, trickle())
    assert rows(services, uploads)[0].received == 40


def test_other_versions_types_and_numbers_are_refused(applicant: TestClient, session_id: str) -> None:
    path = f"/v1/liveness-sessions/{session_id}/uploads"
    old = applicant.post(path, headers={"Tus-Resumable": "0.2.2", "Upload-Length": "10"})
    assert (old.status_code, old.json()["code"]) == (412, "upload.version")
    for length in ("", "-1", "ten", "1e3"):
        assert applicant.post(path, headers={**TUS, "Upload-Length": length}).status_code == 400
    assert applicant.post(path, headers=TUS).json()["code"] == "upload.malformed"
    large = applicant.post(path, headers={**TUS, "Upload-Length": str((64 << 20) + 1)})
    assert (large.status_code, large.json()["code"]) == (413, "video.too_large")
    location = began(applicant, session_id)
    typed = applicant.patch(location, content=b"x", headers={**TUS, "Upload-Offset": "0"})
    assert (typed.status_code, typed.json()["code"]) == (415, "upload.media_type")


def test_what_is_no_video_is_refused_by_its_first_bytes(applicant: TestClient, session_id: str) -> None:
    location = began(applicant, session_id, 5000)
    told = send(applicant, location, 0, b"\xff\xd8\xff\xe0 a picture" + bytes(400))
    assert (told.status_code, told.json()["code"]) == (415, "video.not_a_video")
    again = began(applicant, session_id, 20)
    for at in range(0, 20, 10):
        told = send(applicant, again, at, b"0123456789")
    assert (told.status_code, told.json()["code"]) == (415, "video.not_a_video")
    assert applicant.head(again, headers=TUS).status_code == 404
    assert state(applicant, session_id) == "created"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_piece_that_does_not_match_its_checksum_is_not_taken(
    applicant: TestClient, session_id: str, algorithm: str
) -> None:
    location = began(applicant, session_id)
    digest = base64.b64encode(hashlib.new(algorithm, VIDEO[:3000]).digest()).decode()
    wrong = send(applicant, location, 0, VIDEO[:2999] + b"!", **{"Upload-Checksum": f"{algorithm} {digest}"})
    assert (wrong.status_code, wrong.json()["code"]) == (460, "upload.checksum")
    assert offset(applicant, location) == 0
    right = send(applicant, location, 0, VIDEO[:3000], **{"Upload-Checksum": f"{algorithm} {digest}"})
    assert right.status_code == 204
    assert offset(applicant, location) == 3000


def test_too_many_small_parts_are_refused(
    applicant: TestClient, session_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resumable, "MAX_PARTS", 3)
    location = began(applicant, session_id)
    answers = [send(applicant, location, at, VIDEO[at : at + 1]).status_code for at in range(4)]
    assert answers == [204, 204, 204, 400]


def test_an_upload_can_be_given_up(applicant: TestClient, services: Services, session_id: str) -> None:
    location = began(applicant, session_id)
    send(applicant, location, 0, VIDEO[:3000])
    assert applicant.delete(location, headers=TUS).status_code == 204
    assert applicant.head(location, headers=TUS).status_code == 404
    assert all(row.deleted_at is not None for row in rows(services, evidence))


def test_an_upload_is_nobody_elses(app: FastAPI, applicant: TestClient, session_id: str) -> None:
    location = began(applicant, session_id)
    other = signed_in_applicant(app, "li.lei")
    assert other.head(location, headers=TUS).status_code == 404
    assert send(other, location, 0, VIDEO[:10]).status_code == 404
    assert other.delete(location, headers=TUS).status_code == 404
    assert browser(app).head(location, headers=TUS).status_code == 401
    told = other.post(f"/v1/liveness-sessions/{session_id}/uploads", headers={**TUS, "Upload-Length": "9"})
    assert told.status_code == 404


def test_a_large_video_is_kept_part_by_part(
    app: FastAPI, applicant: TestClient, services: Services, session_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resumable, "PART_BYTES", 1 << 18)
    large = VIDEO + bytes(1 << 20)
    location = began(applicant, session_id, len(large))
    sent_and_broken(
        app, applicant, location, 0, [large[at : at + 50_000] for at in range(0, 800_000, 50_000)]
    )
    assert offset(applicant, location) == 800_000
    assert len(rows(services, uploads)[0].parts) >= 3
    assert send(applicant, location, 800_000, large[800_000:]).status_code == 204
    assert rows(services, liveness_sessions)[0].video_sha256 == hashlib.sha256(large).hexdigest()


@pytest.mark.parametrize("length", ["0", "9" * 5000, "-1", "1e3", "\u0661", ""])
def test_a_length_that_is_none_is_malformed(applicant: TestClient, session_id: str, length: str) -> None:
    headers = {**TUS, "Upload-Length": length.encode()}
    told = applicant.post(f"/v1/liveness-sessions/{session_id}/uploads", headers=headers)
    assert (told.status_code, told.json()["code"]) == (400, "upload.malformed")


def test_an_offset_of_thousands_of_digits_is_malformed(applicant: TestClient, session_id: str) -> None:
    location = began(applicant, session_id)
    told = applicant.patch(
        location,
        content=VIDEO,
        headers={**TUS, "Upload-Offset": "0" * 5000, "Content-Type": "application/offset+octet-stream"},
    )
    assert (told.status_code, told.json()["code"]) == (400, "upload.malformed")


def test_an_upload_is_finished_once_however_many_requests_find_it_whole(
    applicant: TestClient, services: Services, session_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that asks where the upload is, while its last bytes are put together."""
    location = began(applicant, session_id)
    with monkeypatch.context() as held:
        held.setattr(resumable, "finish", lambda _services, _upload: None)
        assert send(applicant, location, 0, VIDEO).status_code == 204
    (row,) = rows(services, uploads)
    find = {"session_id": session_id, "account_id": row.account_id}
    first, second = (resumable.find(services, row.id, **find) for _ in range(2))
    resumable.finish(services, first)
    resumable.finish(services, second)
    assert state(applicant, session_id) == "uploaded"
    assert sum(found.deleted_at is None for found in rows(services, evidence)) == 1


def test_videos_of_one_account_on_their_way_at_once_are_no_more_than_three(applicant: TestClient) -> None:
    whole = [VIDEO + bytes([number]) for number in range(4)]
    locations = [began(applicant, opened(applicant), len(video)) for video in whole]
    for location, video in zip(locations, whole, strict=True):
        assert send(applicant, location, 0, video[:-1]).status_code == 204
    told = [
        send(applicant, location, len(video) - 1, video[-1:])
        for location, video in zip(locations, whole, strict=True)
    ]
    assert [answer.status_code for answer in told] == [204, 204, 204, 429]
    assert told[3].json()["code"] == "session.too_many_attempts"
    assert int(told[3].headers["retry-after"]) == 60
