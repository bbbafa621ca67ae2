"""The job behind an uploaded video: judge it in the pool, file the answer; also for a stream that died."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

import structlog

from api.errors import EvidenceDamaged, UnknownJob, WorkerLost
from api.jobs.answers import file_analysis, file_undecided
from api.jobs.port import JobState, RunningJob, Transient, job_id_for
from api.liveness_desk import desk, evidence_owner
from liveness.errors import VideoError
from liveness.sessions.session import LivenessSession
from models.errors import ComparatorUnavailable

if TYPE_CHECKING:
    from api.bootstrap import Services
    from liveness.analysis import Analysis

ANALYSIS = "analysis"
UPKEEP = "liveness-upkeep"
UPKEEP_EVERY = timedelta(minutes=5)
ATTEMPTS = 3
UPLOAD_GRACE = timedelta(minutes=1)
"""How much longer than its session an upload may take."""

_BINDING_GRACE = timedelta(minutes=2)
_WORK_PREFIX = "analysis-"
_WORK_LEFT_S = 3600

log = structlog.get_logger(__name__)


def handle(services: "Services", job: RunningJob) -> None:
    """Analyse one session's video. Safe to repeat: the answer is kept once, in one transaction.

    Raises Transient where a process of the pool was lost or the comparison service does not answer.
    """
    session_id = job.text("session_id")
    with services.transaction() as db:
        begun = desk(db, services).begin_analysis(session_id)
    if begun is None:
        return
    try:
        file_analysis(services, begun, _analyse(services, begun))
    except VideoError as error:
        file_undecided(services, begun, error.code)
    except (WorkerLost, ComparatorUnavailable) as error:
        raise Transient from error


def upkeep(services: "Services", job: RunningJob) -> None:
    """End sessions whose time is over, answer those whose job failed, clear what dead processes left."""
    from api.resumable import end_overdue

    with services.transaction() as db:
        ended = desk(db, services).end_overdue(grace=UPLOAD_GRACE + _BINDING_GRACE)
    with services.reading() as db:
        waiting = desk(db, services).waiting()
    settled = sum(settle_failed(services, session) for session in waiting)
    dropped = end_overdue(services)
    for left in _work_folder(services).glob(f"{_WORK_PREFIX}*"):
        if services.clock().timestamp() - left.stat().st_mtime > _WORK_LEFT_S:
            rmtree(left, ignore_errors=True)
    if ended or settled or dropped:
        log.info("liveness upkeep", job=job.id, ended=ended, settled=settled, uploads=dropped)


def settle_failed(services: "Services", session: LivenessSession) -> bool:
    """Give a waiting session the answer UNDECIDED where its job ended without one."""
    try:
        job = services.jobs.job(job_id_for(ANALYSIS, session.id))
    except UnknownJob:
        return file_undecided(services, session, "work.lost")
    if job.state is not JobState.FAILED:
        return False
    return file_undecided(services, session, job.error_code or "work.lost")


def _analyse(services: "Services", session: LivenessSession) -> "Analysis":
    from liveness.analysis import analyse_video

    with _video_file(services, session) as path:
        work = partial(
            analyse_video,
            path,
            asked=session.asked,
            weights=services.weights,
            policy=services.pad_policy,
        )
        analysis = services.pool.run(
            work,
            timeout_seconds=services.settings.analysis_timeout_seconds,
            cpu_seconds=services.settings.analysis_cpu_seconds,
        )
    if analysis.verdict.video_sha256 != session.video_sha256:
        raise EvidenceDamaged
    return analysis


@contextmanager
def _video_file(services: "Services", session: LivenessSession) -> Iterator[Path]:
    """The video in the clear, for as long as it is looked at, where only this user can read it."""
    if session.video_id is None:
        raise EvidenceDamaged
    with tempfile.TemporaryDirectory(dir=_work_folder(services), prefix=_WORK_PREFIX) as folder:
        path = Path(folder) / "video"
        with path.open("wb") as file:
            for piece in services.evidence.open(session.video_id, owner=evidence_owner(session.id)):
                file.write(piece)
        yield path


def _work_folder(services: "Services") -> Path:
    folder = services.settings.data_dir / "work"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
