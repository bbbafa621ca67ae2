"""Removing what has served its turn: sign-ins that ended, and answers kept for repeated requests."""

from datetime import timedelta

import structlog
from sqlalchemy import delete

from api.bootstrap import Services
from api.jobs.port import RunningJob
from api.store.accounts import SignInStore
from api.store.tables.accounts import idempotent_answers

HOUSEKEEPING = "housekeeping"
EVERY = timedelta(hours=1)
KEEP_ANSWERS = timedelta(days=2)
"""How long a creating request may be repeated under its key."""

log = structlog.get_logger(__name__)


def handle(services: Services, job: RunningJob) -> None:
    """Remove all that is due; safe to repeat."""
    now = services.clock()
    with services.transaction() as db:
        ended = SignInStore(db).remove_expired(at=now)
        old = idempotent_answers.c.created_at <= now - KEEP_ANSWERS
        answers = db.execute(delete(idempotent_answers).where(old)).rowcount
    if ended or answers:
        log.info("housekeeping", job=job.id, sign_ins=ended, answers=answers)
