"""The liveness check over HTTP: consent, challenge, upload, answer. Slow tests judge made videos for real."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from api import bootstrap
from api.bootstrap import Services
from api.errors import EvidenceError, EvidenceNotFound, WorkerLost
from api.evidence.port import EvidenceKind, NewEvidence
from api.jobs.analysis import UPKEEP, upkeep
from api.jobs.answers import keep
from api.jobs.memory import InMemoryJobRunner
from api.jobs.port import RunningJob
from api.liveness_desk import attempter, desk, evidence_owner
from api.settings import Settings
from api.store.filing import filing_services
from api.store.organs import seed_organs
from api.store.tables.evidence import evidence
from api.store.tables.liveness import liveness_sessions, route_choices
from filing.organs import demonstration_organs
from filing.ports import AsService
from liveness.errors import ConflictingSessionState
from liveness.sessions.desk import Desk, Opening
from liveness.sessions.session import Purpose
from liveness.verdict import Action
from models.comparison import DocumentType, IdentityClaim
from tests.api.conftest import Clock, fresh_key, signed_in_applicant
from tests.clips import MadeClip
from tests.liveness.sessions.builders import CLAIM as SESSION_CLAIM
from tests.liveness.sessions.builders import PERSON, failure
from tests.models.comparators.people import astronaut, jpeg, other_person, write_key

CLAIM = {"document_type": "resident_id", "document_number": "11010519491231002X", "name": "张三"}
MP4_HEAD = b"\x00\x00\x00\x18ftypmp42" + bytes(12)
ORDER = (Action.MOUTH, Action.NOD, Action.BLINK)


@pytest.fixture
def settings(tmp_path: Path, weights_dir: Path) -> Settings:
    return Settings(
        data_dir=tmp_path / "data",
        weights_dir=weights_dir,
        challenge_source="fixed",
        challenge_actions=tuple(ORDER),
        analysis_timeout_seconds=100,
    )


@dataclass
class Person:
    """A browser that goes through the check step by step."""

    browser: TestClient
    services: Services

    def consent(self) -> str:
        version = self.browser.get("/v1/consents/current").json()["version"]
        made = self.browser.post("/v1/consents", json={"version": version}, headers=fresh_key())
        assert made.status_code == 201
        return str(made.json()["id"])

    def open(self, **changes: object) -> Any:
        body = {"consent_id": self.consent(), "claim": CLAIM, **changes}
        return self.browser.post("/v1/liveness-sessions", json=body, headers=fresh_key())

    def opened(self) -> dict[str, Any]:
        answer = self.open()
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def send(self, session: dict[str, Any], body: bytes) -> Any:
        return self.browser.put(session["upload_url"], content=body)

    def look(self, session: dict[str, Any], language: str = "zh") -> dict[str, Any]:
        answer = self.browser.get(
            f"/v1/liveness-sessions/{session['id']}", headers={"Accept-Language": language}
        )
        assert answer.status_code == 200
        return dict(answer.json())

    def run_jobs(self) -> None:
        runner = self.services.jobs
        assert isinstance(runner, InMemoryJobRunner)
        runner.run_all()


@pytest.fixture
def person(applicant: TestClient, services: Services) -> Person:
    return Person(applicant, services)


def rows(services: Services, table: Any) -> list[Any]:
    with services.reading() as db:
        return list(db.execute(select(table)))


# consent ----------------------------------------------------------------------------------------------------


def test_consent_text_and_ways_without_the_face_need_no_account(client: TestClient) -> None:
    current = client.get("/v1/consents/current").json()
    assert "单独征得" in current["text"]["zh"]
    assert [route["id"] for route in current["non_face_routes"]] == ["counter", "video_call", "post"]


def test_consent_needs_an_account_and_the_version_in_force(client: TestClient, person: Person) -> None:
    assert client.post("/v1/consents", json={"version": "2026-01"}, headers=fresh_key()).status_code == 401
    old = person.browser.post("/v1/consents", json={"version": "2018-01"}, headers=fresh_key())
    assert (old.status_code, old.json()["code"]) == (409, "session.consent_version")


def test_no_session_without_consent(person: Person) -> None:
    answer = person.open(consent_id="nothing")
    assert (answer.status_code, answer.json()["code"]) == (403, "session.consent_missing")


def test_taking_consent_back_deletes_a_video_nobody_has_judged(person: Person) -> None:
    consent_id = person.consent()
    session = dict(person.open(consent_id=consent_id).json())
    assert person.send(session, MP4_HEAD * 50).status_code == 202
    (stored,) = rows(person.services, evidence)
    assert person.browser.delete(f"/v1/consents/{consent_id}").status_code == 204
    with pytest.raises(EvidenceNotFound):
        person.services.evidence.find(stored.id)
    person.run_jobs()
    assert person.look(session)["state"] == "expired"
    assert rows(person.services, liveness_sessions)[0].claim is None


def test_a_revocation_cut_short_before_the_video_leaves_it_to_retention(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent_id = person.consent()
    assert person.send(dict(person.open(consent_id=consent_id).json()), MP4_HEAD * 50).status_code == 202

    def die(*_given: object, **_named: object) -> None:
        raise EvidenceError

    with monkeypatch.context() as dying:
        dying.setattr(person.services.evidence, "delete", die)
        assert person.browser.delete(f"/v1/consents/{consent_id}").status_code == 500
    assert person.services.evidence.delete_due() == 1
    assert rows(person.services, evidence)[0].deleted_at is not None


def test_a_way_without_the_face_is_recorded(person: Person) -> None:
    answer = person.browser.post("/v1/non-face-requests", json={"route": "counter"}, headers=fresh_key())
    assert answer.status_code == 201
    assert [row.route for row in rows(person.services, route_choices)] == ["counter"]


# opening ----------------------------------------------------------------------------------------------------


def test_a_challenge_is_drawn(person: Person, clock: Clock) -> None:
    session = person.opened()
    assert session["actions"] == [action.value for action in ORDER]
    assert [prompt["text"] for prompt in session["prompts"]] == ["张嘴", "点头", "眨眼"]
    assert session["profile"] == "ordered"
    assert session["attempts_left"] == 3
    assert len(session["nonce"]) == 22


def test_a_timed_session_tells_nothing_ahead(person: Person) -> None:
    session = dict(person.open(profile="timed").json())
    assert (session["profile"], session["assurance"]) == ("timed", "enhanced")
    assert session["actions"] == session["steps"] == session["prompts"] == []
    assert session["asks_for"] == ["nod", "mouth", "blink"]
    assert session["upload_url"] is None
    assert session["stream_url"] == f"/v1/liveness-sessions/{session['id']}/stream"
    assert person.look(session)["actions"] == []
    refused = person.browser.put(f"/v1/liveness-sessions/{session['id']}/video", content=MP4_HEAD * 100)
    assert (refused.status_code, refused.json()["code"]) == (409, "session.stream_needed")
    assert rows(person.services, evidence) == []


def test_what_a_person_cannot_do_is_not_asked_for_and_only_counted(
    person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    session = dict(person.open(alternatives={"cannot": ["nod"], "more_time": True}).json())
    (stand_in,) = set(session["actions"]) - {"mouth", "blink"}
    assert session["actions"] == ["mouth", stand_in, "blink"]
    assert session["more_time"] is True
    assert {prompt["window_ms"] for prompt in session["prompts"]} == {8000}
    figures = person.services.metrics.text().decode()
    assert f'novisit_liveness_alternatives_total{{kind="{stand_in}"}} 1.0' in figures
    assert 'novisit_liveness_alternatives_total{kind="more_time"} 1.0' in figures
    assert session["id"] not in capsys.readouterr().out


def test_three_actions_always_stay_and_the_ways_without_the_face_are_named(person: Person) -> None:
    answer = person.open(alternatives={"cannot": ["nod", "mouth", "smile", "blink"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "session.too_few_actions")
    assert "不刷脸" in answer.json()["detail"]


def test_a_way_without_the_face_is_counted(person: Person) -> None:
    person.browser.post("/v1/non-face-requests", json={"route": "counter"}, headers=fresh_key())
    assert (
        'novisit_liveness_alternatives_total{kind="counter"} 1.0' in person.services.metrics.text().decode()
    )


def test_a_matter_that_needs_the_timed_profile_refuses_an_ordered_session(person: Person) -> None:
    services = person.services
    matters = [replace(matter, assurance="timed") for matter in services.matters.matters]
    services.matters = replace(services.matters, matters=tuple(matters))
    with services.transaction() as db:
        seed_organs(db, demonstration_organs(), [matter.id for matter in matters])
    body = {"matter_id": matters[0].id, "organ_id": demonstration_organs()[0].id}
    case = person.browser.post("/v1/cases", json=body, headers=fresh_key()).raise_for_status().json()
    refused = person.open(case_id=case["id"], profile="ordered")
    assert (refused.status_code, refused.json()["code"]) == (403, "verification.assurance_too_low")
    assert person.open(case_id=case["id"]).json()["profile"] == "timed"


def test_one_request_sent_twice_opens_one_session(person: Person) -> None:
    body = {"consent_id": person.consent(), "claim": CLAIM}
    key = fresh_key()
    first, second = (
        person.browser.post("/v1/liveness-sessions", json=body, headers=key).json() for _ in range(2)
    )
    assert first == second
    assert len(rows(person.services, liveness_sessions)) == 1


def test_the_claim_is_nowhere_in_the_clear(person: Person) -> None:
    person.opened()
    person.services.close()
    database = Path(str(person.services.engine.url.database))
    content = b"".join(file.read_bytes() for file in database.parent.glob(f"{database.name}*"))
    assert CLAIM["document_number"].encode() not in content
    assert CLAIM["name"].encode() not in content


@pytest.mark.parametrize(
    "claim",
    [{**CLAIM, "document_type": "library_card"}, {**CLAIM, "name": ""}, {**CLAIM, "portrait": "AAAA"}],
    ids=["unknown document", "no name", "own portrait"],
)
def test_a_claim_that_cannot_be_is_refused_without_repeating_it(person: Person, claim: object) -> None:
    answer = person.open(claim=claim)
    assert answer.status_code == 422
    assert CLAIM["document_number"] not in answer.text


def test_a_session_for_a_case_that_is_not_there_is_refused(person: Person) -> None:
    assert person.open(case_id="0198c5a2-7c1e-7b7a-9d55-0f6f3e2b8a11").status_code == 404


def test_another_account_sees_nothing(person: Person, app: FastAPI) -> None:
    session = person.opened()
    stranger = Person(signed_in_applicant(app, "li.si"), person.services)
    assert stranger.send(session, MP4_HEAD).status_code == 404
    assert stranger.browser.get(f"/v1/liveness-sessions/{session['id']}").status_code == 404


# upload -----------------------------------------------------------------------------------------------------


def test_what_is_no_video_is_refused_at_once_and_the_session_stays_open(person: Person) -> None:
    session = person.opened()
    for body in (b"", b"\xff\xd8\xff\xe0 a picture", b"hello" * 1000):
        answer = person.send(session, body)
        assert (answer.status_code, answer.json()["code"]) == (415, "video.not_a_video")
    assert person.look(session)["state"] == "created"
    assert rows(person.services, evidence) == []


def test_a_video_is_taken_once_and_its_repetition_gets_the_same_answer(person: Person) -> None:
    session = person.opened()
    first = person.send(session, MP4_HEAD * 100)
    assert (first.status_code, first.json()["state"]) == (202, "uploaded")
    assert person.send(session, MP4_HEAD * 100).json() == first.json()
    other = person.send(session, MP4_HEAD * 101)
    assert (other.status_code, other.json()["code"]) == (409, "session.already_used")
    assert len(rows(person.services, evidence)) == 1


def test_a_video_that_lost_a_race_is_deleted_at_once(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    session = person.opened()

    def be_overtaken(*_given: object, **_named: object) -> None:
        raise ConflictingSessionState

    monkeypatch.setattr(Desk, "receive", be_overtaken)
    answer = person.send(session, MP4_HEAD * 100)
    assert (answer.status_code, answer.json()["code"]) == (409, "session.already_used")
    assert [row.deleted_at is not None for row in rows(person.services, evidence)] == [True]


def test_a_video_is_there_until_it_was_looked_at_though_none_is_kept(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = person.services
    services.settings = services.settings.model_copy(update={"retention_video_days": 0})
    monkeypatch.setattr(services.pool, "run", lose_the_worker)
    session = person.opened()
    assert person.send(session, MP4_HEAD * 100).status_code == 202
    assert services.evidence.delete_due() == 0
    person.run_jobs()
    assert person.look(session)["state"] == "undecided"
    assert services.evidence.delete_due() == 1


def test_a_session_gets_its_answer_though_its_video_is_gone(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = person.opened()
    assert person.send(session, MP4_HEAD * 100).status_code == 202
    (stored,) = rows(person.services, evidence)
    person.services.evidence.delete(stored.id, reason="retention")
    person.run_jobs()
    assert person.look(session)["state"] == "undecided"


def test_pictures_of_a_failure_do_not_live_with_the_case(person: Person) -> None:
    services = person.services
    account = person.browser.get("/v1/accounts/me").json()["id"]
    consent_id = person.consent()
    with services.transaction() as db:
        counter = desk(db, services)
        who = attempter(services, account_id=account, device="device-1", address="127.0.0.1")
        session = counter.open(Opening(who, consent_id, SESSION_CLAIM, PERSON, Purpose("case-1")))
        session = counter.receive(session.id, account, video_id="video-1", sha256="d" * 64)
    owner = evidence_owner(session.id)
    new = NewEvidence(owner=owner, kind=EvidenceKind.AUDIT_FRAME, media_type="image/jpeg", limit_bytes=99)
    frame = services.evidence.put([b"a face"], new).id
    assert keep(services, session, replace(failure(), audit_frames=(frame,)))
    assert services.evidence.find(frame).delete_after == services.clock() + timedelta(days=30)


def test_a_video_too_late_is_refused(person: Person, clock: Clock) -> None:
    session = person.opened()
    clock.move(minutes=3)
    answer = person.send(session, MP4_HEAD * 100)
    assert (answer.status_code, answer.json()["code"]) == (410, "session.expired")
    assert person.look(session)["state"] == "expired"


def test_a_video_beyond_the_limit_is_refused_as_it_comes(person: Person) -> None:
    session = person.opened()

    def pieces() -> Iterator[bytes]:
        yield MP4_HEAD
        for _ in range(65):
            yield bytes(1 << 20)

    answer = person.browser.put(session["upload_url"], content=pieces())
    assert answer.status_code == 413
    assert person.look(session)["state"] == "created"
    assert rows(person.services, evidence) == []


# answer -----------------------------------------------------------------------------------------------------


def run(person: Person, body: bytes) -> dict[str, Any]:
    session = person.opened()
    assert person.send(session, body).status_code == 202
    person.run_jobs()
    return person.look(session)


@pytest.mark.slow
def test_a_video_that_cannot_be_read_is_undecided_with_its_reason(person: Person) -> None:
    seen = run(person, MP4_HEAD * 100)
    assert seen["state"] == seen["outcome"] == "undecided"
    (reason,) = seen["reasons"]
    assert reason["code"].startswith("video.")
    assert reason["remedy"]
    assert seen["attempts_left"] == 3
    assert rows(person.services, liveness_sessions)[0].claim is None


def lose_the_worker(*_given: object, **_options: object) -> None:
    raise WorkerLost


def test_a_lost_worker_fails_the_job_and_the_session_says_so(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person.services.pool, "run", lose_the_worker)
    seen = run(person, MP4_HEAD * 100)
    assert seen["state"] == "undecided"
    assert seen["reasons"][0]["code"] == "work.lost"
    assert seen["attempts_left"] == 3


def test_upkeep_answers_what_nobody_looks_at_and_forgets_claims(
    person: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person.services.pool, "run", lose_the_worker)
    session, _never_used = person.opened(), person.opened()
    person.send(session, MP4_HEAD * 100)
    person.run_jobs()
    clock.move(minutes=20)
    upkeep(person.services, RunningJob("upkeep-1", UPKEEP, {}))
    states = {row.state: row.claim for row in rows(person.services, liveness_sessions)}
    assert states == {"undecided": None, "expired": None}


@pytest.fixture
def register(services: Services) -> Callable[[bytes], None]:
    """Puts a portrait of the claimed person into the register."""

    def add(portrait: bytes) -> None:
        claim = IdentityClaim(DocumentType.RESIDENT_ID, CLAIM["document_number"], CLAIM["name"])
        with services.transaction() as db:
            services.portraits.add(
                claim, portrait, connection=db, origin="demonstration", now=services.clock()
            )

    return add


@pytest.mark.slow
def test_the_person_of_the_portrait_passes(
    person: Person, register: Callable[[bytes], None], made_clip: MadeClip
) -> None:
    register(jpeg(astronaut()))
    seen = run(person, Path(made_clip(actions=ORDER).path).read_bytes())
    assert seen["state"] == seen["outcome"] == "passed", seen
    assert seen["actions"] == [{"action": action.value, "found": True} for action in ORDER]
    (row,) = rows(person.services, liveness_sessions)
    assert row.claim is None
    assert row.decision["comparison"]["score"] >= 0.40
    kept = {found.kind: found.delete_after for found in rows(person.services, evidence)}
    assert (kept["video"] - person.services.clock()).days == 30
    assert kept["audit_frame"] == kept["video"]


@pytest.mark.slow
def test_the_very_bytes_of_an_earlier_check_do_not_pass_again(
    person: Person, register: Callable[[bytes], None], made_clip: MadeClip
) -> None:
    register(jpeg(astronaut()))
    video = Path(made_clip(actions=ORDER).path).read_bytes()
    assert run(person, video)["state"] == "passed"
    again = run(person, video)
    assert again["state"] == "failed", again
    assert [reason["code"] for reason in again["reasons"]] == ["video.already_used"]
    assert again["reasons"][0]["remedy"]
    assert again["attempts_left"] == 2


@pytest.mark.slow
def test_another_person_than_the_portraits_fails_without_a_score(
    person: Person, register: Callable[[bytes], None], made_clip: MadeClip
) -> None:
    register(jpeg(other_person()))
    seen = run(person, Path(made_clip(actions=ORDER).path).read_bytes())
    assert seen["state"] == "failed", seen
    assert [reason["code"] for reason in seen["reasons"]] == ["comparison.not_matched"]
    assert seen["attempts_left"] == 2
    assert not any(word in str(seen) for word in ("score", "threshold", "0.4", "measured"))


@pytest.mark.slow
def test_a_person_without_portrait_is_undecided_and_told_what_to_do(
    person: Person, made_clip: MadeClip
) -> None:
    seen = run(person, Path(made_clip(actions=ORDER).path).read_bytes())
    assert seen["state"] == "undecided", seen
    (reason,) = seen["reasons"]
    assert reason["code"] == "comparison.person_unknown"
    assert "novisit portraits add" in reason["remedy"]


@pytest.mark.slow
def test_actions_in_another_order_fail_and_three_failures_lock(
    person: Person, register: Callable[[bytes], None], made_clip: MadeClip
) -> None:
    register(jpeg(astronaut()))
    wrong = Path(made_clip(actions=tuple(reversed(ORDER))).path).read_bytes()
    for left in (2, 1, 0):
        seen = run(person, wrong)
        assert seen["state"] == "failed", seen
        assert seen["attempts_left"] == left
        assert any(reason["code"].endswith("out_of_order") for reason in seen["reasons"])
    locked = person.open()
    assert (locked.status_code, locked.json()["code"]) == (429, "session.too_many_attempts")
    assert int(locked.headers["Retry-After"]) > 1700


@pytest.mark.slow
def test_a_pass_for_a_case_is_recorded_there_and_a_stranger_cannot_verify_for_it(
    person: Person, app: FastAPI, register: Callable[[bytes], None], made_clip: MadeClip
) -> None:
    register(jpeg(astronaut()))
    services = person.services
    with services.transaction() as db:
        seed_organs(db, demonstration_organs(), [matter.id for matter in services.matters.matters])
    organ = demonstration_organs()[0].id
    matter = next(matter.id for matter in services.matters.matters if "catering" in matter.id)
    body = {"matter_id": matter, "organ_id": organ}
    case = person.browser.post("/v1/cases", json=body, headers=fresh_key()).raise_for_status().json()
    stranger = Person(signed_in_applicant(app, "li.si"), services)
    assert stranger.open(case_id=case["id"]).status_code in (403, 404, 409)

    session = dict(person.open(case_id=case["id"]).json())
    assert person.send(session, Path(made_clip(actions=ORDER).path).read_bytes()).status_code == 202
    person.run_jobs()
    assert person.look(session)["state"] == "passed"
    with services.reading() as db:
        found = filing_services(db, services).office.cases.find(case["id"], AsService()).verification
    assert found is not None
    assert found.id == session["id"]
    assert found.person_digest == services.person_digest(CLAIM["document_type"], CLAIM["document_number"])
    assert (found.expires_at - found.verified_at).days == 7
    assert {row.kind: row.delete_after for row in rows(services, evidence)}["audit_frame"] is None


@pytest.mark.slow
def test_consent_taken_back_while_the_video_is_looked_at_leaves_no_answer(
    person: Person, made_clip: MadeClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent_id = person.consent()
    session = dict(person.open(consent_id=consent_id).json())
    person.send(session, Path(made_clip(actions=ORDER).path).read_bytes())
    analyse = person.services.pool.run

    def analyse_then_revoke(*given: Any, **options: Any) -> Any:
        analysis = analyse(*given, **options)
        assert person.browser.delete(f"/v1/consents/{consent_id}").status_code == 204
        return analysis

    monkeypatch.setattr(person.services.pool, "run", analyse_then_revoke)
    person.run_jobs()
    seen = person.look(session)
    assert (seen["state"], seen["outcome"]) == ("expired", None)
    assert all(row.deleted_at is not None for row in rows(person.services, evidence))


@pytest.fixture
def nobody_answers(tmp_path: Path) -> dict[str, str]:
    return {
        "url": "http://127.0.0.1:9",
        "key_id": "office-1",
        "key_file": str(write_key(tmp_path)),
        "attempts": "1",
    }


@pytest.mark.slow
def test_a_comparison_service_that_is_down_is_undecided_and_does_not_count(
    person: Person, nobody_answers: dict[str, str], made_clip: MadeClip
) -> None:
    services = person.services
    down = {"comparator": "authority", "comparator_options": nobody_answers}
    services.settings = services.settings.model_copy(update=down)
    seen = run(person, Path(made_clip(actions=ORDER).path).read_bytes())
    assert seen["state"] == "undecided", seen
    assert [reason["code"] for reason in seen["reasons"]] == ["comparison.unavailable"]
    assert seen["attempts_left"] == 3


def test_production_refuses_a_fixed_challenge(settings: Settings) -> None:
    from api.errors import UnsafeForProduction

    with pytest.raises(UnsafeForProduction, match="CHALLENGE_SOURCE"):
        bootstrap.build(settings.model_copy(update={"env": "production"}))
