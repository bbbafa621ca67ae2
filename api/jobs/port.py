"""The port to durable jobs: what is enqueued with a commit runs once it is committed, though processes die.

A handler runs at least once, so its effects are idempotent: database effects in one transaction, object keys
that depend on nothing but the job. What a handler raises ends the job as FAILED with the error's stable code;
an error that is Transient is tried again first, after a while that grows.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sqlalchemy import Connection

from api.error_answers import answer_for

Scalar = str | int | float | bool | None
JobPayload = Mapping[str, Scalar]
"""What a job is told: flat, JSON, ids and digests rather than personal data."""


class JobState(StrEnum):
    """Where a job stands, as its owner sees it."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `error_code` is a key of the message catalogue, where it failed."""

    id: str
    name: str
    state: JobState
    owner_id: str | None
    created_at: datetime
    finished_at: datetime | None = None
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class RunningJob:
    """What a handler is given. `id` stays the same over repeats, so effects can be keyed by it."""

    id: str
    name: str
    payload: JobPayload = field(repr=False)

    def text(self, key: str) -> str:
        """Give a value of the payload that must be text. Raises TypeError."""
        value = self.payload.get(key)
        if not isinstance(value, str):
            raise TypeError(f"job {self.name} needs the text {key!r} in its payload")
        return value


JobHandler = Callable[[RunningJob], None]


class JobRunner(Protocol):
    """Runs jobs durably. Handlers are registered before `start`."""

    def register(self, name: str, handler: JobHandler, *, attempts: int = 3) -> None:
        """Say what runs jobs of this name. Raises ValueError for a name that is taken."""
        ...

    def every(self, interval: timedelta, name: str, handler: JobHandler) -> None:
        """Run a handler once in every interval, over all hosts together."""
        ...

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
        """Enqueue with the transaction of `db`, or at once where it is None, and give the job's id.

        A second job of the same name and key is the first one again. Raises UnknownJobHandler.
        """
        ...

    def job(self, job_id: str) -> Job:
        """Give a job as it stands. Raises UnknownJob."""
        ...

    def prepare(self) -> None:
        """Make or upgrade the runner's own tables; harmless where they are up to date."""
        ...

    def start(self) -> None:
        """Begin to run jobs, first those that a dead process left."""
        ...

    def stop(self) -> None:
        """Stop taking jobs and wait shortly for those that run; the next start takes up the rest."""
        ...

    def check(self) -> None:
        """Return when jobs can be taken; raise JobError where not."""
        ...


class Transient(Exception):
    """Work failed for a reason that may pass; the job is tried again. Raise it `from` that reason."""


def failure_code(error: Exception) -> str:
    """Name the stable code of what ended a job; a Transient is known by its cause."""
    cause = error.__cause__ if isinstance(error, Transient) else None
    return answer_for(cause if isinstance(cause, Exception) else error).code


def job_id_for(name: str, key: str) -> str:
    """Name the job of a kind and a key. Raises ValueError for what does not fit a path and a column."""
    job_id = f"{name}-{key}"
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,119}", job_id) is None:
        raise ValueError("a job's name and key have letters, digits and . _ : - and 119 characters at most")
    return job_id


def require_flat(payload: JobPayload) -> None:
    """Raise TypeError for a payload that is not flat JSON."""
    if not all(isinstance(value, Scalar) for value in payload.values()):
        raise TypeError("the payload of a job is flat: text, numbers, true, false, null")
