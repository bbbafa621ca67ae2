"""Deleting what is past its time: evidence by its date, and leftovers of uploads that broke off."""

from datetime import datetime, timedelta

import structlog

from api.evidence.store import EncryptedEvidence
from api.jobs.port import RunningJob
from api.settings import Settings

RETENTION = "retention"
EVERY = timedelta(hours=1)

log = structlog.get_logger(__name__)


def video_until(settings: Settings, decided_at: datetime) -> datetime:
    """Say until when a raw video is kept after the decision it served."""
    return decided_at + timedelta(days=settings.retention_video_days)


class Retention:
    """The handler of the periodic job. Each deletion destroys the wrapped key first and leaves a receipt."""

    def __init__(self, evidence: EncryptedEvidence) -> None:
        self._evidence = evidence

    def handle(self, job: RunningJob) -> None:
        """Delete all that is due; safe to repeat and to break off anywhere."""
        deleted = 0
        while found := self._evidence.delete_due():
            deleted += found
        swept = self._evidence.sweep()
        if deleted or swept:
            log.info("retention", job=job.id, deleted=deleted, swept=swept)
