"""Notices in a table, delivered by a job: what is committed is delivered, what is undone never leaves."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select, update

from api.db import reading, transaction
from api.jobs.port import JobRunner, RunningJob
from api.notices.port import Channel, Notice, PostedNotice
from api.store.tables.notices import notices

DELIVERY = "notice"
ATTEMPTS = 5


class OutboxNotifier:
    """A Notifier over a table, and the handler that delivers from it."""

    def __init__(
        self,
        *,
        engine: Engine,
        jobs: JobRunner,
        channel: Channel,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._engine = engine
        self._jobs = jobs
        self._channel = channel
        self._clock = clock
        self._new_id = new_id

    def notify(self, notice: Notice, *, db: Connection) -> str:
        notice_id = self._new_id()
        db.execute(
            insert(notices).values(
                id=notice_id,
                case_id=notice.case_id,
                recipient_id=notice.recipient_id,
                code=notice.code,
                parameters=dict(notice.parameters),
                created_at=self._clock(),
            )
        )
        self._jobs.enqueue(
            DELIVERY, {"notice_id": notice_id}, db=db, key=notice_id, owner_id=notice.recipient_id
        )
        return notice_id

    def deliver(self, job: RunningJob) -> None:
        """Deliver one notice, unless it was delivered before."""
        notice_id = job.text("notice_id")
        with reading(self._engine) as db:
            row = db.execute(
                select(notices).where(notices.c.id == notice_id, notices.c.delivered_at.is_(None))
            ).one_or_none()
        if row is None:
            return
        self._channel.deliver(
            PostedNotice(notice_id, Notice(row.case_id, row.recipient_id, row.code, row.parameters))
        )
        with transaction(self._engine) as db:
            db.execute(update(notices).where(notices.c.id == notice_id).values(delivered_at=self._clock()))
