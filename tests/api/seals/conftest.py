"""Demonstration seals over an embedded database, and a pool that works in this process."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.bootstrap import Services
from api.errors import WorkerLost
from api.jobs.memory import InMemoryJobRunner
from filing.organs import demonstration_organs
from signing.demonstration import Demonstration, create
from signing.keys.custody import KeyCustody
from signing.seal import Seal
from tests.api.filing.conftest import world  # noqa: F401  a fixture
from tests.api.filing.world import World


@dataclass
class HerePool:
    """Does the work of the pool in this process, after losing as many processes as it is told."""

    losses: int = 0

    def run(self, function: Callable[..., Any], *args: Any, timeout_seconds: float) -> Any:
        assert timeout_seconds > 0
        if self.losses:
            self.losses -= 1
            raise WorkerLost
        return function(*args)

    def stop(self) -> None: ...


@pytest.fixture
def pool(services: Services) -> HerePool:
    here = HerePool()
    services.part("paper_pool", lambda _: here)
    return here


@pytest.fixture
def authority(services: Services, signer: KeyCustody) -> Demonstration:
    seals = [
        Seal(organ.id, organ.name_zh, f"{organ.numbering_area}{number:07}")
        for number, organ in enumerate(demonstration_organs(), start=1)
    ]
    return create(services.settings.seal_dir, seals, services.clock, sealing_keys=services.keys)


@pytest.fixture
def applicant(world: World) -> TestClient:  # noqa: F811
    return world.applicant()


@pytest.fixture
def case_id(world: World, applicant: TestClient) -> str:  # noqa: F811
    """A case that was approved and waits for its seal."""
    return world.approved(applicant, world.reviewer())[0]


def run_jobs(services: Services) -> None:
    assert isinstance(services.jobs, InMemoryJobRunner)
    services.jobs.run_all()
