"""Processes killed at any moment: what was accepted is finished, once in effect."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from api.db import reading, transaction
from api.jobs.port import JobState
from tests.api.jobs.worker import make_runner

pytestmark = pytest.mark.slow

JOBS = 200
PAUSES_SECONDS = (0.03, 0.17, 0.0, 0.11, 0.06)
"""How long after the awaited row each kill comes, so that it meets jobs in every state."""
KILLS = len(PAUSES_SECONDS)
Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def url(engine: Engine) -> str:
    with transaction(engine) as db:
        db.execute(text("CREATE TABLE begun (n INTEGER NOT NULL)"))
        db.execute(text("CREATE TABLE done (n INTEGER PRIMARY KEY)"))
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture
def start(url: str) -> Iterator[Start]:
    """Starts processes that run jobs under the name of a host, and ends them with the test."""
    started: list[subprocess.Popen[str]] = []
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])}

    def start_worker(host: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "tests.api.jobs.worker", url, host]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        return process

    yield start_worker
    for process in started:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def count(engine: Engine, table: str) -> int:
    with reading(engine) as db:
        return int(db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608  a name of this file


def wait_for_rows(engine: Engine, wanted: int) -> None:
    deadline = time.monotonic() + 90
    while count(engine, "done") < wanted:
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def enqueue_all(engine: Engine) -> list[str]:
    runner = make_runner(engine, host="front")
    runner.prepare()
    with transaction(engine) as db:
        ids = [runner.enqueue("work", {"n": n}, db=db, key=str(n)) for n in range(JOBS)]
    runner.stop()
    return ids


def assert_all_succeeded(engine: Engine, ids: list[str]) -> None:
    runner = make_runner(engine, host="front")
    assert {runner.job(job_id).state for job_id in ids} == {JobState.SUCCEEDED}
    runner.stop()


def test_a_process_killed_again_and_again_finishes_everything_when_it_starts_again(
    engine: Engine, start: Start
) -> None:
    ids = enqueue_all(engine)
    for kill in range(1, KILLS + 1):
        process = start("host")
        wait_for_rows(engine, kill * JOBS // (KILLS + 2))
        time.sleep(PAUSES_SECONDS[kill - 1])
        process.kill()
        process.wait()
        assert count(engine, "done") < JOBS
    start("host")
    wait_for_rows(engine, JOBS)
    time.sleep(1)
    assert_all_succeeded(engine, ids)
    # What was under way at a kill began twice, and nothing else did.
    assert JOBS <= count(engine, "begun") <= JOBS + KILLS * 4


def test_a_living_process_takes_up_what_a_dead_one_left(engine: Engine, start: Start) -> None:
    ids = enqueue_all(engine)
    doomed, living = start("doomed"), start("living")
    wait_for_rows(engine, JOBS // 5)
    doomed.kill()
    doomed.wait()
    wait_for_rows(engine, JOBS)
    assert living.poll() is None
    time.sleep(1)
    assert_all_succeeded(engine, ids)
    assert JOBS <= count(engine, "begun") <= JOBS + 4
