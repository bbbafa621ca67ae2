import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from api import db
from api.bootstrap import Services
from api.dependencies import Db
from api.main import create_app
from tests.api.conftest import browser


@pytest.fixture
def client(services: Services, sqlite_engine: Engine) -> TestClient:
    with db.transaction(sqlite_engine) as connection:
        connection.execute(text("CREATE TABLE parents (id INTEGER PRIMARY KEY)"))
        connection.execute(
            text(
                "CREATE TABLE children (parent_id INTEGER NOT NULL"
                " REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)"
            )
        )
    router = APIRouter(prefix="/v1/children")

    @router.post("/{parent_id}", status_code=201)
    def add(parent_id: int, db: Db) -> str:
        db.execute(text("INSERT INTO children VALUES (:id)"), {"id": parent_id})
        return "added"

    app = create_app(services)
    app.include_router(router)
    return browser(app)


def test_answer_never_precedes_its_commit(client: TestClient, services: Services) -> None:
    # The foreign key is checked at the commit, after the route has returned.
    assert client.post("/v1/children/7").status_code == 500
    with services.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM children")).scalar_one() == 0


def test_effect_is_seen_by_the_next_request(client: TestClient, services: Services) -> None:
    with services.transaction() as connection:
        connection.execute(text("INSERT INTO parents VALUES (7)"))
    assert client.post("/v1/children/7").status_code == 201
    with services.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM children")).scalar_one() == 1
