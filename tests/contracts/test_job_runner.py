"""One contract over every JobRunner: in memory, on SQLite, on PostgreSQL."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import Engine

from api.db import make_engine, transaction
from api.errors import JobError, UnknownJob, UnknownJobHandler, WorkerLost
from api.jobs.durable import DurableJobRunner, DurableParts
from api.jobs.memory import InMemoryJobRunner
from api.jobs.port import Job, JobPayload, JobRunner, JobState, RunningJob, Transient
from api.store.metadata import all_tables


def system_clock() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


@dataclass
class Work:
    """Handlers that remember what they were given."""

    seen: list[RunningJob] = field(default_factory=list)

    def succeed(self, job: RunningJob) -> None:
        self.seen.append(job)

    def fail(self, job: RunningJob) -> None:
        self.seen.append(job)
        raise WorkerLost

    def stumble(self, job: RunningJob) -> None:
        self.seen.append(job)
        if len(self.seen) < 3:
            raise Transient from WorkerLost()

    def never_recover(self, job: RunningJob) -> None:
        self.seen.append(job)
        raise Transient from WorkerLost()

    def crash(self, job: RunningJob) -> None:
        self.seen.append(job)
        raise LookupError("of a kind the table of errors does not know")


@dataclass
class Bench:
    """A runner, its handlers, and the way to wait until a job has ended."""

    runner: JobRunner
    work: Work
    engine: Engine

    def ended(self, job_id: str) -> Job:
        if isinstance(self.runner, InMemoryJobRunner):
            self.runner.run_all()
            return self.runner.job(job_id)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            job = self.runner.job(job_id)
            if job.finished_at is not None:
                return job
            time.sleep(0.02)
        raise AssertionError(f"{job_id} did not end; it is {self.runner.job(job_id).state}")


def durable(engine: Engine) -> DurableJobRunner:
    numbers = count(1)
    parts = DurableParts(
        engine=engine,
        clock=system_clock,
        new_id=lambda: str(next(numbers)),
        host="test",
        concurrency=2,
        poll_seconds=0.02,
        upkeep_seconds=0.2,
        backoff=(timedelta(milliseconds=10),),
    )
    return DurableJobRunner(parts)


@pytest.fixture(
    params=[
        "memory",
        pytest.param("sqlite", marks=pytest.mark.slow),
        pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.slow]),
    ]
)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    url = request.getfixturevalue("empty_postgres_url" if request.param == "postgresql" else "sqlite_url")
    engine = make_engine(url)
    all_tables().create_all(engine)
    runner: JobRunner = (
        InMemoryJobRunner(clock=system_clock) if request.param == "memory" else durable(engine)
    )
    work = Work()
    for name in ("succeed", "fail", "stumble", "never_recover", "crash"):
        runner.register(name, getattr(work, name), attempts=3)
    runner.start()
    yield Bench(runner, work, engine)
    runner.stop()
    engine.dispose()


def test_a_job_runs_with_its_payload_and_succeeds(bench: Bench) -> None:
    payload: JobPayload = {"session_id": "s-1", "count": 3, "deep": None, "is_last": True, "ratio": 0.5}
    with transaction(bench.engine) as db:
        job_id = bench.runner.enqueue("succeed", payload, db=db, key="s-1", owner_id="account-1")
    ended = bench.ended(job_id)
    assert (ended.state, ended.error_code, ended.owner_id) == (JobState.SUCCEEDED, None, "account-1")
    assert [dict(job.payload) for job in bench.work.seen] == [payload]
    assert bench.work.seen[0].id == job_id
    assert bench.work.seen[0].text("session_id") == "s-1"


def test_a_second_job_of_the_same_key_is_the_first(bench: Bench) -> None:
    first = bench.runner.enqueue("succeed", {}, db=None, key="k")
    assert bench.runner.enqueue("succeed", {}, db=None, key="k") == first
    bench.ended(first)
    assert bench.runner.enqueue("succeed", {}, db=None, key="k") == first
    other = bench.runner.enqueue("succeed", {}, db=None, key="other")
    bench.ended(other)
    assert [job.id for job in bench.work.seen] == [first, other]


def test_jobs_without_a_key_are_each_their_own(bench: Bench) -> None:
    ids = {bench.runner.enqueue("succeed", {}, db=None) for _ in range(3)}
    assert {bench.ended(job_id).state for job_id in ids} == {JobState.SUCCEEDED}
    assert {job.id for job in bench.work.seen} == ids
    assert len(ids) == 3


def test_a_failure_is_told_by_its_stable_code_and_not_tried_again(bench: Bench) -> None:
    ended = bench.ended(bench.runner.enqueue("fail", {}, db=None))
    assert (ended.state, ended.error_code) == (JobState.FAILED, "work.lost")
    assert len(bench.work.seen) == 1


def test_a_failure_of_an_unknown_kind_is_told_as_unexpected(bench: Bench) -> None:
    ended = bench.ended(bench.runner.enqueue("crash", {}, db=None))
    assert (ended.state, ended.error_code) == (JobState.FAILED, "server.unexpected")


def test_a_transient_failure_is_tried_again_until_it_passes(bench: Bench) -> None:
    ended = bench.ended(bench.runner.enqueue("stumble", {"n": 1}, db=None))
    assert (ended.state, ended.error_code) == (JobState.SUCCEEDED, None)
    assert [dict(job.payload) for job in bench.work.seen] == [{"n": 1}] * 3
    assert len({job.id for job in bench.work.seen}) == 1


def test_a_transient_failure_that_stays_ends_the_job_with_its_reason(bench: Bench) -> None:
    ended = bench.ended(bench.runner.enqueue("never_recover", {}, db=None))
    assert (ended.state, ended.error_code) == (JobState.FAILED, "work.lost")
    assert len(bench.work.seen) == 3


def test_one_failure_leaves_the_others_alone(bench: Bench) -> None:
    failed = bench.runner.enqueue("crash", {}, db=None)
    done = [bench.runner.enqueue("succeed", {}, db=None) for _ in range(5)]
    assert bench.ended(failed).state is JobState.FAILED
    assert {bench.ended(job_id).state for job_id in done} == {JobState.SUCCEEDED}


def test_an_unknown_kind_or_job_is_refused(bench: Bench) -> None:
    with pytest.raises(UnknownJobHandler):
        bench.runner.enqueue("nothing", {}, db=None)
    with pytest.raises(UnknownJob):
        bench.runner.job("nothing-1")


def test_a_key_that_fits_no_path_is_refused(bench: Bench) -> None:
    for key in ("a b", "a/b", "x" * 130, "../x", "张"):
        with pytest.raises(ValueError, match="letters, digits"):
            bench.runner.enqueue("succeed", {}, db=None, key=key)


def test_a_payload_that_is_not_flat_is_refused(bench: Bench) -> None:
    with pytest.raises(TypeError, match="flat"):
        bench.runner.enqueue("succeed", {"list": [1]}, db=None)  # type: ignore[dict-item]


def test_a_kind_has_one_handler(bench: Bench) -> None:
    with pytest.raises(ValueError, match="registered already"):
        bench.runner.register("succeed", bench.work.succeed)


def test_check_passes_while_it_runs(bench: Bench) -> None:
    bench.runner.check()


@pytest.mark.slow
def test_a_job_of_a_transaction_that_was_undone_never_was(engine: Engine) -> None:
    runner, work = durable(engine), Work()
    runner.register("succeed", work.succeed)
    runner.start()

    def enqueue_and_raise() -> None:
        with transaction(engine) as db:
            runner.enqueue("succeed", {}, db=db, key="undone")
            raise LookupError

    with pytest.raises(LookupError):
        enqueue_and_raise()
    bench = Bench(runner, work, engine)
    last = runner.enqueue("succeed", {}, db=None, key="done")
    bench.ended(last)
    runner.stop()
    with pytest.raises(UnknownJob):
        runner.job("succeed-undone")
    assert [job.id for job in work.seen] == [last]


@pytest.mark.slow
def test_a_job_waits_for_the_commit_of_its_cause(engine: Engine) -> None:
    runner, work = durable(engine), Work()
    runner.register("succeed", work.succeed)
    runner.start()
    with transaction(engine) as db:
        job_id = runner.enqueue("succeed", {}, db=db, key="x")
        time.sleep(0.3)
        assert work.seen == []
    assert Bench(runner, work, engine).ended(job_id).state is JobState.SUCCEEDED
    runner.stop()


@pytest.mark.slow
def test_a_delayed_job_runs_after_its_delay(engine: Engine) -> None:
    runner, work = durable(engine), Work()
    runner.register("succeed", work.succeed)
    runner.start()
    began = time.monotonic()
    job_id = runner.enqueue("succeed", {}, db=None, delay=timedelta(seconds=1))
    assert runner.job(job_id).state is JobState.QUEUED
    Bench(runner, work, engine).ended(job_id)
    assert 1 <= time.monotonic() - began < 5
    runner.stop()


@pytest.mark.slow
def test_a_periodic_job_runs_once_in_each_interval(engine: Engine) -> None:
    runner, work = durable(engine), Work()
    runner.every(timedelta(seconds=1), "ring", work.succeed)
    runner.start()
    time.sleep(3.3)
    runner.stop()
    ids = [job.id for job in work.seen]
    assert len(ids) == len(set(ids))
    assert 3 <= len(ids) <= 5


@pytest.mark.slow
def test_what_runs_when_the_runner_stops_is_done_by_the_next(engine: Engine) -> None:
    interrupted: list[bool] = []

    def long_work(job: RunningJob) -> None:
        deadline = time.monotonic() + 30
        while not interrupted and time.monotonic() < deadline:
            time.sleep(0.02)
        raise WorkerLost

    runner = DurableJobRunner(
        DurableParts(
            engine=engine,
            clock=system_clock,
            new_id=lambda: "1",
            host="test",
            concurrency=2,
            poll_seconds=0.02,
            upkeep_seconds=0.2,
            interrupt=lambda: interrupted.append(True),
        )
    )
    runner.register("work", long_work)
    runner.start()
    job_id = runner.enqueue("work", {}, db=None, key="1")
    while runner.job(job_id).state is not JobState.RUNNING:
        time.sleep(0.02)
    began = time.monotonic()
    runner.stop()
    assert time.monotonic() - began < 3
    assert runner.job(job_id).state is JobState.QUEUED
    with pytest.raises(JobError):
        runner.check()

    successor, work = durable(engine), Work()
    successor.register("work", work.succeed)
    successor.start()
    assert Bench(successor, work, engine).ended(job_id).state is JobState.SUCCEEDED
    successor.stop()


@pytest.mark.slow
def test_an_idle_runner_stops_at_once_and_starts_again(engine: Engine) -> None:
    runner, work = durable(engine), Work()
    runner.register("succeed", work.succeed)
    for n in range(2):
        runner.start()
        job_id = runner.enqueue("succeed", {}, db=None, key=str(n))
        assert Bench(runner, work, engine).ended(job_id).state is JobState.SUCCEEDED
        began = time.monotonic()
        runner.stop()
        assert time.monotonic() - began < 3
