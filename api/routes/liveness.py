"""Liveness sessions: a challenge is drawn, one video comes in, the answer goes out without a score."""

import hashlib
from datetime import datetime

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from api.bootstrap import Services
from api.dependencies import AddressDep, Db, DeviceDep, LanguageDep, ServicesDep, SignedIn
from api.errors import BodyTooLarge
from api.evidence.port import UNKEPT, EvidenceKind, EvidenceRef, NewEvidence
from api.idempotency import IdempotentRoute, idempotent
from api.jobs.analysis import ANALYSIS, evidence_owner, settle_failed
from api.jobs.port import job_id_for
from api.jobs.retention import video_until
from api.liveness_desk import attempter, desk
from api.messages import Language
from api.problems import problem_responses
from api.routes import consents
from api.store.filing import filing_services
from api.uploads import store_body
from filing.submission import IdentityCheck
from liveness.errors import ConflictingSessionState, ConsentMissing, SessionAlreadyUsed, VideoTooLarge
from liveness.sessions.desk import Opening
from liveness.sessions.session import LivenessSession, Person, Purpose, SessionState
from liveness.verdict import Action, Outcome, Profile, Reason
from liveness.video.container import MAX_BYTES, Container, sniff_head
from models.comparison import DocumentType, IdentityClaim

router = APIRouter(tags=["liveness"], route_class=IdempotentRoute)
router.include_router(consents.router)

HEAD_BYTES = 16
PROFILE = Profile.ORDERED
"""The one profile that is served: one uploaded recording, its order checked."""


class Claim(BaseModel):
    """Who the person says they are. It is kept encrypted and forgotten with the answer."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    document_type: DocumentType
    document_number: str = Field(min_length=3, max_length=64, repr=False, examples=["11010519491231002X"])
    name: str = Field(min_length=1, max_length=128, repr=False, examples=["张三"])


class NewSession(BaseModel):
    """What a session is opened with; case and party where it is for a filing."""

    model_config = ConfigDict(extra="forbid")

    consent_id: str = Field(max_length=36)
    claim: Claim
    case_id: str | None = Field(default=None, max_length=36)
    party_id: str | None = Field(default=None, max_length=36)


class Prompt(BaseModel):
    """One action as it is asked for."""

    action: Action
    text: str = Field(examples=["点头"])


class NewSessionView(BaseModel):
    """A challenge: the actions in the order to be shown."""

    id: str
    actions: list[Action]
    prompts: list[Prompt]
    nonce: str
    expires_at: datetime
    profile: str
    upload_url: str
    attempts_left: int


class ReasonView(BaseModel):
    """Why the answer is what it is, and what to do."""

    code: str = Field(examples=["action.nod.too_small"])
    text: str
    remedy: str | None


class ActionView(BaseModel):
    """Whether an action was seen; null while nobody has looked."""

    action: Action
    found: bool | None


class SessionView(BaseModel):
    """A session as its owner sees it. Scores and thresholds are for the reviewer alone."""

    id: str
    state: SessionState
    outcome: Outcome | None
    reasons: list[ReasonView]
    actions: list[ActionView]
    attempts_left: int
    expires_at: datetime
    profile: str


class UploadView(BaseModel):
    """The video is here and will be looked at."""

    state: SessionState
    job_id: str


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
    """Draw a challenge. It can be answered once, within minutes."""
    claim = IdentityClaim(body.claim.document_type, body.claim.document_number, body.claim.name)
    digests = services.person_digests
    person = Person(
        digests.person(claim.document_type.value, claim.document_number), digests.name(claim.name)
    )
    purpose = Purpose(body.case_id, body.party_id) if body.case_id else None
    if purpose is not None:
        check = IdentityCheck(
            purpose.case_id, purpose.party_id, account.id, person.person_digest, person.name_digest
        )
        filing_services(db, services).cases.require_verifiable(check)
    who = attempter(services, account_id=account.id, device=device, address=address)
    counter = desk(db, services)
    session = counter.open(Opening(who, body.consent_id, claim, person, purpose, PROFILE))
    return NewSessionView(
        id=session.id,
        actions=list(session.challenge.actions),
        prompts=[
            Prompt(action=action, text=services.catalogue.text(f"action.{action.value}", language))
            for action in session.challenge.actions
        ],
        nonce=session.challenge.nonce,
        expires_at=session.expires_at,
        profile=session.profile,
        upload_url=f"/v1/liveness-sessions/{session.id}/video",
        attempts_left=counter.attempts_left(who),
    )


@router.put(
    "/v1/liveness-sessions/{session_id}/video",
    status_code=202,
    responses=problem_responses(401, 403, 404, 409, 410, 413, 415, 429),
    summary="上传录像 Send the video",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                media: {"schema": {"type": "string", "format": "binary"}}
                for media in ("video/mp4", "video/webm", "video/quicktime", "application/octet-stream")
            },
        }
    },
)
async def send_video(
    session_id: str, request: Request, services: ServicesDep, account: SignedIn
) -> UploadView:
    """Take the one video of a session, as the phone recorded it, at most 64 MiB.

    Sending the same bytes again, as after a broken connection, gets the same answer.
    """
    try:
        await run_in_threadpool(_require_open, services, session_id, account.id)
    except SessionAlreadyUsed:
        session = await run_in_threadpool(_find, services, session_id, account.id)
        if session.video_sha256 is None or await _digest_of_body(request) != session.video_sha256:
            raise
        return _upload_view(session)

    def begin(head: bytes) -> NewEvidence:
        container = sniff_head(head)
        return NewEvidence(
            owner=evidence_owner(session_id),
            kind=EvidenceKind.VIDEO,
            media_type="video/webm" if container is Container.WEBM else "video/mp4",
            limit_bytes=MAX_BYTES,
        )

    try:
        ref = await store_body(request, services.evidence, head_bytes=HEAD_BYTES, begin=begin)
    except BodyTooLarge:
        raise VideoTooLarge from None
    return await run_in_threadpool(_bind, services, session_id, account.id, ref)


@router.get(
    "/v1/liveness-sessions/{session_id}",
    responses=problem_responses(401, 404),
    summary="核身结果 The state of a session",
)
def read_session(
    session_id: str, services: ServicesDep, account: SignedIn, language: LanguageDep
) -> SessionView:
    """Tell how a session stands and why, in plain words."""
    session = _find(services, session_id, account.id)
    if session.video_id is not None and not session.state.is_final and settle_failed(services, session):
        session = _find(services, session_id, account.id)
    with services.reading() as db:
        left = desk(db, services).attempts_left(session.attempter)
    decision = session.decision
    seen = decision.verdict.actions if decision and decision.verdict else ()
    found = {result.action: result.found for result in seen}
    return SessionView(
        id=session.id,
        state=session.state,
        outcome=decision.outcome if decision else None,
        reasons=[
            _reason(services, reason, language) for reason in _told(decision.reasons if decision else ())
        ],
        actions=[ActionView(action=action, found=found.get(action)) for action in session.challenge.actions],
        attempts_left=left,
        expires_at=session.expires_at,
        profile=session.profile,
    )


async def _digest_of_body(request: Request) -> str:
    digest = hashlib.sha256()
    async for piece in request.stream():
        digest.update(piece)
    return digest.hexdigest()


def _told(reasons: tuple[Reason, ...]) -> list[Reason]:
    """Each reason once, in its order: a person is told a thing once, however often it was seen."""
    return list({reason.code: reason for reason in reasons}.values())


def _reason(services: Services, reason: Reason, language: Language) -> ReasonView:
    catalogue = services.catalogue
    ending = "demonstration" if not services.settings.is_production else "remedy"
    remedies = [code for code in (f"{reason.code}.{ending}", f"{reason.code}.remedy") if code in catalogue]
    return ReasonView(
        code=reason.code,
        text=catalogue.text(reason.code, language),
        remedy=catalogue.text(remedies[0], language) if remedies else None,
    )


def _require_open(services: Services, session_id: str, account_id: str) -> None:
    with services.reading() as db:
        desk(db, services).require_open(session_id, account_id)


def _find(services: Services, session_id: str, account_id: str) -> LivenessSession:
    with services.reading() as db:
        return desk(db, services).look(session_id, account_id)[0]


def _bind(services: Services, session_id: str, account_id: str, ref: EvidenceRef) -> UploadView:
    """Bind the stored video and enqueue its analysis, in one transaction; drop a video that came second."""
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
        session = _find(services, session_id, account_id)
        if session.video_sha256 != ref.sha256:
            raise SessionAlreadyUsed from None
    except ConsentMissing:
        services.evidence.delete(ref.id, reason="consent taken back")
        raise
    return _upload_view(session)


def _upload_view(session: LivenessSession) -> UploadView:
    return UploadView(state=session.state, job_id=job_id_for(ANALYSIS, session.id))
