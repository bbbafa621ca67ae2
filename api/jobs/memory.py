"""Jobs in memory, for tests: `run_all` runs what is due, on the calling thread."""

import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from api.errors import UnknownJob, UnknownJobHandler
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


class InMemoryJobRunner:
    """Forgets everything with its process, and does not wait for a commit: for unit tests only."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._handlers: dict[str, tuple[JobHandler, int]] = {}
        self._periodic: dict[str, timedelta] = {}
        self._jobs: dict[str, Job] = {}
        self._queue: deque[tuple[datetime, RunningJob]] = deque()
        self._numbers = itertools.count(1)

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
        del db
        if name not in self._handlers:
            raise UnknownJobHandler
        require_flat(payload)
        job_id = job_id_for(name, key or str(next(self._numbers)))
        if job_id not in self._jobs:
            now = self._clock()
            self._jobs[job_id] = Job(job_id, name, JobState.QUEUED, owner_id, now)
            self._queue.append((now + (delay or timedelta()), RunningJob(job_id, name, dict(payload))))
        return job_id

    def job(self, job_id: str) -> Job:
        if job_id not in self._jobs:
            raise UnknownJob
        return self._jobs[job_id]

    def periodic(self) -> dict[str, timedelta]:
        """Say what would run by itself, and how often."""
        return dict(self._periodic)

    def run_all(self) -> int:
        """Run what is due, and what that enqueues; give how many jobs ran."""
        ran = 0
        while due := next((entry for entry in self._queue if entry[0] <= self._clock()), None):
            self._queue.remove(due)
            self._run(due[1])
            ran += 1
        return ran

    def _run(self, running: RunningJob) -> None:
        handler, attempts = self._handlers[running.name]
        error_code = None
        for attempt in range(1, attempts + 1):
            try:
                handler(running)
            except Transient as error:
                error_code = failure_code(error)
                if attempt < attempts:
                    continue
            except Exception as error:  # noqa: BLE001  any fault of a handler ends its job, and nothing else
                error_code = failure_code(error)
            else:
                error_code = None
            break
        state = JobState.FAILED if error_code else JobState.SUCCEEDED
        self._jobs[running.id] = replace(
            self._jobs[running.id], state=state, error_code=error_code, finished_at=self._clock()
        )

    def prepare(self) -> None:
        """Memory has no tables."""

    def start(self) -> None:
        """Nothing runs by itself here."""

    def stop(self) -> None:
        """Nothing runs by itself here."""

    def check(self) -> None:
        """Memory is always ready."""
