"""The end of a stream: its video is bound to the session, the answer filed; each within one transaction."""

from datetime import timedelta
from importlib import import_module

import structlog

from api.bootstrap import Services
from api.error_answers import answer_for
from api.errors import EvidenceError
from api.evidence.port import UNKEPT, EvidenceKind, EvidenceRef, NewEvidence
from api.jobs.analysis import ANALYSIS
from api.jobs.answers import file_analysis, keep, undecided
from api.jobs.port import Transient
from api.jobs.retention import video_until
from api.liveness_desk import desk, evidence_owner
from api.messages import Language
from api.streaming.messages import Message
from api.streaming.pipe import Judged, Refused
from api.views.liveness import view_reasons
from liveness.challenge.schedule import PromptSchedule
from liveness.errors import LivenessError, SessionExpired
from liveness.sessions.session import LivenessSession
from liveness.video.container import Container, sniff_head
from liveness.video.limits import MAX_BYTES
from models.errors import ModelsError
from signing.errors import SealingError

log = structlog.get_logger(__name__)

FALL_BACK_AFTER = timedelta(seconds=45)
"""A stream answers at once. Where its process or the whole service dies over it, a job does after so long."""


def warm(services: Services) -> None:
    """Load what the first answer needs, so that the first person does not wait for it."""
    import_module("liveness.evidence.record")
    import_module("liveness.evidence.review")
    try:
        services.comparator.check()
        _ = services.record_signer
    except (ModelsError, SealingError, EvidenceError) as error:
        log.warning("an answer cannot be prepared", error=type(error).__name__)


def prepare(services: Services, session: LivenessSession) -> None:
    """Look at the portrait while the video is still recorded, where the comparison can do so by itself."""
    ready = getattr(services.comparator, "prepare", None)
    if not callable(ready):
        return
    try:
        with services.reading() as db:
            claim = desk(db, services).claim(session.id)
        ready(claim)
    except (ModelsError, LivenessError) as error:
        # What is wrong with it is said with the answer.
        log.debug("portrait not prepared", session=session.id, error=type(error).__name__)


def new_video(session_id: str, head: bytes) -> NewEvidence:
    """Say what is about to be stored, by its first bytes. Raises NotAVideo."""
    container = sniff_head(head)
    return NewEvidence(
        owner=evidence_owner(session_id),
        kind=EvidenceKind.VIDEO,
        media_type="video/webm" if container is Container.WEBM else "video/mp4",
        limit_bytes=MAX_BYTES,
    )


def bind(
    services: Services, session: LivenessSession, ref: EvidenceRef, schedule: PromptSchedule | None
) -> LivenessSession:
    """Bind the stored video, and enqueue the analysis that answers where nobody else does."""
    until = video_until(services.settings, services.clock()) + UNKEPT
    with services.transaction() as db:
        bound = desk(db, services).receive_stream(
            session.id,
            session.attempter.account_id,
            video_id=ref.id,
            sha256=ref.sha256,
            schedule=schedule,
        )
        services.evidence.keep_until(ref.id, until, db=db)
        services.jobs.enqueue(
            ANALYSIS,
            {"session_id": session.id},
            db=db,
            key=session.id,
            owner_id=session.attempter.account_id,
            delay=FALL_BACK_AFTER,
        )
    return bound


def file(services: Services, session: LivenessSession, judged: Judged | Refused) -> LivenessSession:
    """Compare the face, keep the answer, and give the session as it stands then.

    Exactly one answer is kept, whoever comes first: this, or the job. Raises ComparatorUnavailable.
    """
    if isinstance(judged, Judged):
        file_analysis(services, session, judged.analysis)
    else:
        # What cannot be judged after the person was asked for a movement was a try all the same.
        keep(services, session, undecided(judged.code, counts=session.was_asked))
    return _find(services, session)


def give_up(services: Services, session: LivenessSession, error: Exception, *, counts: bool) -> None:
    """End a session whose stream did not come to its end; `counts` where that was a try."""
    try:
        if isinstance(error, SessionExpired):
            with services.transaction() as db:
                counter = desk(db, services)
                (counter.end_left_stream if counts else counter.end_stream)(session.id)
        else:
            keep(services, session, undecided(answer_for(error).code, counts=counts))
    except (LivenessError, Transient):
        # It was ended by somebody else, as by whoever took the consent back.
        log.info("the session of a stream had ended", session=session.id)


def view(services: Services, session: LivenessSession, language: Language) -> Message:
    """The answer as its owner is told it."""
    decision = session.decision
    reasons = view_reasons(services, decision.reasons if decision else (), language)
    return {
        "type": "verdict",
        "state": session.state.value,
        "outcome": decision.outcome.value if decision else None,
        "reasons": [reason.model_dump() for reason in reasons],
    }


def _find(services: Services, session: LivenessSession) -> LivenessSession:
    with services.reading() as db:
        return desk(db, services).look(session.id, session.attempter.account_id)[0]
