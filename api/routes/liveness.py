"""Liveness sessions: a challenge is drawn, one video comes in, the answer goes out without a score."""

import structlog
from fastapi import APIRouter, Depends
from sqlalchemy import Connection

from api.bootstrap import Services
from api.dependencies import AddressDep, Db, DeviceDep, LanguageDep, ServicesDep, SignedIn
from api.idempotency import IdempotentRoute, idempotent
from api.jobs.analysis import settle_failed
from api.liveness_desk import attempter, desk
from api.problems import problem_responses
from api.routes import consents, liveness_video
from api.store.filing import filing_services
from api.views.liveness_sessions import NewSession, NewSessionView, SessionView
from filing.submission import IdentityCheck
from filing.verification import require_profile
from liveness.sessions.desk import Opening
from liveness.sessions.session import LivenessSession, Person, Purpose
from liveness.verdict import Profile
from models.comparison import IdentityClaim

router = APIRouter(tags=["liveness"], route_class=IdempotentRoute)
router.include_router(consents.router)
router.include_router(liveness_video.router)

log = structlog.get_logger(__name__)


@router.post(
    "/v1/liveness-sessions",
    status_code=201,
    dependencies=[Depends(idempotent)],
    responses=problem_responses(400, 401, 403, 404, 409, 422, 429),
    summary="开始核身 Open a liveness session",
)
def open_session(
    body: NewSession,
    db: Db,
    services: ServicesDep,
    account: SignedIn,
    device: DeviceDep,
    address: AddressDep,
    language: LanguageDep,
) -> NewSessionView:
    """Draw a challenge. It can be answered once, within minutes.

    Where the case needs the profile `timed`, an `ordered` session is refused at once.
    """
    claim = IdentityClaim(body.claim.document_type, body.claim.document_number, body.claim.name)
    digests = services.person_digests
    person = Person(
        digests.person(claim.document_type.value, claim.document_number), digests.name(claim.name)
    )
    purpose = Purpose(body.case_id, body.party_id) if body.case_id else None
    profile = body.profile or Profile.ORDERED
    if purpose is not None:
        needed = _needed(db, services, purpose, person, account.id)
        profile = body.profile or needed
        require_profile(profile, needed)
    who = attempter(services, account_id=account.id, device=device, address=address)
    counter = desk(db, services)
    session = counter.open(
        Opening(who, body.consent_id, claim, person, purpose, profile, body.alternatives.value())
    )
    _record_alternatives(services, session)
    return NewSessionView.of(
        session, services=services, language=language, attempts_left=counter.attempts_left(who)
    )


@router.get(
    "/v1/liveness-sessions/{session_id}",
    responses=problem_responses(401, 404),
    summary="核身结果 The state of a session",
)
def read_session(
    session_id: str, services: ServicesDep, account: SignedIn, language: LanguageDep
) -> SessionView:
    """Tell how a session stands and why, in plain words."""
    session, left = _look(services, session_id, account.id)
    if session.video_id is not None and not session.state.is_final and settle_failed(services, session):
        session, left = _look(services, session_id, account.id)
    return SessionView.of(session, services=services, language=language, attempts_left=left)


def _look(services: Services, session_id: str, account_id: str) -> tuple[LivenessSession, int]:
    with services.reading() as db:
        return desk(db, services).look(session_id, account_id)


def _needed(db: Connection, services: Services, purpose: Purpose, person: Person, account_id: str) -> Profile:
    check = IdentityCheck(
        purpose.case_id, purpose.party_id, account_id, person.person_digest, person.name_digest
    )
    return Profile(filing_services(db, services).cases.require_verifiable(check))


def _record_alternatives(services: Services, session: LivenessSession) -> None:
    """Log and count what was asked for instead, of nobody in particular.

    What this person cannot do tells of their health: it stands sealed in the session alone.
    """
    taken = session.alternatives.taken(session.challenge.actions)
    for name in taken:
        services.metrics.alternative_taken(name)
    if taken:
        log.info("alternatives taken", alternatives=taken)
