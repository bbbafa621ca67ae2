"""What a process that runs jobs does beside: take up what dead processes left, ring periodic jobs, tidy."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from dbos import DBOSClient
from sqlalchemy import Engine

from api.db import transaction
from api.jobs import rows
from api.jobs.executors import ExecutorHold, executor_locks

LOST = ["ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
BATCH = 200
RUNS_KEPT = timedelta(days=1)
JOBS_KEPT = timedelta(days=90)
TIDY_EVERY = timedelta(hours=1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepParts:
    """What upkeep works with."""

    engine: Engine
    client: DBOSClient
    clock: Callable[[], datetime]
    queue: str
    run: str
    requeue: Callable[[str], None]
    enqueue_periodic: Callable[[], None]
    interval_seconds: float


class Upkeep:
    """A thread that looks every few seconds, and the name by which others know that this process lives."""

    def __init__(self, parts: UpkeepParts, hold: ExecutorHold) -> None:
        self._parts = parts
        self._hold = hold
        self._locks = executor_locks(parts.engine)
        self._tidied_at: datetime | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="novisit-upkeep", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """End the thread; the name is still held, since jobs may still run."""
        self._stop.set()
        self._thread.join(timeout=2)

    def release(self) -> None:
        """Give the name free."""
        self._hold.release()

    def _loop(self) -> None:
        while not self._stop.is_set():
            for task in (self._keep_name, self.take_up, self._parts.enqueue_periodic, self._tidy):
                try:
                    task()
                except Exception:
                    # A database that is away must not end the upkeep.
                    log.warning("upkeep of jobs failed and is tried again", exc_info=True)
                if self._stop.is_set():
                    return
            self._stop.wait(self._parts.interval_seconds)

    def _keep_name(self) -> None:
        if self._hold.is_held():
            return
        hold = self._locks.claim(self._hold.name)
        if hold is not None:
            self._hold.release()
            self._hold = hold

    def take_up(self) -> int:
        """Resume runs of dead processes and requeue jobs that lost their run; give how many."""
        taken = 0
        pending = self._parts.client.list_workflows(
            status="PENDING", name=self._parts.run, load_input=False, load_output=False
        )
        others = {run.executor_id for run in pending if run.executor_id} - {self._hold.name}
        for executor_id in sorted(others):
            taken += self._take_up_from(executor_id)
        lost = self._parts.client.list_workflows(
            status=LOST, name=self._parts.run, load_input=False, load_output=False, limit=BATCH
        )
        for run in lost:
            self._parts.requeue(run.workflow_id)
        if lost:
            self._parts.client.delete_workflows([run.workflow_id for run in lost])
        return taken + len(lost)

    def _take_up_from(self, executor_id: str) -> int:
        hold = self._locks.claim(executor_id)
        if hold is None:
            return 0
        try:
            # Asked again under the lock: another process may have taken them up meanwhile.
            left = self._parts.client.list_workflows(
                status="PENDING", executor_id=executor_id, load_input=False, load_output=False
            )
            ids = [run.workflow_id for run in left]
            if ids:
                self._parts.client.resume_workflows(ids, queue_name=self._parts.queue)
                log.warning("took up the jobs of a dead process", executor=executor_id, jobs=len(ids))
            return len(ids)
        finally:
            hold.release()

    def _tidy(self) -> None:
        now = self._parts.clock()
        if self._tidied_at is not None and now - self._tidied_at < TIDY_EVERY:
            return
        self._tidied_at = now
        with transaction(self._parts.engine) as db:
            rows.forget_finished(db, before=now - JOBS_KEPT)
        done = self._parts.client.list_workflows(
            status="SUCCESS",
            name=self._parts.run,
            end_time=(now - RUNS_KEPT).isoformat(),
            limit=BATCH * 10,
            load_input=False,
            load_output=False,
        )
        if done:
            self._parts.client.delete_workflows([run.workflow_id for run in done])
