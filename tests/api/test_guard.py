from collections.abc import Iterator

import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.bootstrap import Services
from api.main import create_app
from api.middleware.guard import DEFAULT_LIMIT
from api.settings import Settings
from tests.api.conftest import browser


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_changing_request_from_another_site_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.delete("/v1/sign-ins/current", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "request.foreign_origin")


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://127.0.0.1:8000"}],
)
def test_changing_request_from_this_site_or_no_browser_is_taken(
    client: TestClient, headers: dict[str, str]
) -> None:
    assert client.delete("/v1/sign-ins/current", headers=headers).status_code == 204


def test_every_answer_carries_the_policy_against_foreign_content(client: TestClient) -> None:
    for path in ("/healthz", "/v1/nothing", "/nothing"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_answers_of_the_api_are_not_cached(client: TestClient) -> None:
    assert client.get("/v1/accounts/me").headers["cache-control"] == "no-store"


def test_body_larger_than_stated_for_its_path_is_refused_at_once(client: TestClient) -> None:
    answer = client.post("/v1/sign-ins", content=b"x" * (DEFAULT_LIMIT + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "request.body_too_large")


def test_body_without_a_length_is_cut_off_at_the_limit(client: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(DEFAULT_LIMIT // 65536 + 1):
            yield b"x" * 65536

    headers = {"Content-Type": "application/json"}
    answer = client.post("/v1/sign-ins", content=pieces(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "request.body_too_large")


@pytest.fixture
def broken(services: Services) -> FastAPI:
    """An application with a route that fails as none should, and one that tells its address."""
    app = create_app(services)
    router = APIRouter()

    @router.get("/v1/broken/{secret}")
    def fail(secret: str) -> None:
        raise RuntimeError(f"张三 420102199003071234 {secret}")

    @router.get("/v1/request-id")
    def tell(request: Request) -> str:
        return str(request.state.request_id)

    app.include_router(router)
    return app


def test_unexpected_error_is_a_problem_that_tells_nothing(broken: FastAPI) -> None:
    answer = browser(broken).get("/v1/broken/token")
    assert (answer.status_code, answer.json()["code"]) == (500, "server.unexpected")
    assert "张三" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_request_id_of_the_caller_is_kept_where_it_is_well_formed(broken: FastAPI) -> None:
    client = browser(broken)
    assert client.get("/v1/request-id", headers={"X-Request-ID": "abc-12345"}).json() == "abc-12345"
    made = client.get("/v1/request-id", headers={"X-Request-ID": "a\tb <script>"})
    assert len(made.json()) == 36


def test_readiness_tells_which_backend_is_not_ready(client: TestClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    checks = answer.json()["checks"]
    assert checks["keyring"]["ready"]
    assert not checks["weights"]["ready"]


def test_figures_are_for_this_machine_and_who_holds_the_token(services: Services, settings: Settings) -> None:
    app = create_app(services)
    local = browser(app)
    local.get("/healthz")
    assert 'route="/healthz"' in local.get("/metrics").text
    assert local.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404
    remote = TestClient(app, client=("203.0.113.9", 1))
    assert remote.get("/metrics").status_code == 404
    object.__setattr__(
        services, "settings", settings.model_copy(update={"metrics_token": SecretStr("t0ken")})
    )
    assert remote.get("/metrics", headers={"Authorization": "Bearer t0ken"}).status_code == 200
    assert remote.get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 404


def test_figures_name_routes_by_template(client: TestClient) -> None:
    client.get("/v1/accounts/me")
    assert 'route="/v1/accounts/me"' in client.get("/metrics").text
