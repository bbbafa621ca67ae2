"""The job behind an uploaded video: judge it in the pool, compare the face, keep the answer with evidence."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

import structlog

from api.errors import EvidenceDamaged, EvidenceNotFound, UnknownJob, WorkerLost, answer_for
from api.evidence.port import EvidenceKind, NewEvidence
from api.jobs.port import JobState, RunningJob, Transient, job_id_for
from api.jobs.retention import video_until
from api.liveness_desk import desk
from filing.errors import FilingError
from filing.verification import Verification
from liveness.errors import ConflictingSessionState, VideoError
from liveness.sessions.session import Decision, LivenessSession
from liveness.verdict import Outcome, Reason
from models.comparison import IdentityClaim, Match
from models.errors import ComparatorUnavailable, ComparisonUndecided, PersonUnknown

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api.bootstrap import Services
    from liveness.analysis import Analysis

ANALYSIS = "analysis"
UPKEEP = "liveness-upkeep"
UPKEEP_EVERY = timedelta(minutes=5)
ATTEMPTS = 3
UPLOAD_GRACE = timedelta(minutes=15)
VERIFICATION_VALID = timedelta(days=7)
"""As long as an invitation: remote shareholders verify on different days."""

_FRAME_LIMIT_BYTES = 8 * 1024 * 1024
_WORK_PREFIX = "analysis-"
_WORK_LEFT_S = 3600

log = structlog.get_logger(__name__)


class _Ended(Exception):
    """The session was ended while its video was looked at."""


def handle(services: "Services", job: RunningJob) -> None:
    """Analyse one session's video. Safe to repeat: the answer is kept once, in one transaction.

    Raises Transient where a process of the pool was lost or the comparison service does not answer.
    """
    session_id = job.text("session_id")
    with services.transaction() as db:
        begun = desk(db, services).begin_analysis(session_id)
    if begun is None:
        return
    session, claim = begun
    try:
        analysis = _analyse(services, session)
        decision = _decide(services, analysis, claim)
    except VideoError as error:
        analysis, decision = None, undecided(error.code)
    except (WorkerLost, ComparatorUnavailable) as error:
        raise Transient from error
    frames = _store_frames(services, session, analysis) if analysis else ()
    kept = _keep(services, session, replace(decision, audit_frames=frames))
    if not kept:
        for frame in frames:
            services.evidence.delete(frame, reason="consent taken back")
    log.info("liveness session decided", session=session_id, outcome=decision.outcome.value, kept=kept)


def undecided(code: str, *, counts: bool = False) -> Decision:
    """An answer that is none, and why."""
    return Decision(Outcome.UNDECIDED, (Reason(code),), counts)


def upkeep(services: "Services", job: RunningJob) -> None:
    """End sessions whose time is over, answer those whose job failed, clear what dead processes left."""
    with services.transaction() as db:
        ended = desk(db, services).end_overdue(grace=UPLOAD_GRACE)
    with services.reading() as db:
        waiting = desk(db, services).waiting()
    settled = sum(settle_failed(services, session) for session in waiting)
    for left in _work_folder(services).glob(f"{_WORK_PREFIX}*"):
        if services.clock().timestamp() - left.stat().st_mtime > _WORK_LEFT_S:
            rmtree(left, ignore_errors=True)
    if ended or settled:
        log.info("liveness upkeep", job=job.id, ended=ended, settled=settled)


def settle_failed(services: "Services", session: LivenessSession) -> bool:
    """Give a waiting session the answer UNDECIDED where its job ended without one."""
    try:
        job = services.jobs.job(job_id_for(ANALYSIS, session.id))
    except UnknownJob:
        return _keep(services, session, undecided("work.lost"))
    if job.state is not JobState.FAILED:
        return False
    return _keep(services, session, undecided(job.error_code or "work.lost"))


def _analyse(services: "Services", session: LivenessSession) -> "Analysis":
    from liveness.analysis import analyse_video

    with _video_file(services, session) as path:
        work = partial(
            analyse_video,
            path,
            asked=session.asked,
            weights=services.weights,
        )
        analysis = services.pool.run(work, timeout_seconds=services.settings.analysis_timeout_seconds)
    if analysis.verdict.video_sha256 != session.video_sha256:
        raise EvidenceDamaged
    return analysis


def _decide(services: "Services", analysis: "Analysis", claim: IdentityClaim) -> Decision:
    verdict = analysis.verdict
    if verdict.outcome is not Outcome.PASSED:
        reasons = verdict.reasons or (Reason(f"outcome.{verdict.outcome.value}"),)
        return Decision(verdict.outcome, reasons, verdict.outcome is Outcome.FAILED, verdict)
    if analysis.probe is None:
        return replace(undecided("quality.no_neutral_frame"), verdict=verdict)
    try:
        comparison = services.comparator.compare(analysis.probe, claim)
    except ComparatorUnavailable:
        raise
    except ComparisonUndecided as error:
        # Guessing who is in the register counts as failing.
        guess = isinstance(error, PersonUnknown)
        return replace(undecided(answer_for(error).code, counts=guess), verdict=verdict)
    if comparison.match is Match.MATCHED:
        return Decision(Outcome.PASSED, (), counts=False, verdict=verdict, comparison=comparison)
    reason = Reason("comparison.not_matched", measured=comparison.score, required=comparison.threshold)
    return Decision(Outcome.FAILED, (reason,), counts=True, verdict=verdict, comparison=comparison)


def _keep(services: "Services", session: LivenessSession, decision: Decision) -> bool:
    """Keep the answer, what filing needs of it and the time its evidence lives, all in one transaction."""
    until = video_until(services.settings, services.clock())
    try:
        with services.transaction() as db:
            filed = decision
            if decision.outcome is Outcome.PASSED:
                filed = _hand_over(db, services, session, decision)
            if desk(db, services).decide(session.id, filed) is None:
                raise _Ended  # noqa: TRY301  it also takes back what was handed over
            if session.video_id is not None:
                # An answer does not fail for a video that is past its time already.
                with suppress(EvidenceNotFound):
                    services.evidence.keep_until(session.video_id, until, db=db)
            for frame in filed.audit_frames:
                # Those behind a verification that its case keeps live with the case, others as the video.
                services.evidence.keep_until(frame, None if _is_filed(session, filed) else until, db=db)
    except _Ended:
        return False
    except ConflictingSessionState as error:
        raise Transient from error
    return True


def _hand_over(
    db: "Connection", services: "Services", session: LivenessSession, decision: Decision
) -> Decision:
    """Record the verification with its case; where the case moved on meanwhile the pass stands without it."""
    from api.store.filing import filing_services

    purpose, now = session.purpose, services.clock()
    if purpose is None:
        return decision
    verification = Verification(
        id=session.id,
        account_id=session.attempter.account_id,
        person_digest=session.person.person_digest,
        name_digest=session.person.name_digest,
        case_id=purpose.case_id,
        party_id=purpose.party_id,
        profile=session.profile,
        verified_at=now,
        expires_at=now + VERIFICATION_VALID,
    )
    try:
        with db.begin_nested():
            filing_services(db, services).cases.record_verification(verification)
    except FilingError as error:
        log.info("verification not recorded", session=session.id, code=answer_for(error).code)
        return replace(decision, reasons=(Reason("session.not_recorded"), Reason(answer_for(error).code)))
    return decision


def _is_filed(session: LivenessSession, filed: Decision) -> bool:
    """Whether the case of the session keeps its verification; a pass that was not recorded says why."""
    return session.purpose is not None and filed.outcome is Outcome.PASSED and not filed.reasons


def _store_frames(services: "Services", session: LivenessSession, analysis: "Analysis") -> tuple[str, ...]:
    """Store the audit frames; they live for a day unless the answer keeps them."""
    stored = []
    for frame in analysis.audit_frames:
        new = NewEvidence(
            owner=evidence_owner(session.id),
            kind=EvidenceKind.AUDIT_FRAME,
            media_type="image/jpeg",
            limit_bytes=_FRAME_LIMIT_BYTES,
        )
        stored.append(services.evidence.put([frame.jpeg], new).id)
    return tuple(stored)


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


def evidence_owner(session_id: str) -> str:
    """Who the evidence of a session belongs to."""
    return f"liveness-session:{session_id}"
