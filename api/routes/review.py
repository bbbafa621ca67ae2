"""The reviewer's desk: the queue of one's organ, claims and decisions."""

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from api.dependencies import ServicesDep
from api.filing_dependencies import Filing, FilingReading, PageDep, ReaderDep, ReviewerDep
from api.idempotency import IdempotentRoute, idempotent
from api.problems import problem_responses
from api.routes.cases import material_response
from api.views.cases import CaseReceipt, CaseSummary, CaseView, CaseViews, DecisionBody
from api.views.dockets import DocketView
from filing.cases import Correction, DecisionKind
from filing.ports import AsOrgan

router = APIRouter(prefix="/v1/review/cases", tags=["review"], route_class=IdempotentRoute)


@router.get("", responses=problem_responses(401, 403), summary="待审办件 What waits for review")
def list_queue(reviewer: ReaderDep, filing: FilingReading, page: PageDep) -> list[CaseSummary]:
    """List what waits for a decision at one's organ, the oldest first."""
    views = CaseViews(filing.office, account_id=reviewer.account_id)
    return [views.summary(case) for case in filing.review.queue(reviewer, page)]


@router.get("/{case_id}", responses=problem_responses(401, 403, 404), summary="审核办件 A case to review")
def read_case_for_review(case_id: str, reviewer: ReaderDep, filing: FilingReading) -> CaseView:
    """Show a case of one's organ. Nobody sees a filing here in which they take part."""
    case = filing.review.look(reviewer, case_id)
    return CaseViews(filing.office, account_id=reviewer.account_id).whole(case)


@router.get(
    "/{case_id}/materials/{name}",
    response_class=StreamingResponse,
    responses=problem_responses(401, 403, 404),
    summary="审核材料 A material to review",
)
def read_material_for_review(
    case_id: str, name: str, reviewer: ReaderDep, filing: FilingReading, services: ServicesDep
) -> StreamingResponse:
    """Read a material of a case of one's organ."""
    return material_response(services, filing.review.look(reviewer, case_id), name)


@router.get("/{case_id}/docket", responses=problem_responses(401, 403, 404), summary="办件流水 The docket")
def read_docket_for_review(case_id: str, reviewer: ReaderDep, filing: FilingReading) -> DocketView:
    """Show the docket of a case of one's organ."""
    case = filing.review.look(reviewer, case_id)
    entries = filing.office.cases.docket_of(case_id, AsOrgan(reviewer.organ_id))
    return DocketView.of(case.id, entries, case.head)


@router.post("/{case_id}/claim", responses=problem_responses(401, 403, 404, 409), summary="领取 Claim a case")
def claim_case(case_id: str, reviewer: ReviewerDep, filing: Filing) -> CaseView:
    """Take a case for half an hour, or prolong one's own claim. One reviewer at a time."""
    case = filing.review.claim(reviewer, case_id)
    return CaseViews(filing.office, account_id=reviewer.account_id).whole(case)


@router.post(
    "/{case_id}/decision",
    dependencies=[Depends(idempotent)],
    responses=problem_responses(400, 401, 403, 404, 409, 422),
    summary="作出决定 Decide a case",
)
def decide_case(case_id: str, body: DecisionBody, reviewer: ReviewerDep, filing: Filing) -> CaseReceipt:
    """Approve, return for correction or reject. An approval reserves the number and orders the seal."""
    corrections = [Correction(item.field, item.remark) for item in body.fields]
    case = filing.review.decide(reviewer, case_id, body.decision, reason=body.reason, corrections=corrections)
    number = None
    if body.decision is DecisionKind.APPROVE:
        number = filing.certificates.to_seal(case.id).number
    return CaseReceipt.of(case, certificate_number=number)
