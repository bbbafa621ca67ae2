"""The world that tests of filing's routes live in."""

import contextlib
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.bootstrap import Services
from api.jobs.port import RunningJob
from api.store.filing import SEALING
from api.store.organs import seed_organs
from filing.organs import demonstration_organs
from tests.api.filing.world import World


@pytest.fixture
def world(app: FastAPI, services: Services, staff: Callable[..., TestClient]) -> World:
    """Both organs with every matter; sealing jobs are ordered, and documents sealed by `World.seal`."""
    with services.transaction() as db:
        seed_organs(db, demonstration_organs(), [matter.id for matter in services.matters.matters])
    # Where the real handler is registered it stays; these tests do not run it.
    with contextlib.suppress(ValueError):
        services.jobs.register(SEALING, _leave_undone)
    return World(app, services, staff)


def _leave_undone(job: RunningJob) -> None:
    """Take the job and do nothing."""
