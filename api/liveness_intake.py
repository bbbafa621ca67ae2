"""An uploaded video on its way to its session: what is stored and how it is bound, however it was sent."""

from api.bootstrap import Services
from api.evidence.port import UNKEPT, EvidenceKind, EvidenceRef, NewEvidence
from api.jobs.analysis import ANALYSIS
from api.jobs.retention import video_until
from api.liveness_desk import desk, evidence_owner
from liveness.errors import ConflictingSessionState, ConsentMissing, SessionAlreadyUsed, TooManyAttempts
from liveness.sessions.session import LivenessSession
from liveness.video.container import Container, sniff_head
from liveness.video.limits import MAX_BYTES


def require_open(services: Services, session_id: str, account_id: str) -> None:
    """Raise unless the session takes a recorded file now; see `Desk.require_open`."""
    with services.reading() as db:
        desk(db, services).require_open(session_id, account_id)


def find(services: Services, session_id: str, account_id: str) -> LivenessSession:
    """Give a session as its owner sees it. Raises SessionNotFound."""
    with services.reading() as db:
        return desk(db, services).look(session_id, account_id)[0]


def new_video(session_id: str, head: bytes) -> NewEvidence:
    """Say what is about to be stored, by its first bytes. Raises NotAVideo."""
    container = sniff_head(head)
    return NewEvidence(
        owner=evidence_owner(session_id),
        kind=EvidenceKind.VIDEO,
        media_type="video/webm" if container is Container.WEBM else "video/mp4",
        limit_bytes=MAX_BYTES,
    )


def bind(services: Services, session_id: str, account_id: str, ref: EvidenceRef) -> LivenessSession:
    """Bind the stored video and enqueue its analysis, in one transaction; drop a video that came second.

    Raises SessionAlreadyUsed, unless it was used with these very bytes, ConsentMissing, StreamNeeded,
    TooManyAttempts.
    """
    # Its days count from the decision, which sets them anew; until then it must be there to be looked at.
    until = video_until(services.settings, services.clock()) + UNKEPT
    try:
        with services.transaction() as db:
            session = desk(db, services).receive(session_id, account_id, video_id=ref.id, sha256=ref.sha256)
            services.evidence.keep_until(ref.id, until, db=db)
            services.jobs.enqueue(
                ANALYSIS, {"session_id": session_id}, db=db, key=session_id, owner_id=account_id
            )
    except (SessionAlreadyUsed, ConflictingSessionState):
        services.evidence.delete(ref.id, reason="session already used")
        session = find(services, session_id, account_id)
        if session.video_sha256 != ref.sha256:
            raise SessionAlreadyUsed from None
    except ConsentMissing:
        services.evidence.delete(ref.id, reason="consent taken back")
        raise
    except TooManyAttempts:
        services.evidence.delete(ref.id, reason="too many tries at once")
        raise
    return session
