"""Rows of the jobs table. A job's `attempt` names the one run that may change it; older runs are void."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from api.errors import UnknownJob
from api.jobs.port import Job, JobPayload, JobState, RunningJob
from api.store.tables.jobs import jobs

FINAL = (JobState.SUCCEEDED.value, JobState.FAILED.value)


@dataclass(frozen=True, slots=True)
class StartedJob:
    """A job that begins to run: `failures` of earlier tries, `starts` with those that a dead process left."""

    running: RunningJob
    failures: int
    starts: int


def add(db: Connection, job: Job, payload: JobPayload) -> bool:
    """Add a job; False where it is there already."""
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    added = db.execute(
        insert(jobs)
        .values(
            id=job.id,
            name=job.name,
            payload=dict(payload),
            owner_id=job.owner_id,
            state=JobState.QUEUED.value,
            attempt=1,
            failures=0,
            starts=0,
            created_at=job.created_at,
        )
        .on_conflict_do_nothing(index_elements=[jobs.c.id])
        .returning(jobs.c.id)
    )
    return added.one_or_none() is not None


def find(db: Connection, job_id: str) -> Job:
    """Raises UnknownJob."""
    row = db.execute(select(jobs).where(jobs.c.id == job_id)).one_or_none()
    if row is None:
        raise UnknownJob
    return Job(
        id=row.id,
        name=row.name,
        state=JobState(row.state),
        owner_id=row.owner_id,
        created_at=row.created_at,
        finished_at=row.finished_at,
        error_code=row.error_code,
    )


def start(db: Connection, job_id: str, *, attempt: int) -> StartedJob | None:
    """Begin a run; None where the job is done or a later run has taken its place."""
    query = (
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.attempt == attempt, jobs.c.state.not_in(FINAL))
        .values(state=JobState.RUNNING.value, starts=jobs.c.starts + 1)
        .returning(jobs.c.name, jobs.c.payload, jobs.c.failures, jobs.c.starts)
    )
    row = db.execute(query).one_or_none()
    if row is None:
        return None
    return StartedJob(RunningJob(job_id, row.name, row.payload), row.failures, row.starts)


def queue_again(db: Connection, job_id: str, *, attempt: int, failures: int) -> bool:
    """Make way for the next run; False where the job is done or that was done before."""
    query = (
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.attempt == attempt, jobs.c.state.not_in(FINAL))
        .values(state=JobState.QUEUED.value, attempt=attempt + 1, failures=failures)
    )
    return db.execute(query).rowcount == 1


def finish(db: Connection, job_id: str, *, attempt: int, error_code: str | None, at: datetime) -> bool:
    """Write how a run ended; False where the job is done or another run has taken its place."""
    state = JobState.FAILED if error_code else JobState.SUCCEEDED
    query = (
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.attempt == attempt, jobs.c.state.not_in(FINAL))
        .values(state=state.value, error_code=error_code, finished_at=at)
    )
    return db.execute(query).rowcount == 1


def forget_finished(db: Connection, *, before: datetime) -> int:
    """Delete rows of jobs that ended before a moment; give how many."""
    return db.execute(delete(jobs).where(jobs.c.finished_at < before)).rowcount
