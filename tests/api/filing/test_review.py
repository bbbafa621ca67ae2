import pytest
from fastapi.testclient import TestClient

from api.auth.accounts import Role
from tests.api.conftest import PASSWORD, Clock, browser, fresh_key
from tests.api.filing.world import JIANGAN, JIANGHAN, PDF, World, decide


@pytest.fixture
def case_id(world: World) -> str:
    return world.submitted(world.applicant())


def every_way(case_id: str) -> list[tuple[str, str, dict[str, object] | None]]:
    return [
        ("GET", f"/v1/review/cases/{case_id}", None),
        ("GET", f"/v1/review/cases/{case_id}/materials/layout", None),
        ("GET", f"/v1/review/cases/{case_id}/docket", None),
        ("POST", f"/v1/review/cases/{case_id}/claim", None),
        ("POST", f"/v1/review/cases/{case_id}/decision", {"decision": "approve"}),
    ]


def test_a_reviewer_of_another_organ_finds_nothing(world: World, case_id) -> None:
    elsewhere = world.reviewer(JIANGHAN)
    assert elsewhere.get("/v1/review/cases").json() == []
    for method, url, body in every_way(case_id):
        refused = elsewhere.request(method, url, json=body, headers=fresh_key())
        assert (refused.status_code, refused.json()["code"]) == (404, "case.not_found"), url
    assert elsewhere.get("/v1/review/cases", params={"after": case_id}).json() == []


def test_a_draft_is_not_yet_the_offices(world: World) -> None:
    draft, reviewer = world.draft(world.applicant("li.si")), world.reviewer()
    for method, url, body in every_way(draft):
        assert reviewer.request(method, url, json=body, headers=fresh_key()).status_code == 404


def test_applicants_have_no_desk(world: World, case_id) -> None:
    applicant = world.applicant("li.si")
    for method, url, body in [*every_way(case_id), ("GET", "/v1/review/cases", None)]:
        refused = applicant.request(method, url, json=body, headers=fresh_key())
        assert (refused.status_code, refused.json()["code"]) == (403, "account.not_allowed"), url


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.OPERATOR])
def test_those_who_run_the_service_do_not_read_filings(world: World, case_id, role) -> None:
    client = world.staff(role, None)
    for method, url, body in every_way(case_id):
        assert client.request(method, url, json=body, headers=fresh_key()).status_code == 403


def test_a_supervisor_looks_but_does_not_decide(world: World, case_id) -> None:
    supervisor = world.staff(Role.SUPERVISOR, JIANGAN)
    answers = [
        supervisor.request(method, url, json=body, headers=fresh_key()).status_code
        for method, url, body in every_way(case_id)
    ]
    assert answers == [200, 200, 200, 403, 403]


def test_a_reviewer_needs_the_second_factor(world: World, case_id, services) -> None:
    account, one_time = services.sign_ins.create_staff(
        username="new.reviewer", role=Role.REVIEWER, organ_id=JIANGAN
    )
    client = browser(world.app)
    client.post("/v1/sign-ins", json={"username": account.username, "password": one_time})
    client.post("/v1/accounts/me/password", json={"current": one_time, "new": PASSWORD})
    refused = client.get("/v1/review/cases")
    assert (refused.status_code, refused.json()["code"]) == (403, "account.second_factor_required")


def test_the_reviewer_sees_form_and_materials(world: World, case_id) -> None:
    reviewer = world.reviewer()
    case = reviewer.get(f"/v1/review/cases/{case_id}").json()
    assert case["form"]["operator_name"] == "江岸区好味面馆"
    assert case["findings"] == []
    assert reviewer.get(f"/v1/review/cases/{case_id}/materials/layout").content == PDF
    assert reviewer.get(f"/v1/review/cases/{case_id}/docket").json()["is_whole"]


def test_one_reviewer_at_a_time(world: World, case_id, clock: Clock) -> None:
    first, second = world.reviewer(), world.reviewer()
    assert first.post(f"/v1/review/cases/{case_id}/claim").status_code == 200
    refused = second.post(f"/v1/review/cases/{case_id}/claim")
    assert (refused.status_code, refused.json()["code"]) == (409, "review.claimed_by_another")
    assert not second.get("/v1/review/cases").json()[0]["claim"]["mine"]
    unclaimed = decide(second, case_id, decision="approve")
    assert (unclaimed.status_code, unclaimed.json()["code"]) == (409, "review.not_claimed")
    clock.move(minutes=29)
    first.post(f"/v1/review/cases/{case_id}/claim").raise_for_status()


def test_nobody_reviews_their_own_filing(world: World) -> None:
    reviewer = world.reviewer()
    own = world.submitted(reviewer)
    for method, url, body in every_way(own):
        refused = reviewer.request(method, url, json=body, headers=fresh_key())
        assert (refused.status_code, refused.json()["code"]) == (403, "review.own_filing"), url


def test_nobody_reviews_the_filing_they_made_under_another_account(world: World, case_id) -> None:
    # the reviewer was verified once, elsewhere, as the very person who files here
    reviewer = world.reviewer()
    world.submitted(reviewer, JIANGHAN)
    refused = reviewer.post(f"/v1/review/cases/{case_id}/claim")
    assert (refused.status_code, refused.json()["code"]) == (403, "review.own_filing")


def test_a_decision_that_is_repeated_counts_once(world: World, case_id) -> None:
    reviewer, key = world.reviewer(), fresh_key()
    reviewer.post(f"/v1/review/cases/{case_id}/claim")
    answers = [
        reviewer.post(
            f"/v1/review/cases/{case_id}/decision", json={"decision": "approve"}, headers=key
        ).json()
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert answers[0]["certificate_number"] == "JY24201020000018"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"decision": "reject"}, "review.reason_missing"),
        ({"decision": "return", "reason": " "}, "review.reason_missing"),
        ({"decision": "wave_through"}, "request.validation"),
        (
            {"decision": "return", "reason": "r", "fields": [{"field": "colour", "remark": "r"}]},
            "case.unknown_field",
        ),
    ],
)
def test_a_decision_has_its_form(world: World, case_id, body, code) -> None:
    reviewer = world.reviewer()
    reviewer.post(f"/v1/review/cases/{case_id}/claim")
    assert decide(reviewer, case_id, **body).json()["code"] == code


def test_a_rejection_is_told_with_its_reason_and_gets_no_number(world: World) -> None:
    applicant: TestClient = world.applicant("li.si")
    case_id, reviewer = world.submitted(applicant), world.reviewer()
    reviewer.post(f"/v1/review/cases/{case_id}/claim")
    done = decide(reviewer, case_id, decision="reject", reason="场所不符合条件").json()
    assert (done["state"], done["certificate_number"]) == ("rejected", None)
    case = applicant.get(f"/v1/cases/{case_id}").json()
    assert (case["state"], case["decision"]["reason"]) == ("rejected", "场所不符合条件")
    assert reviewer.get("/v1/review/cases").json() == []
