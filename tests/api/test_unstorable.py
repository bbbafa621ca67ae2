"""What no database can keep is the sender's mistake on both databases, never an unexpected error."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api import bootstrap
from api.auth.passwords import Passwords
from api.jobs.memory import InMemoryJobRunner
from api.main import create_app
from api.settings import Settings
from tests.api.conftest import Clock, fresh_key, signed_in_applicant


@pytest.fixture
def client(tmp_path: Path, engine: Engine, clock: Clock) -> Iterator[TestClient]:
    overrides = bootstrap.Overrides(
        engine=engine,
        clock=clock,
        jobs=InMemoryJobRunner(clock=clock),
        passwords=Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)),
    )
    made = bootstrap.build(Settings(data_dir=tmp_path / "data"), overrides=overrides)
    yield signed_in_applicant(create_app(made), "wang.fang")
    made.close()


@pytest.mark.parametrize("path", ["/v1/cases/%00", "/v1/cases?after=%00", "/v1/jobs/a%00b"])
def test_nul_in_an_address_is_refused(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code < 500
    assert answer.headers["content-type"] in ("application/json", "application/problem+json")


def test_nul_in_a_body_is_refused(client: TestClient) -> None:
    body = {"matter_id": "catering-under-150", "organ_id": "a\0b"}
    answer = client.post("/v1/cases", json=body, headers=fresh_key())
    assert answer.status_code in (404, 422)
    assert client.get("/v1/cases").json() == []
