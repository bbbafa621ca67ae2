import pytest
from fastapi.testclient import TestClient

from api.error_answers import ANSWERS, UNEXPECTED
from api.messages import Catalogue, Language, preferred_language
from api.problems import VALIDATION_ENDINGS, VALIDATION_KINDS
from tests.api.conftest import fresh_key


def test_every_answer_has_a_message_in_both_languages() -> None:
    catalogue = Catalogue.load()
    codes = {answer.code for answer in ANSWERS.values()} | {UNEXPECTED.code}
    codes |= set(VALIDATION_KINDS.values()) | set(VALIDATION_ENDINGS.values())
    assert sorted(code for code in codes if code not in catalogue) == []


def test_problem_has_the_members_of_rfc_9457_and_the_request_id(client: TestClient) -> None:
    answer = client.get("/v1/accounts/me")
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "/problems/account.not_signed_in"
    assert problem["status"] == answer.status_code == 401
    assert problem["title"] == "请先登录"
    assert problem["request_id"] == answer.headers["x-request-id"]


def test_problem_speaks_english_to_who_prefers_it(client: TestClient) -> None:
    answer = client.get("/v1/accounts/me", headers={"Accept-Language": "en-GB, zh;q=0.5"})
    assert answer.json()["detail"] == "Sign in first."
    assert answer.headers["content-language"] == "en"


def test_validation_problem_names_the_place_and_never_the_value(client: TestClient) -> None:
    body = {"username": "x y", "password": 420102199003071234, "id_number": "42010219900307123X"}
    answer = client.post("/v1/accounts", json=body, headers=fresh_key())
    assert answer.status_code == 422
    assert "420102" not in answer.text
    faults = {tuple(fault["where"]): fault["code"] for fault in answer.json()["faults"]}
    assert faults == {
        ("body", "username"): "validation.other",
        ("body", "password"): "validation.type",
        ("body", "id_number"): "validation.unknown",
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "request.not_found"),
        ("DELETE", "/v1/accounts", 405, "request.method_not_allowed"),
    ],
)
def test_unknown_paths_and_methods_are_problems_too(
    client: TestClient, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_body_that_is_no_json_is_a_problem(client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    answer = client.post("/v1/sign-ins", content=b"{oops", headers=headers)
    assert answer.json()["faults"][0]["code"] == "validation.json"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, Language.CHINESE),
        ("fr", Language.CHINESE),
        ("en", Language.ENGLISH),
        ("en;q=0.3, zh-CN;q=0.8", Language.CHINESE),
        ("zh;q=0, en", Language.ENGLISH),
        (";;;q=x,,", Language.CHINESE),
    ],
)
def test_language_is_the_preferred_one_or_else_chinese(header: str | None, language: Language) -> None:
    assert preferred_language(header) is language
