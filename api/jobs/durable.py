"""Durable jobs on dbos, in the database of the service: SQLite embedded, PostgreSQL for many hosts.

The jobs table says what was asked for and how it stands; dbos carries only ids. So a job is enqueued in the
transaction of its cause, and a run that a dead process left is void once another took its place.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from dbos import DBOS, DBOSClient, EnqueueOptions
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from api.db import reading, transaction
from api.errors import JobError, UnknownJobHandler
from api.jobs import rows
from api.jobs.engine import APPLICATION, APPLICATION_VERSION, configuration, make_client, quieten
from api.jobs.executors import claim_slot, executor_locks
from api.jobs.port import (
    Job,
    JobHandler,
    JobPayload,
    JobState,
    RunningJob,
    Transient,
    failure_code,
    job_id_for,
    require_flat,
)
from api.jobs.upkeep import Upkeep, UpkeepParts

RUN = "novisit-run"
QUEUE = "novisit-jobs"
MAX_STARTS = 20
"""A job that took its process down so often is not started again."""
BACKOFF = (timedelta(seconds=1), timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=5))
STOP_SECONDS = 2

Answer = TypeVar("Answer")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DurableParts:
    """What the runner is made of. `interrupt` ends long work at once when the runner stops."""

    engine: Engine
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    host: str
    concurrency: int
    interrupt: Callable[[], None] = lambda: None
    poll_seconds: float = 0.1
    upkeep_seconds: float = 5.0
    backoff: tuple[timedelta, ...] = BACKOFF


class DurableJobRunner:
    """A JobRunner on dbos. One process runs at most one of these at a time."""

    def __init__(self, parts: DurableParts) -> None:
        self._parts = parts
        self._handlers: dict[str, tuple[JobHandler, int]] = {}
        self._periodic: dict[str, timedelta] = {}
        self._client_or_none: DBOSClient | None = None
        self._upkeep: Upkeep | None = None
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._running: set[str] = set()
        self._rung: dict[str, int] = {}

    def register(self, name: str, handler: JobHandler, *, attempts: int = 3) -> None:
        if name in self._handlers:
            raise ValueError(f"a handler for {name} is registered already")
        self._handlers[name] = (handler, attempts)

    def every(self, interval: timedelta, name: str, handler: JobHandler) -> None:
        self.register(name, handler)
        self._periodic[name] = interval

    def enqueue(
        self,
        name: str,
        payload: JobPayload,
        *,
        db: Connection | None,
        key: str | None = None,
        owner_id: str | None = None,
        delay: timedelta | None = None,
    ) -> str:
        if name not in self._handlers:
            raise UnknownJobHandler
        require_flat(payload)
        job_id = job_id_for(name, key or self._parts.new_id())
        job = Job(job_id, name, JobState.QUEUED, owner_id, self._parts.clock())
        if db is None:
            with transaction(self._parts.engine) as own:
                self._add(own, job, payload, delay)
        else:
            self._add(db, job, payload, delay)
        return job_id

    def _add(self, db: Connection, job: Job, payload: JobPayload, delay: timedelta | None) -> None:
        if rows.add(db, job, payload):
            self._enqueue_run(db, job.id, attempt=1, delay=delay)

    def job(self, job_id: str) -> Job:
        with reading(self._parts.engine) as db:
            return rows.find(db, job_id)

    def prepare(self) -> None:
        """Make or upgrade the tables of dbos. Not inside a transaction: SQLite has one writer."""
        quieten()
        DBOS.migrate(self._url())

    def start(self) -> None:
        if self._upkeep is not None:
            raise JobError("the job runner was started already")
        self.prepare()
        self._stopping.clear()
        hold = claim_slot(executor_locks(self._parts.engine), self._parts.host)
        # Registered before the launch, so that the first poll finds it.
        self._client().register_queue(
            QUEUE,
            worker_concurrency=self._parts.concurrency,
            polling_interval_sec=self._parts.poll_seconds,
            on_conflict="always_update",
            application_name=APPLICATION,
        )
        DBOS.workflow(name=RUN, max_recovery_attempts=None)(self._entry())
        DBOS(config=configuration(self._url(), executor_id=hold.name, concurrency=self._parts.concurrency))
        DBOS.launch()
        parts = UpkeepParts(
            engine=self._parts.engine,
            client=self._client(),
            clock=self._parts.clock,
            queue=QUEUE,
            run=RUN,
            requeue=self._requeue_lost,
            enqueue_periodic=self._enqueue_periodic,
            interval_seconds=self._parts.upkeep_seconds,
        )
        self._upkeep = Upkeep(parts, hold)
        self._upkeep.start()

    def stop(self) -> None:
        with self._lock:
            upkeep, self._upkeep = self._upkeep, None
        if upkeep is not None:
            self._stopping.set()
            upkeep.stop()
            self._parts.interrupt()
            DBOS.destroy(
                destroy_registry=True,
                workflow_completion_timeout_sec=STOP_SECONDS if self._running else 0,
            )
            upkeep.release()
        if self._client_or_none is not None:
            self._client_or_none.destroy()
            self._client_or_none = None

    def check(self) -> None:
        if self._upkeep is None or not self._upkeep.is_alive():
            raise JobError("jobs do not run in this process")

    def _entry(self) -> Callable[[str, int], None]:
        # dbos takes a function; its arguments are all it keeps.
        def run(job_id: str, attempt: int) -> None:
            self._running.add(job_id)
            try:
                self._run(job_id, attempt)
            finally:
                self._running.discard(job_id)

        return run

    def _run(self, job_id: str, attempt: int) -> None:
        started = self._persist(lambda db: rows.start(db, job_id, attempt=attempt))
        if started is None:
            return
        if self._stopping.is_set():
            self._queue_again(job_id, attempt, failures=started.failures, delay=timedelta(seconds=1))
            return
        if started.starts > MAX_STARTS:
            self._finish(job_id, attempt, "work.lost")
            return
        running = started.running
        known = self._handlers.get(running.name)
        if known is None:
            log.error("job has no handler", job=job_id)
            self._finish(job_id, attempt, failure_code(UnknownJobHandler()))
            return
        handler, attempts = known
        try:
            handler(running)
        except Exception as error:  # noqa: BLE001  any fault of a handler ends its job, and nothing else
            self._settle_failure(running, attempt, started.failures + 1, attempts, error)
        else:
            self._finish(job_id, attempt, None)

    def _settle_failure(
        self, running: RunningJob, attempt: int, failures: int, attempts: int, error: Exception
    ) -> None:
        if self._stopping.is_set():
            # The stop took away what the handler worked with; that is not the job's failure.
            self._queue_again(running.id, attempt, failures=failures - 1, delay=timedelta(seconds=1))
        elif isinstance(error, Transient) and failures < attempts:
            log.warning("job is tried again", job=running.id, failures=failures, exc_info=error)
            delay = self._parts.backoff[min(failures, len(self._parts.backoff)) - 1]
            self._queue_again(running.id, attempt, failures=failures, delay=delay)
        else:
            code = failure_code(error)
            log.error("job failed", job=running.id, failures=failures, reason=code, exc_info=error)
            self._finish(running.id, attempt, code)

    def _finish(self, job_id: str, attempt: int, error_code: str | None) -> None:
        at = self._parts.clock()
        self._persist(lambda db: rows.finish(db, job_id, attempt=attempt, error_code=error_code, at=at))

    def _queue_again(self, job_id: str, attempt: int, *, failures: int, delay: timedelta) -> None:
        def change(db: Connection) -> None:
            if rows.queue_again(db, job_id, attempt=attempt, failures=failures):
                self._enqueue_run(db, job_id, attempt=attempt + 1, delay=delay)

        self._persist(change)

    def _persist(self, change: Callable[[Connection], Answer]) -> Answer:
        """Commit a change though the database is away for a while; a job's end must not be lost."""
        pause_seconds = 0.2
        while True:
            try:
                with transaction(self._parts.engine) as db:
                    return change(db)
            except OperationalError:
                log.warning("the database does not answer; trying again", pause_seconds=pause_seconds)
                if self._stopping.wait(pause_seconds):
                    raise
                pause_seconds = min(pause_seconds * 2, 10)

    def _requeue_lost(self, workflow_id: str) -> None:
        """Queue a job again whose run ended without an end of the job, as when its last write failed."""
        job_id, _, attempt = workflow_id.rpartition("/")
        with transaction(self._parts.engine) as db:
            started = rows.start(db, job_id, attempt=int(attempt))
        if started is not None:
            log.error("job lost its run and is queued again", job=job_id)
            self._queue_again(job_id, int(attempt), failures=started.failures, delay=timedelta(seconds=1))

    def _enqueue_periodic(self) -> None:
        now = self._parts.clock()
        for name, interval in self._periodic.items():
            window = int(now.timestamp() // interval.total_seconds())
            if self._rung.get(name) != window:
                self.enqueue(name, {}, db=None, key=str(window))
                self._rung[name] = window

    def _enqueue_run(
        self, db: Connection, job_id: str, *, attempt: int, delay: timedelta | None = None
    ) -> None:
        options: EnqueueOptions = {
            "workflow_name": RUN,
            "queue_name": QUEUE,
            "workflow_id": f"{job_id}/{attempt}",
            "app_version": APPLICATION_VERSION,
            "application_name": APPLICATION,
        }
        if delay:
            options["delay_seconds"] = delay.total_seconds()
        self._client().enqueue_in_transaction(db, options, job_id, attempt)

    def _client(self) -> DBOSClient:
        with self._lock:
            if self._client_or_none is None:
                self._client_or_none = make_client(self._url())
            return self._client_or_none

    def _url(self) -> str:
        return self._parts.engine.url.render_as_string(hide_password=False)
