"""An application over an empty embedded database, with a clock that a test can move."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
import structlog
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api import bootstrap
from api.auth.accounts import Role
from api.auth.passwords import Passwords
from api.jobs.memory import InMemoryJobRunner
from api.logging import mask_event, tell_error
from api.main import create_app
from api.settings import Settings
from signing.keys.custody import KeyCustody
from tests.signers import signer_at

PASSWORD = "three-quiet-rivers"


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 1, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture(autouse=True, scope="session")
def quiet_logs() -> None:
    """Log as the service does; structlog's own default prints every local variable of a traceback."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            tell_error,
            mask_event,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", weights_dir=tmp_path / "weights")


@pytest.fixture
def services(settings: Settings, sqlite_engine: Engine, clock: Clock) -> Iterator[bootstrap.Services]:
    """Everything real but the clock, the cost of a password, and jobs, which run where a test asks for it."""
    quick = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    overrides = bootstrap.Overrides(
        engine=sqlite_engine, clock=clock, passwords=quick, jobs=InMemoryJobRunner(clock=clock)
    )
    made = bootstrap.build(settings, overrides=overrides)
    yield made
    made.close()


@pytest.fixture
def signer(services: bootstrap.Services, clock: Clock) -> Iterator[KeyCustody]:
    """The signer that `services.keys` asks, over a real socket; gives what it keeps."""
    with signer_at(services.settings.signer_socket, clock) as custody:
        yield custody


@pytest.fixture
def app(services: bootstrap.Services) -> FastAPI:
    return create_app(services)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """A browser that is not signed in."""
    return browser(app)


def browser(app: FastAPI) -> TestClient:
    """Another browser, with cookies of its own, from this machine."""
    return TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000))


_numbers = itertools.count(1)


def fresh_key() -> dict[str, str]:
    """A header that makes a creating request its own."""
    return {"Idempotency-Key": f"test-key-{next(_numbers):08}"}


@pytest.fixture
def applicant(app: FastAPI) -> TestClient:
    """A browser of an applicant who is signed in."""
    return signed_in_applicant(app, "wang.fang")


def signed_in_applicant(app: FastAPI, username: str) -> TestClient:
    made = browser(app)
    credentials = {"username": username, "password": PASSWORD}
    made.post("/v1/accounts", json=credentials, headers=fresh_key()).raise_for_status()
    made.post("/v1/sign-ins", json=credentials).raise_for_status()
    return made


@pytest.fixture
def staff(app: FastAPI, services: bootstrap.Services, clock: Clock) -> Callable[..., TestClient]:
    """Makes browsers of staff: password changed, second factor confirmed."""

    def make(role: Role, organ_id: str | None = "organ-a", username: str = "") -> TestClient:
        name = username or f"{role}.{next(_numbers)}"
        account, one_time = services.sign_ins.create_staff(username=name, role=role, organ_id=organ_id)
        made = browser(app)
        made.post(
            "/v1/sign-ins", json={"username": account.username, "password": one_time}
        ).raise_for_status()
        made.post("/v1/accounts/me/password", json={"current": one_time, "new": PASSWORD}).raise_for_status()
        secret = made.post("/v1/accounts/me/totp").raise_for_status().json()["secret"]
        code = pyotp.TOTP(secret).at(clock())
        made.put("/v1/accounts/me/totp", json={"code": code}).raise_for_status()
        return made

    return make
