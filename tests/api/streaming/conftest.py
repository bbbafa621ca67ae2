"""A real server, with real processes for its streams, and a person who signs in and opens a stream."""

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from api import bootstrap
from api.auth.passwords import Passwords
from api.db import make_engine
from api.jobs.memory import InMemoryJobRunner
from api.server import make_server, open_sockets
from api.settings import Settings
from api.store.metadata import all_tables
from api.streaming.stream import StreamLimits
from liveness.pad.policy import PadPolicy
from models.comparison import IdentityClaim
from tests.api.conftest import PASSWORD, fresh_key
from tests.models.comparators.people import COLLINS, astronaut, jpeg

ANSWER_SECONDS = 60.0
LIMITS = StreamLimits(grace_s=3.0, still_s=6.0, total_s=60.0, lag_bytes=1 << 20)


@dataclass
class Service:
    """The server, where it answers, and what it is made of."""

    url: str
    services: bootstrap.Services

    @property
    def jobs(self) -> InMemoryJobRunner:
        runner = self.services.jobs
        if not isinstance(runner, InMemoryJobRunner):
            raise TypeError
        return runner


_ports = itertools.count(1)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory, weights_dir: Path) -> Iterator[Service]:
    """One server for all tests of a run: its processes take seconds to start."""
    folder = tmp_path_factory.mktemp("streams")
    settings = Settings(
        data_dir=folder / "data",
        weights_dir=weights_dir,
        challenge_source="fixed",
        challenge_actions=("mouth", "nod", "blink"),
        streams=2,
        spare_streams=1,
        analysis_timeout_seconds=100,
    )
    engine = make_engine(f"sqlite:///{folder / 'novisit.sqlite3'}")
    all_tables().create_all(engine)
    overrides = bootstrap.Overrides(
        engine=engine,
        passwords=Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)),
        jobs=InMemoryJobRunner(clock=bootstrap.system_clock),
        pad_policy=PadPolicy.load("synthetic"),
        stream_limits=LIMITS,
    )
    services = bootstrap.build(settings, overrides=overrides)
    with services.transaction() as db:
        services.portraits.add(
            COLLINS, jpeg(astronaut()), connection=db, origin="demonstration", now=services.clock()
        )
    sockets = open_sockets(("127.0.0.1",), 0)
    server = make_server(services)
    thread = threading.Thread(target=server.run, kwargs={"sockets": sockets}, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    yield Service(f"http://127.0.0.1:{sockets[0].getsockname()[1]}", services)
    server.should_exit = True
    thread.join(20)
    services.close()
    engine.dispose()


@dataclass
class Stream:
    """One socket, with everything it was told so far."""

    socket: ClientConnection
    told: list[dict[str, Any]] = field(default_factory=list)
    close_code: int | None = None

    def hear(self, seconds: float = ANSWER_SECONDS) -> dict[str, Any] | None:
        """The next message; None where the socket was closed. Raises TimeoutError."""
        try:
            message = json.loads(self.socket.recv(timeout=seconds))
        except ConnectionClosed as closed:
            self.close_code = closed.rcvd.code if closed.rcvd else None
            return None
        self.told.append(message)
        return dict(message)

    def hear_until(self, *kinds: str, seconds: float = ANSWER_SECONDS) -> dict[str, Any]:
        """The next message of one of these kinds."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            message = self.hear(until - time.monotonic())
            assert message is not None, f"closed {self.close_code} before {kinds}: {self.told[-3:]}"
            if message["type"] in kinds:
                return message
        raise TimeoutError(kinds)

    def send(self, data: bytes, *, chunk: int = 40_000) -> None:
        for at in range(0, len(data), chunk):
            self.socket.send(data[at : at + chunk])

    def say(self, kind: str, **more: object) -> None:
        self.socket.send(json.dumps({"type": kind, **more}))

    def end(self) -> dict[str, Any]:
        """Say that this is all, and give the last word."""
        self.say("end")
        return self.hear_until("verdict", "error", "pending")

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.told if message["type"] == kind]


class Person:
    """Somebody with a browser."""

    def __init__(self, service: Service, name: str) -> None:
        self.service = service
        self.browser = httpx.Client(base_url=service.url, timeout=60)
        self._open = ExitStack()
        credentials = {"username": name, "password": PASSWORD}
        made = self.browser.post("/v1/accounts", json=credentials, headers=fresh_key())
        self.account_id = str(made.raise_for_status().json()["id"])
        self.browser.post("/v1/sign-ins", json=credentials).raise_for_status()

    def open(
        self,
        *,
        profile: str = "ordered",
        claim: IdentityClaim = COLLINS,
        alternatives: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        version = self.browser.get("/v1/consents/current").json()["version"]
        consent = self.browser.post("/v1/consents", json={"version": version}, headers=fresh_key())
        body = {
            "consent_id": consent.raise_for_status().json()["id"],
            "claim": {
                "document_type": claim.document_type.value,
                "document_number": claim.document_number,
                "name": claim.name,
            },
            "profile": profile,
            "alternatives": alternatives or {},
        }
        opened = self.browser.post("/v1/liveness-sessions", json=body, headers=fresh_key())
        assert opened.status_code == 201, opened.text
        return dict(opened.json())

    def connect(self, session: dict[str, Any], *, headers: dict[str, str] | None = None) -> Stream:
        cookies = "; ".join(f"{name}={value}" for name, value in self.browser.cookies.items())
        given = {"Cookie": cookies, "Accept-Language": "en", **(headers or {})}
        url = f"{self.service.url.replace('http', 'ws')}/v1/liveness-sessions/{session['id']}/stream"
        socket = connect(url, additional_headers=given, compression=None, close_timeout=2)
        return Stream(self._open.enter_context(socket))

    def close(self) -> None:
        self._open.close()
        self.browser.close()

    def look(self, session: dict[str, Any]) -> dict[str, Any]:
        return dict(self.browser.get(f"/v1/liveness-sessions/{session['id']}").raise_for_status().json())


_names = itertools.count(1)


@pytest.fixture
def person(service: Service) -> Iterator[Person]:
    made = Person(service, f"person.{next(_names):03}")
    yield made
    made.close()


@pytest.fixture
def another(service: Service) -> Iterator[Person]:
    made = Person(service, f"another.{next(_names):03}")
    yield made
    made.close()


Eventually = Callable[[Callable[[], bool]], None]


def eventually(is_so: Callable[[], bool], *, seconds: float = 20.0) -> None:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.05)
