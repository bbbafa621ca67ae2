import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi import APIRouter, Depends
from fastapi.testclient import TestClient
from pydantic import BaseModel
from sqlalchemy import Engine, text
from starlette.types import Message, Receive, Scope, Send

from api import bootstrap, db
from api.bootstrap import Services
from api.dependencies import Db
from api.errors import NotAllowed
from api.idempotency import IdempotentRoute, idempotent
from api.main import create_app
from api.settings import Settings
from tests.api.conftest import Clock, browser, fresh_key

KEY = {"Idempotency-Key": "0b0e7f0e-made-once"}


class Thing(BaseModel):
    name: str


def creating_router() -> APIRouter:
    router = APIRouter(prefix="/v1/things", route_class=IdempotentRoute)

    @router.post("", status_code=201, dependencies=[Depends(idempotent)])
    def create(body: Thing, db: Db) -> Thing:
        db.execute(text("INSERT INTO things VALUES (:name)"), {"name": body.name})
        if body.name == "refused":
            raise NotAllowed
        return body

    @router.post("/{name}/step", dependencies=[Depends(idempotent)])
    def step(name: str, db: Db) -> Thing:
        db.execute(text("INSERT INTO things VALUES (:name)"), {"name": name})
        return Thing(name=name)

    return router


@pytest.fixture
def services(tmp_path: Path, engine: Engine, clock: Clock) -> Iterator[Services]:
    with db.transaction(engine) as connection:
        connection.execute(text("CREATE TABLE things (name TEXT NOT NULL)"))
    overrides = bootstrap.Overrides(engine=engine, clock=clock)
    made = bootstrap.build(Settings(data_dir=tmp_path / "data"), overrides=overrides)
    yield made
    made.close()


@pytest.fixture
def client(services: Services) -> TestClient:
    app = create_app(services)
    app.include_router(creating_router())
    return browser(app)


def count(services: Services) -> int:
    with services.reading() as connection:
        return int(connection.execute(text("SELECT count(*) FROM things")).scalar_one())


def test_repeated_request_has_its_effect_once_and_the_same_answer(
    client: TestClient, services: Services
) -> None:
    first = client.post("/v1/things", json={"name": "one"}, headers=KEY)
    again = client.post("/v1/things", json={"name": "one"}, headers=KEY)
    assert (
        (first.status_code, first.content) == (again.status_code, again.content) == (201, b'{"name":"one"}')
    )
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["content-type"] == "application/json"
    assert count(services) == 1


def test_same_key_for_another_body_is_refused(client: TestClient, services: Services) -> None:
    client.post("/v1/things", json={"name": "one"}, headers=KEY)
    other = client.post("/v1/things", json={"name": "two"}, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")
    assert count(services) == 1


def test_key_of_another_browser_is_another_key(client: TestClient, services: Services) -> None:
    client.post("/v1/things", json={"name": "one"}, headers=KEY)
    stranger = browser(create_app(services))
    stranger.app.include_router(creating_router())  # type: ignore[attr-defined]  # the TestClient's app is ours
    assert stranger.post("/v1/things", json={"name": "two"}, headers=KEY).status_code == 201
    assert count(services) == 2


def test_refused_request_leaves_nothing_and_may_be_sent_again(client: TestClient, services: Services) -> None:
    for _ in range(2):
        assert client.post("/v1/things", json={"name": "refused"}, headers=KEY).status_code == 403
    assert count(services) == 0
    assert client.post("/v1/things", json={"name": "one"}, headers=KEY).status_code == 201


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "short"}, {"Idempotency-Key": "with a blank"}])
def test_creating_request_needs_a_key(
    client: TestClient, services: Services, headers: dict[str, str]
) -> None:
    answer = client.post("/v1/things", json={"name": "one"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency.key_missing")
    assert count(services) == 0


def test_invalid_body_is_told_before_the_key_is_used(client: TestClient) -> None:
    assert client.post("/v1/things", json={"nom": "one"}, headers=KEY).status_code == 422
    assert client.post("/v1/things", json={"name": "one"}, headers=KEY).status_code == 201


def test_requests_at_the_same_moment_have_one_effect(client: TestClient, services: Services) -> None:
    device = client.get("/healthz")
    client.post("/v1/things", json={"name": "first"}, headers=fresh_key())
    assert device.status_code == 200
    start = threading.Barrier(8)

    def send(_: int) -> tuple[int, bytes]:
        start.wait()
        answer = client.post("/v1/things", json={"name": "one"}, headers=KEY)
        return answer.status_code, answer.content

    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(send, range(8)))
    assert answers == {(201, b'{"name":"one"}')}
    assert count(services) == 2


def test_stored_answer_is_sealed(client: TestClient, services: Services) -> None:
    client.post("/v1/things", json={"name": "one-time-secret"}, headers=KEY)
    with services.reading() as connection:
        stored = connection.execute(text("SELECT body FROM idempotent_answers")).scalar_one()
    assert stored.startswith("v1.")
    assert "one-time-secret" not in stored


def test_body_is_read_before_the_database_is_held(services: Services) -> None:
    """A route without a body model: what a stranger sends slowly would else stop every writer."""
    app = create_app(services)
    app.include_router(creating_router())
    held: list[int] = []

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        async def receive_and_look() -> Message:
            held.append(services.write_gate().borrowed_tokens)
            return await receive()

        await app(scope, receive_and_look, send)

    answer = TestClient(watched, base_url="http://127.0.0.1:8000").post(
        "/v1/things/one/step", content=b"slow", headers=KEY
    )
    assert answer.status_code == 200
    assert held
    assert not any(held)
