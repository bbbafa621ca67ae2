"""Seals under dual control: one administrator proposes, another approves."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.auth.accounts import Account, Role
from api.dependencies import Db, ServicesDep, current_account
from api.idempotency import IdempotentRoute, idempotent
from api.problems import problem_responses
from api.seal_proposals import SealDesk, WantedSeal
from api.views.seal_proposals import NewSealProposal, Rejection, SealProposalView
from signing.proposals import SealProposal

router = APIRouter(prefix="/v1/seal-proposals", tags=["seals"], route_class=IdempotentRoute)

Administrator = Annotated[Account, Depends(current_account(Role.ADMINISTRATOR))]


def desk(db: Db, services: ServicesDep) -> SealDesk:
    """The administrators' desk in this request's transaction."""
    return SealDesk(db, services)


Desk = Annotated[SealDesk, Depends(desk)]


@router.post(
    "",
    status_code=201,
    dependencies=[Depends(current_account(Role.ADMINISTRATOR)), Depends(idempotent)],
    responses=problem_responses(400, 401, 403, 404, 409, 422, 503),
    summary="提出印章 Propose a seal",
)
def propose_seal(
    body: NewSealProposal, account: Administrator, desk: Desk, services: ServicesDep, response: Response
) -> SealProposalView:
    """Propose picture, key and certificate of a seal. Another administrator decides within seven days."""
    wanted = WantedSeal(
        organ_id=body.organ_id,
        code=body.code,
        key_name=body.key_name,
        certificates=body.certificates.encode(),
        since=body.since,
    )
    proposal = desk.propose(account, wanted)
    response.headers["Location"] = f"/v1/seal-proposals/{proposal.id}"
    return _view(proposal, account, services)


@router.get("", responses=problem_responses(401, 403), summary="印章申请列表 Proposed seals")
def list_proposals(account: Administrator, desk: Desk, services: ServicesDep) -> list[SealProposalView]:
    """Show the last two hundred proposals, the newest first."""
    return [_view(proposal, account, services) for proposal in desk.list(account)]


@router.get("/{proposal_id}", responses=problem_responses(401, 403, 404), summary="印章申请 A proposed seal")
def read_proposal(
    proposal_id: str, account: Administrator, desk: Desk, services: ServicesDep
) -> SealProposalView:
    """Show one proposal with the digest of its certificate, to compare with what the authority sent."""
    return _view(desk.look(account, proposal_id), account, services)


@router.get(
    "/{proposal_id}/picture",
    response_class=Response,
    responses={
        200: {
            "content": {"image/png": {}},
            "description": "印面，每英寸 300 点 The seal at 300 dots to the inch",
        },
        **problem_responses(401, 403, 404),
    },
    summary="印面 The looks of a proposed seal",
)
def picture_of_proposal(proposal_id: str, account: Administrator, desk: Desk) -> Response:
    """Draw the proposed seal as documents will carry it, for whoever decides on it."""
    from signing.appearance import draw_seal_png

    return Response(draw_seal_png(desk.look(account, proposal_id).seal), media_type="image/png")


@router.post(
    "/{proposal_id}/approval",
    responses=problem_responses(401, 403, 404, 409, 410),
    summary="批准印章 Approve a seal",
)
def approve_seal(
    proposal_id: str, account: Administrator, desk: Desk, services: ServicesDep
) -> SealProposalView:
    """Approve what another administrator proposed. It comes in force at its moment."""
    return _view(desk.approve(account, proposal_id), account, services)


@router.post(
    "/{proposal_id}/rejection",
    responses=problem_responses(401, 403, 404, 409, 410, 422),
    summary="驳回印章 Reject a seal",
)
def reject_seal(
    proposal_id: str, body: Rejection, account: Administrator, desk: Desk, services: ServicesDep
) -> SealProposalView:
    """Reject what another administrator proposed, and say why."""
    return _view(desk.reject(account, proposal_id, body.reason), account, services)


@router.post(
    "/{proposal_id}/withdrawal",
    responses=problem_responses(401, 403, 404, 409),
    summary="撤回印章申请 Withdraw a proposal",
)
def withdraw_seal(
    proposal_id: str, account: Administrator, desk: Desk, services: ServicesDep
) -> SealProposalView:
    """Take back what one proposed oneself, before another decides."""
    return _view(desk.withdraw(account, proposal_id), account, services)


def _view(proposal: SealProposal, account: Account, services: ServicesDep) -> SealProposalView:
    return SealProposalView.of(proposal, account_id=account.id, now=services.clock())
