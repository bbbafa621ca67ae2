import hashlib

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.store.cases import SqlCases
from api.store.tables.notices import notices
from filing.ports import AsService
from tests.api.conftest import PASSWORD, Clock, browser, fresh_key
from tests.api.filing.world import JIANGAN, PDF, PNG, World, decide
from tests.filing.builders import CATERING

NEW = {"matter_id": CATERING, "organ_id": JIANGAN}


@pytest.fixture
def wang(world: World) -> TestClient:
    return world.applicant()


def signed_in_again(world: World) -> TestClient:
    """The applicant of `wang`, after the former sign-in has run out."""
    made = browser(world.app)
    made.post("/v1/sign-ins", json={"username": "wang.fang", "password": PASSWORD}).raise_for_status()
    return made


def test_a_filing_goes_from_draft_to_sealed_certificate(world: World, wang, client: TestClient) -> None:
    reviewer = world.reviewer()
    case_id = world.submitted(wang)
    assert [case["id"] for case in reviewer.get("/v1/review/cases").json()] == [case_id]
    claimed = reviewer.post(f"/v1/review/cases/{case_id}/claim").json()
    assert (claimed["state"], claimed["claim"]["mine"]) == ("under_review", True)
    approved = decide(reviewer, case_id, decision="approve").json()
    assert (approved["state"], approved["certificate_number"]) == ("approved", "JY24201020000018")
    assert reviewer.get("/v1/review/cases").json() == []
    assert wang.get(f"/v1/cases/{case_id}/certificate").status_code == 404
    assert client.get("/v1/certificates/JY24201020000018").json()["status"] == "sealing"
    world.seal(case_id)
    sealed = wang.get(f"/v1/cases/{case_id}/certificate")
    assert (sealed.content, sealed.headers["content-type"]) == (PDF, "application/pdf")
    public = client.get("/v1/certificates/JY24201020000018").json()
    assert (public["status"], public["masked_holder"]) == ("issued", "江*****馆")
    assert public["files"] == [{"form": "pdf", "sha256": hashlib.sha256(PDF).hexdigest()}]
    assert "好味" not in str(public)
    docket = wang.get(f"/v1/cases/{case_id}/docket").json()
    assert docket["is_whole"]
    assert [entry["kind"] for entry in docket["entries"]][-4:] == [
        "case.submitted",
        "review.claimed",
        "review.approved",
        "certificate.issued",
    ]
    whole = wang.get(f"/v1/cases/{case_id}").json()
    assert (whole["certificate_issued"], whole["clock"]["is_overdue"]) == (True, False)


def test_a_creating_request_that_is_repeated_creates_once(world: World, wang) -> None:
    key = fresh_key()
    first, again = (wang.post("/v1/cases", json=NEW, headers=key) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.headers["location"] == f"/v1/cases/{first.json()['id']}"
    assert len(wang.get("/v1/cases").json()) == 1
    missing = wang.post("/v1/cases", json=NEW)
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency.key_missing")


def test_a_submission_that_is_repeated_is_one(world: World, wang) -> None:
    case_id = world.draft(wang)
    world.verify(wang, case_id)
    key = fresh_key()
    answers = [wang.post(f"/v1/cases/{case_id}/submission", headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [e["kind"] for e in wang.get(f"/v1/cases/{case_id}/docket").json()["entries"]].count(
        "case.submitted"
    ) == 1


def test_nobody_submits_unverified(world: World, wang) -> None:
    case_id = world.draft(wang)
    refused = wang.post(f"/v1/cases/{case_id}/submission", headers=fresh_key())
    assert (refused.status_code, refused.json()["code"]) == (403, "verification.missing")


def test_a_verification_that_expired_is_told(world: World, wang, clock: Clock) -> None:
    case_id = world.draft(wang)
    world.verify(wang, case_id)
    assert wang.get(f"/v1/cases/{case_id}").json()["verification"]["is_valid"]
    clock.move(hours=24)
    again = signed_in_again(world)
    assert not again.get(f"/v1/cases/{case_id}").json()["verification"]["is_valid"]
    refused = again.post(f"/v1/cases/{case_id}/submission", headers=fresh_key())
    assert (refused.status_code, refused.json()["code"]) == (403, "verification.expired")


def test_what_is_missing_is_told_field_by_field_in_the_readers_language(world: World, wang) -> None:
    case_id = world.draft(wang, area_m2="150.00", catering_class=None)
    world.verify(wang, case_id)
    for language, words in (("zh", "经营面积须小于150平方米"), ("en", "must be below 150 m2")):
        refused = wang.post(
            f"/v1/cases/{case_id}/submission", headers={**fresh_key(), "Accept-Language": language}
        ).json()
        assert refused["code"] == "case.not_ready"
        faults = {fault["code"]: fault for fault in refused["faults"]}
        assert set(faults) == {"catering.area_too_large", "catering.class_required"}
        assert words in faults["catering.area_too_large"]["text"]
        assert faults["catering.area_too_large"]["where"] == ["area_m2"]
    shown = wang.get(f"/v1/cases/{case_id}").json()["findings"]
    assert {finding["code"] for finding in shown} == set(faults)


def test_typed_answers_survive_even_wrong_ones(world: World, wang) -> None:
    case_id = world.draft(wang)
    saved = wang.patch(f"/v1/cases/{case_id}", json={"form": {"area_m2": "about 80", "seats": None}}).json()
    assert saved["form"]["area_m2"] == "about 80"
    assert "seats" not in saved["form"]
    assert {(f["field"], f["code"]) for f in saved["findings"]} == {
        ("area_m2", "form.not_decimal"),
        ("seats", "form.required"),
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"form": {"colour": "red"}}, "case.unknown_field"),
        ({"form": 3}, "request.validation"),
        ({"answers": {}}, "request.validation"),
    ],
)
def test_answers_that_cannot_be_kept_are_refused(world: World, wang, body, code) -> None:
    case_id = world.draft(wang)
    refused = wang.patch(f"/v1/cases/{case_id}", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, code)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"matter_id": "nothing", "organ_id": JIANGAN}, 404, "matter.not_found"),
        ({"matter_id": CATERING, "organ_id": "nowhere"}, 404, "organ.not_found"),
        ({"matter_id": CATERING}, 422, "request.validation"),
    ],
)
def test_a_case_begins_only_where_it_can(world: World, wang, body, status, code) -> None:
    refused = wang.post("/v1/cases", json=body, headers=fresh_key())
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_a_material_comes_back_as_it_was_sent(world: World, wang) -> None:
    case_id = world.draft(wang)
    picture = PNG + bytes(range(256)) * 12_000
    filed = wang.put(f"/v1/cases/{case_id}/materials/layout", content=picture).json()
    assert filed["sha256"] == hashlib.sha256(picture).hexdigest()
    assert (filed["size"], filed["media_type"]) == (len(picture), "image/png")
    read = wang.get(f"/v1/cases/{case_id}/materials/layout")
    assert read.content == picture
    assert read.headers["content-disposition"] == 'attachment; filename="layout.png"'


def test_a_material_sent_in_small_pieces_is_whole(world: World, wang) -> None:
    case_id = world.draft(wang)
    pieces = [PDF[i : i + 3] for i in range(0, len(PDF), 3)]
    filed = wang.put(f"/v1/cases/{case_id}/materials/layout", content=iter(pieces))
    assert filed.json()["sha256"] == hashlib.sha256(PDF).hexdigest()


@pytest.mark.parametrize(
    ("name", "content", "status", "fault"),
    [
        ("layout", b"MZ\x90 not a picture", 415, "material.format"),
        ("layout", b"", 415, "material.empty"),
        ("shop_screenshot", PDF, 415, "material.format"),
        ("shop_screenshot", PNG + b"x" * (10 * 2**20), 415, "material.too_large"),
        ("poem", PDF, 404, None),
    ],
)
def test_a_file_that_does_not_fit_is_refused(world: World, wang, name, content, status, fault) -> None:
    case_id = world.draft(wang)
    refused = wang.put(f"/v1/cases/{case_id}/materials/{name}", content=content)
    assert refused.status_code == status
    assert [item["code"] for item in refused.json()["faults"]] == ([fault] if fault else [])
    assert len(wang.get(f"/v1/cases/{case_id}").json()["materials"]) == 4


def test_the_former_file_of_a_draft_goes_and_a_kept_one_stays(world: World, wang, clock: Clock) -> None:
    case_id = world.draft(wang)
    wang.put(f"/v1/cases/{case_id}/materials/layout", content=PNG)
    clock.move(days=2)
    while world.services.evidence.delete_due():
        pass
    with world.services.reading() as db:
        case = SqlCases(db, cipher=world.services.cipher).find(case_id, AsService())
    for material in case.materials:
        assert b"".join(world.services.evidence.open(material.evidence_id, owner=f"case:{case_id}"))


def test_a_strangers_case_does_not_exist(world: World, wang, client: TestClient) -> None:
    case_id, stranger = world.submitted(wang), world.applicant("li.si")
    asks = [
        ("GET", ""),
        ("PATCH", ""),
        ("PUT", "/materials/layout"),
        ("GET", "/materials/layout"),
        ("POST", "/submission"),
        ("GET", "/docket"),
        ("GET", "/certificate"),
        ("POST", "/parties"),
    ]
    bodies = {"PATCH": {"form": {}}, "/parties": {"role": "shareholder", "display_name": "x", "share": "1"}}
    for method, path in asks:
        body = bodies.get(path, bodies.get(method))
        content = {"content": PDF} if method == "PUT" else {"json": body}
        url = f"/v1/cases/{case_id}{path}"
        refused = stranger.request(method, url, headers=fresh_key(), **content)
        assert (refused.status_code, refused.json()["code"]) == (404, "case.not_found"), (method, path)
        unknown = stranger.request(method, f"/v1/cases/guess{path}", headers=fresh_key(), **content)
        assert unknown.json()["code"] == refused.json()["code"]
        nobody = client.request(method, url, headers=fresh_key(), **content)
        assert (nobody.status_code, nobody.json()["code"]) == (401, "account.not_signed_in")
    assert stranger.get("/v1/cases").json() == []


def test_a_returned_case_shows_what_to_put_right_and_goes_again(world: World, wang) -> None:
    reviewer, case_id = world.reviewer(), world.submitted(wang)
    reviewer.post(f"/v1/review/cases/{case_id}/claim")
    fields = [
        {"field": "area_m2", "remark": "与平面图不符"},
        {"field": "material:layout", "remark": "看不清"},
    ]
    returned = decide(reviewer, case_id, decision="return", reason="请更正", fields=fields)
    assert returned.json()["state"] == "returned"
    case = wang.get(f"/v1/cases/{case_id}").json()
    assert case["decision"]["fields"] == fields
    assert case["clock"]["is_suspended"]
    wang.put(f"/v1/cases/{case_id}/materials/layout", content=PNG)
    wang.patch(f"/v1/cases/{case_id}", json={"form": {"area_m2": "120"}})
    assert wang.post(f"/v1/cases/{case_id}/submission", headers=fresh_key()).json()["state"] == "submitted"


def test_the_applicant_is_told_of_every_change(world: World, wang) -> None:
    case_id, _ = world.approved(wang, world.reviewer())
    world.seal(case_id)
    with world.services.reading() as db:
        codes = db.scalars(select(notices.c.code).where(notices.c.case_id == case_id)).all()
    # made in the same millisecond of a standing clock, so in no order
    assert sorted(codes) == [
        "notice.case_approved",
        "notice.case_submitted",
        "notice.certificate_issued",
    ]


def test_the_approval_orders_the_seal_in_the_same_transaction(world: World, wang) -> None:
    case_id, number = world.approved(wang, world.reviewer())
    job = world.services.jobs.job(f"seal-certificate-{case_id}")
    assert (job.name, number) == ("seal-certificate", "JY24201020000018")


@pytest.mark.parametrize("number", ["JY24201020000026", "JY00000000000000", "QB420102202600001"])
def test_an_unknown_number_is_not_found(client: TestClient, world: World, number) -> None:
    refused = client.get(f"/v1/certificates/{number}")
    assert (refused.status_code, refused.json()["code"]) == (404, "certificate.not_found")


def test_a_case_is_begun_after_a_pause(world: World, clock: Clock) -> None:
    """That the account was seen is written before the request's own transaction: SQLite has one writer."""
    client = world.applicant()
    clock.move(minutes=2)
    body = {"matter_id": CATERING, "organ_id": JIANGAN}
    assert client.post("/v1/cases", json=body, headers=fresh_key()).status_code == 201
