"""Who an applicant was shown to be: what a reviewer sees of the liveness checks of a case.

Everything is read from what was stored, encrypted, when the answer was given. Every look at it stands in the
docket of the case, as a digest that names nobody.
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from api.bootstrap import Services
from api.dependencies import LanguageDep, ServicesDep
from api.errors import EvidenceNotFound
from api.filing_dependencies import FilingReading, ReaderDep
from api.jobs.decision_evidence import UNSIGNED
from api.liveness_desk import evidence_owner
from api.problems import problem_responses
from api.store.filing import filing_services
from api.store.liveness_reviews import session_of_case, sessions_of_case
from api.views.liveness import ReasonView, view_reasons
from filing.review import Reviewer
from liveness.sessions.session import Decision, LivenessSession
from liveness.verdict import Action, Assurance, Outcome, Profile

router = APIRouter(prefix="/v1/review/cases/{case_id}/verifications", tags=["review"])

PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
STILL = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
"""Nothing in a stored page or picture may run, ask for anything, or be framed."""

NOT_FOUND = problem_responses(401, 403, 404)

SessionId = Annotated[str, Path(max_length=36)]


class VerificationSummary(BaseModel):
    """One answered check of a case. party_id is null where it was of the applicant."""

    id: str
    party_id: str | None
    profile: Profile
    assurance: Assurance
    outcome: Outcome
    actions: list[Action]
    reasons: list[ReasonView]
    opened_at: datetime
    decided_at: datetime | None
    has_evidence: bool = Field(description="证据是否尚在保存期内 Whether its evidence is still kept")


class FrameView(BaseModel):
    """One picture that is kept of a check."""

    role: str = Field(examples=["nod"])
    time_ms: int
    sha256: str
    url: str


class RecordView(BaseModel):
    """The signed record. `novisit evidence verify` checks it."""

    is_signed: bool
    sha256: str
    url: str


class VerificationDetail(VerificationSummary):
    """Everything that was measured, and where the pictures are. For the reviewer alone."""

    report: dict[str, Any] = Field(description="测得与要求、事件、攻击证据、反应、画质 All that was measured")
    frames: list[FrameView]
    timeline_url: str
    report_url: str
    record: RecordView


@router.get("", responses=NOT_FOUND, summary="办件的核身 The liveness checks of a case")
def list_verifications(
    case_id: str, reviewer: ReaderDep, filing: FilingReading, services: ServicesDep, language: LanguageDep
) -> list[VerificationSummary]:
    """List the answered checks for a case of one's organ, the newest first."""
    filing.review.look(reviewer, case_id)
    with services.reading() as db:
        sessions = sessions_of_case(db, services.cipher, case_id)
    return [VerificationSummary(**_summary(services, session, language)) for session in sessions]


@router.get("/{session_id}", responses=NOT_FOUND, summary="核身详情 One check in full")
def read_verification(
    case_id: str, session_id: SessionId, reviewer: ReaderDep, services: ServicesDep, language: LanguageDep
) -> VerificationDetail:
    """Show what was asked, measured and required, why, and where pictures, timeline and record are."""
    session, decision = _open(services, reviewer, case_id, session_id, "detail")
    review = _review(services, session, decision)
    base = f"/v1/review/cases/{case_id}/verifications/{session_id}"
    record = services.evidence.find(_kept(decision.record_id))
    return VerificationDetail(
        **_summary(services, session, language),
        report=review["report"],
        frames=[
            FrameView(**frame, url=f"{base}/frames/{number}")
            for number, frame in enumerate(review["frames"], start=1)
        ],
        timeline_url=f"{base}/timeline.svg",
        report_url=f"{base}/report.html",
        record=RecordView(
            is_signed=record.media_type != UNSIGNED, sha256=record.sha256, url=f"{base}/record"
        ),
    )


@router.get(
    "/{session_id}/timeline.svg",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}}, **NOT_FOUND},
    summary="核身过程图 The timeline of a check",
)
def draw_verification(
    case_id: str, session_id: SessionId, reviewer: ReaderDep, services: ServicesDep
) -> Response:
    """Give signals, events, prompts, faces, quality and likeness over time as a picture."""
    session, decision = _open(services, reviewer, case_id, session_id, "timeline")
    svg = str(_review(services, session, decision)["timeline_svg"])
    return Response(svg, media_type="image/svg+xml", headers=PRIVATE | {"Content-Security-Policy": STILL})


@router.get(
    "/{session_id}/report.html",
    response_class=Response,
    responses={200: {"content": {"text/html": {}}}, **NOT_FOUND},
    summary="核身报告 The report of a check as a page",
)
def render_verification(
    case_id: str, session_id: SessionId, reviewer: ReaderDep, services: ServicesDep
) -> Response:
    """Give everything on one page, pictures inside; it fetches and runs nothing."""
    from liveness.evidence.report import KeyFrame, render_report

    session, decision = _open(services, reviewer, case_id, session_id, "report")
    review = _review(services, session, decision)
    frames = [
        KeyFrame(frame["role"], frame["time_ms"], _read(services, session, evidence_id))
        for frame, evidence_id in zip(review["frames"], decision.audit_frames, strict=True)
    ]
    page = render_report(
        review["report"],
        title=session.id,
        outcome=decision.outcome,
        timeline_svg=review["timeline_svg"],
        frames=frames,
    )
    return Response(page, media_type="text/html", headers=PRIVATE | {"Content-Security-Policy": STILL})


@router.get(
    "/{session_id}/frames/{number}",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, **NOT_FOUND},
    summary="核身画面 A picture of a check",
)
def read_frame(
    case_id: str,
    session_id: SessionId,
    number: Annotated[int, Path(ge=1, le=100)],
    reviewer: ReaderDep,
    services: ServicesDep,
) -> Response:
    """Give one audit frame, by its place in the list."""
    session, decision = _open(services, reviewer, case_id, session_id, f"frame {number}")
    if number > len(decision.audit_frames):
        raise EvidenceNotFound
    picture = _read(services, session, decision.audit_frames[number - 1])
    return Response(picture, media_type="image/jpeg", headers=PRIVATE | {"Content-Security-Policy": STILL})


@router.get(
    "/{session_id}/record",
    response_class=Response,
    responses={200: {"content": {"application/pkcs7-mime": {}}}, **NOT_FOUND},
    summary="核身签名记录 The signed record of a check",
)
def read_record(case_id: str, session_id: SessionId, reviewer: ReaderDep, services: ServicesDep) -> Response:
    """Give the signed record as a file, for `novisit evidence verify` or `openssl cms -verify`."""
    session, decision = _open(services, reviewer, case_id, session_id, "record")
    record_id = _kept(decision.record_id)
    stored = services.evidence.find(record_id)
    ending = "json" if stored.media_type == UNSIGNED else "p7m"
    name = f'attachment; filename="liveness-{session.id}.{ending}"'
    return Response(
        _read(services, session, record_id),
        media_type=stored.media_type,
        headers=PRIVATE | {"Content-Disposition": name},
    )


def _open(
    services: Services, reviewer: Reviewer, case_id: str, session_id: str, part: str
) -> tuple[LivenessSession, Decision]:
    """Find a check and note the look in the docket, committed before anything is shown.

    Raises CaseNotFound, OwnFiling, SessionNotFound.
    """
    with services.transaction() as db:
        filing_services(db, services).review.open_evidence(reviewer, case_id, f"{session_id} {part}")
        session = session_of_case(db, services.cipher, case_id, session_id)
    if session.decision is None:
        raise EvidenceNotFound
    return session, session.decision


def _review(services: Services, session: LivenessSession, decision: Decision) -> dict[str, Any]:
    from liveness.evidence.review import read_review

    return read_review(_read(services, session, _kept(decision.review_id)))


def _read(services: Services, session: LivenessSession, evidence_id: str) -> bytes:
    return b"".join(services.evidence.open(evidence_id, owner=evidence_owner(session.id)))


def _kept(evidence_id: str | None) -> str:
    if evidence_id is None:
        raise EvidenceNotFound
    return evidence_id


def _summary(services: Services, session: LivenessSession, language: LanguageDep) -> dict[str, Any]:
    decision = session.decision
    if decision is None:
        raise EvidenceNotFound
    return {
        "id": session.id,
        "party_id": session.purpose.party_id if session.purpose else None,
        "profile": session.profile,
        "assurance": session.profile.assurance,
        "outcome": decision.outcome,
        "actions": list(session.challenge.sequence),
        "reasons": view_reasons(services, decision.reasons, language),
        "opened_at": session.created_at,
        "decided_at": session.finished_at,
        "has_evidence": _is_kept(services, decision),
    }


def _is_kept(services: Services, decision: Decision) -> bool:
    try:
        services.evidence.find(_kept(decision.review_id))
    except EvidenceNotFound:
        return False
    return True
