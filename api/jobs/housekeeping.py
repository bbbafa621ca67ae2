"""Removing what has served its turn: sign-ins, answers to repeated requests, portraits of a demonstration."""

from datetime import timedelta

import structlog
from sqlalchemy import delete

from api.bootstrap import Services
from api.jobs.port import RunningJob
from api.store.accounts import SignInStore
from api.store.portraits import DEMONSTRATION
from api.store.tables.accounts import idempotent_answers

HOUSEKEEPING = "housekeeping"
EVERY = timedelta(hours=1)
KEEP_ANSWERS = timedelta(days=2)
"""How long a creating request may be repeated under its key."""
PORTRAIT_DAY = timedelta(days=1)
"""No portrait that a visitor of a demonstration gave is kept longer."""

log = structlog.get_logger(__name__)


def handle(services: Services, job: RunningJob) -> None:
    """Remove all that is due; safe to repeat."""
    now = services.clock()
    with services.transaction() as db:
        ended = SignInStore(db).remove_expired(at=now)
        old = idempotent_answers.c.created_at <= now - KEEP_ANSWERS
        answers = db.execute(delete(idempotent_answers).where(old)).rowcount
        # One that would pass its day before the next round goes now.
        given_before = now - PORTRAIT_DAY + EVERY
        pictures = services.portraits.remove_older(origin=DEMONSTRATION, before=given_before, connection=db)
    if ended or answers or pictures:
        log.info("housekeeping", job=job.id, sign_ins=ended, answers=answers, portraits=pictures)
