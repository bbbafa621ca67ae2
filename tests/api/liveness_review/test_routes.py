"""What a reviewer sees of the liveness checks of a case, who else does not, and what the docket says."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.auth.accounts import Role
from api.bootstrap import Services
from api.evidence.port import EvidenceKind
from api.jobs.answers import file_analysis
from api.liveness_desk import desk
from api.records import verify_evidence
from api.settings import Settings
from api.store.organs import seed_organs
from filing.organs import demonstration_organs
from liveness.evidence.checking import Holds
from liveness.verdict import Outcome
from signing.demonstration import create
from signing.keys.custody import KeyCustody
from signing.records.demonstration import open_record_signer
from tests.api.conftest import Clock, fresh_key
from tests.api.filing.world import JIANGAN, JIANGHAN, World
from tests.liveness.evidence.records import make_analysis

VIDEO = b"\x00\x00\x00\x18ftypmp42" + bytes(1200)
CLAIM = {"document_type": "resident_id", "document_number": "420102199003071232", "name": "王芳"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path / "data",
        weights_dir=tmp_path / "weights",
        comparator="unsafe-constant",
        challenge_source="fixed",
        challenge_actions=("nod", "mouth", "blink"),
    )


@pytest.fixture
def world(app: FastAPI, services: Services, staff: Callable[..., TestClient]) -> World:
    with services.transaction() as db:
        seed_organs(db, demonstration_organs(), [matter.id for matter in services.matters.matters])
    return World(app, services, staff)


@dataclass
class Checked:
    """A submitted case whose applicant was checked, with the applicant's browser."""

    world: World
    applicant: TestClient
    case_id: str
    session_id: str

    @property
    def url(self) -> str:
        return f"/v1/review/cases/{self.case_id}/verifications"

    def every_look(self) -> Iterator[str]:
        base = f"{self.url}/{self.session_id}"
        yield from (self.url, base, f"{base}/timeline.svg", f"{base}/report.html", f"{base}/frames/1")
        yield f"{base}/record"


def check_applicant(world: World, applicant: TestClient, case_id: str) -> str:
    """Go through a check for a case; the video's place is taken by signals made by hand."""
    services = world.services
    version = applicant.get("/v1/consents/current").json()["version"]
    consent = applicant.post("/v1/consents", json={"version": version}, headers=fresh_key()).json()["id"]
    body = {"consent_id": consent, "claim": CLAIM, "case_id": case_id}
    opened = applicant.post("/v1/liveness-sessions", json=body, headers=fresh_key())
    assert opened.status_code == 201, opened.text
    session_id: str = opened.json()["id"]
    assert applicant.put(f"/v1/liveness-sessions/{session_id}/video", content=VIDEO).status_code == 202
    with services.transaction() as db:
        session = desk(db, services).begin_analysis(session_id)
    assert session is not None
    assert session.video_sha256 is not None
    analysis = make_analysis(session.asked, video_sha256=session.video_sha256)
    assert analysis.verdict.outcome is Outcome.PASSED
    assert file_analysis(services, session, analysis)
    return session_id


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demonstration authority with its key for records, made once."""
    folder = tmp_path_factory.mktemp("pki") / "seals"
    clock = Clock()
    create(folder, [], clock)
    open_record_signer(folder, clock)
    return folder


@pytest.fixture
def checked(world: World, services: Services, authority: Path, signer: KeyCustody) -> Checked:
    copytree(authority, services.settings.seal_dir)
    applicant = world.applicant()
    case_id = world.draft(applicant)
    session_id = check_applicant(world, applicant, case_id)
    done = applicant.post(f"/v1/cases/{case_id}/submission", headers=fresh_key())
    assert done.status_code == 200, done.text
    return Checked(world, applicant, case_id, session_id)


def test_the_reviewer_sees_every_measure_picture_and_reason(checked: Checked) -> None:
    reviewer = checked.world.reviewer()
    (summary,) = reviewer.get(checked.url).json()
    assert (summary["id"], summary["outcome"], summary["has_evidence"]) == (
        checked.session_id,
        "passed",
        True,
    )
    detail = reviewer.get(f"{checked.url}/{checked.session_id}").json()
    report = detail["report"]
    for action in report["actions"]:
        assert action["measured"] >= action["required"]
        assert action["start_ms"] < action["key_frame_ms"] < action["end_ms"]
    assert {item["name"] for item in report["evidence"]} >= {"frozen_picture", "cut"}
    assert report["portrait"]["parts"]["sharpness"] > 0
    assert report["comparison"]["match"] == "matched"
    assert detail["frames"][0]["role"] == "start"
    for frame in detail["frames"]:
        picture = reviewer.get(frame["url"])
        assert picture.headers["content-type"] == "image/jpeg"
        assert hashlib.sha256(picture.content).hexdigest() == frame["sha256"]


def test_timeline_and_page_are_given_and_can_run_nothing(checked: Checked) -> None:
    reviewer = checked.world.reviewer()
    detail = reviewer.get(f"{checked.url}/{checked.session_id}").json()
    timeline = reviewer.get(detail["timeline_url"])
    assert timeline.headers["content-type"] == "image/svg+xml"
    assert timeline.text.startswith("<svg")
    page = reviewer.get(detail["report_url"])
    assert page.text.count("<figure>") == len(detail["frames"])
    for answer in (timeline, page):
        assert "script" not in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_no_answer_stays_in_a_cache(checked: Checked) -> None:
    reviewer = checked.world.reviewer()
    for url in checked.every_look():
        answer = reviewer.get(url)
        assert answer.status_code == 200, url
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_signed_record_verifies_and_names_the_session(checked: Checked, services: Services) -> None:
    reviewer = checked.world.reviewer()
    detail = reviewer.get(f"{checked.url}/{checked.session_id}").json()
    assert detail["record"]["is_signed"]
    signed = reviewer.get(detail["record"]["url"]).content
    assert hashlib.sha256(signed).hexdigest() == detail["record"]["sha256"]
    root = (services.settings.seal_dir / "root.crt").read_bytes()
    digest = hashlib.sha256(VIDEO).hexdigest()
    told = verify_evidence(signed, anchors=[root], at=services.clock(), video_sha256=digest)
    assert told.holds is Holds.YES, told.checks
    assert told.record is not None
    assert told.record["session"]["id"] == checked.session_id
    assert told.record["frames"] == [
        {name: frame[name] for name in ("role", "time_ms", "sha256")} for frame in detail["frames"]
    ]
    assert told.record["models"]["sface"]


def test_a_record_names_no_person(checked: Checked) -> None:
    signed = checked.world.reviewer().get(f"{checked.url}/{checked.session_id}/record").content
    for personal in (CLAIM["name"], CLAIM["document_number"], "wang.fang"):
        assert personal.encode() not in signed


def test_every_look_stands_in_the_docket_without_personal_data(checked: Checked) -> None:
    reviewer = checked.world.reviewer()
    before = reviewer.get(f"/v1/review/cases/{checked.case_id}/docket").json()
    looks = [url for url in checked.every_look() if url != checked.url]
    for url in looks:
        reviewer.get(url)
    docket = reviewer.get(f"/v1/review/cases/{checked.case_id}/docket").json()
    assert docket["is_whole"]
    added = docket["entries"][len(before["entries"]) :]
    assert [entry["kind"] for entry in added] == ["review.evidence_viewed"] * len(looks)
    assert {entry["actor_role"] for entry in added} == {"reviewer"}
    assert len({entry["facts_digest"] for entry in added}) == len(looks)
    assert checked.session_id not in json.dumps(added)


def test_nobody_else_sees_it_and_no_refused_look_is_noted(checked: Checked) -> None:
    world = checked.world
    entries = len(world.reviewer().get(f"/v1/review/cases/{checked.case_id}/docket").json()["entries"])
    for url in checked.every_look():
        assert checked.applicant.get(url).status_code == 403, url
        assert TestClient(world.app, base_url="http://127.0.0.1:8000").get(url).status_code == 401, url
        assert world.reviewer(JIANGHAN).get(url).status_code == 404, url
        assert world.staff(Role.OPERATOR, None).get(url).status_code == 403, url
    assert world.staff(Role.SUPERVISOR, JIANGAN).get(checked.url).status_code == 200
    docket = world.reviewer().get(f"/v1/review/cases/{checked.case_id}/docket").json()
    assert len(docket["entries"]) == entries


def test_a_check_of_one_case_is_not_shown_under_another(checked: Checked) -> None:
    world = checked.world
    other = world.submitted(world.applicant("li.si"))
    reviewer = world.reviewer()
    base = f"/v1/review/cases/{other}/verifications"
    assert reviewer.get(base).json() == []
    assert reviewer.get(f"{base}/{checked.session_id}").status_code == 404
    assert reviewer.get(f"{base}/{checked.session_id}/frames/1").status_code == 404


def test_a_picture_that_is_not_there_is_not_found(checked: Checked) -> None:
    reviewer = checked.world.reviewer()
    assert reviewer.get(f"{checked.url}/{checked.session_id}/frames/99").status_code == 404
    assert reviewer.get(f"{checked.url}/{checked.session_id}/frames/0").status_code == 422


def test_evidence_past_its_time_is_told_as_gone(checked: Checked, services: Services) -> None:
    with services.reading() as db:
        decision = desk(db, services).look(checked.session_id, _account(checked))[0].decision
    assert decision is not None
    for evidence_id in decision.evidence_ids:
        services.evidence.delete(evidence_id, reason="retention")
    reviewer = checked.world.reviewer()
    (summary,) = reviewer.get(checked.url).json()
    assert summary["has_evidence"] is False
    assert reviewer.get(f"{checked.url}/{checked.session_id}").status_code == 404


def test_all_evidence_of_a_filed_check_lives_with_its_case(checked: Checked, services: Services) -> None:
    with services.reading() as db:
        decision = desk(db, services).look(checked.session_id, _account(checked))[0].decision
    assert decision is not None
    kept = [services.evidence.find(evidence_id) for evidence_id in decision.evidence_ids]
    assert {ref.kind for ref in kept} == {EvidenceKind.AUDIT_FRAME, EvidenceKind.REVIEW, EvidenceKind.RECORD}
    assert {ref.delete_after for ref in kept} == {None}


def test_without_a_key_the_record_is_kept_unsigned_and_says_so(world: World, services: Services) -> None:
    applicant = world.applicant()
    case_id = world.draft(applicant)
    session_id = check_applicant(world, applicant, case_id)
    applicant.post(f"/v1/cases/{case_id}/submission", headers=fresh_key()).raise_for_status()
    reviewer = world.reviewer()
    detail = reviewer.get(f"/v1/review/cases/{case_id}/verifications/{session_id}").json()
    assert detail["record"]["is_signed"] is False
    bare = reviewer.get(detail["record"]["url"])
    assert bare.headers["content-type"] == "application/json"
    told = verify_evidence(bare.content, anchors=[], at=services.clock())
    assert told.holds is Holds.NO


def numbers_in(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Every number in a JSON value with where it stands."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from numbers_in(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from numbers_in(inner, f"{path}[]")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


def test_the_applicant_gets_no_number_but_the_tries_that_are_left(checked: Checked) -> None:
    for language in ("zh", "en"):
        answer = checked.applicant.get(
            f"/v1/liveness-sessions/{checked.session_id}", headers={"Accept-Language": language}
        )
        assert [path for path, _ in numbers_in(answer.json())] == [".attempts_left"]
        assert not any(word in answer.text for word in ("score", "threshold", "measured", "required"))
    case = checked.applicant.get(f"/v1/cases/{checked.case_id}").text
    assert not any(word in case for word in ("score", "measured", "timeline"))


def _account(checked: Checked) -> str:
    account: str = checked.applicant.get("/v1/accounts/me").json()["id"]
    return account
