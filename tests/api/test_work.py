"""The parts that do background work, wired as the service wires them."""

import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from api import readiness
from api.bootstrap import Services, build
from api.jobs.port import JobState
from api.jobs.retention import RETENTION
from api.notices.port import Notice
from api.settings import Settings
from api.store.metadata import all_tables
from tests.api.jobs import work

pytestmark = pytest.mark.slow


def wait_until_ended(services: Services, job_id: str) -> JobState:
    deadline = time.monotonic() + 20
    while services.jobs.job(job_id).finished_at is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return services.jobs.job(job_id).state


def test_the_service_works_in_the_background_and_ends_in_three_seconds(tmp_path: Path) -> None:
    services = build(Settings(data_dir=tmp_path, workers=1))
    all_tables().create_all(services.engine)
    with capture_logs() as lines:
        services.start_work()
        for check in ("jobs", "evidence", "keyring"):
            readiness.checks(services)[check]()
        with services.transaction() as db:
            notice_id = services.notifier.notify(Notice("case-1", "account-1", "case.approved"), db=db)
        assert wait_until_ended(services, f"notice-{notice_id}") is JobState.SUCCEEDED
    assert [line["notice"] for line in lines if line["event"] == "notice"] == [notice_id]
    assert services.pool.run(work.add, 2, 3, timeout_seconds=60) == 5
    with services.reading() as db:
        names = db.exec_driver_sql("SELECT name, state FROM jobs").all()
    assert (RETENTION, "succeeded") in [tuple(row) for row in names]

    began = time.monotonic()
    services.close()
    assert time.monotonic() - began < 3
    assert {path.name for path in tmp_path.iterdir()} >= {"novisit.sqlite3", "evidence", "keys"}
