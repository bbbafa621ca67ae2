"""Parties: invited by a link, verified by their own phone, consenting to one text."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from api.dependencies import ServicesDep, SignedIn
from api.filing_dependencies import Filing, FilingReading
from api.idempotency import IdempotentRoute, idempotent
from api.problems import problem_responses
from api.views.cases import CaseViews
from api.views.parties import ConsentGiven, InvitationView, NewParty, PartyPlace

router = APIRouter(prefix="/v1", tags=["parties"], route_class=IdempotentRoute)

Token = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="邀请链接中的令牌 The token of the link")]


@router.post(
    "/cases/{case_id}/parties",
    status_code=201,
    dependencies=[Depends(idempotent)],
    responses=problem_responses(400, 401, 404, 409, 422),
    summary="邀请参加人 Invite a party",
)
def invite_party(
    case_id: str, body: NewParty, account: SignedIn, filing: Filing, services: ServicesDep, response: Response
) -> InvitationView:
    """Add a party and get the link to hand over. Whoever is verified with it must have this very name."""
    invitation = filing.parties.invite(
        account.id, case_id, role_id=body.role, display_name=body.display_name, share=body.share
    )
    response.headers["Location"] = f"/v1/cases/{case_id}/parties/{invitation.party.id}"
    return InvitationView(
        id=invitation.party.id,
        role=invitation.party.role,
        invitation_url=f"{services.settings.public_url}/invitations/{invitation.token}",
        expires_at=invitation.party.expires_at,
    )


@router.delete(
    "/cases/{case_id}/parties/{party_id}",
    status_code=204,
    responses=problem_responses(401, 404, 409),
    summary="移除参加人 Remove a party",
)
def remove_party(case_id: str, party_id: str, account: SignedIn, filing: Filing) -> None:
    """Take a party out again; the text changes, and the others consent anew."""
    filing.parties.remove(account.id, case_id, party_id)


@router.get(
    "/cases/{case_id}/parties/{party_id}",
    responses=problem_responses(401, 404),
    summary="我的参加信息 My own place",
)
def read_own_place(case_id: str, party_id: str, account: SignedIn, filing: FilingReading) -> PartyPlace:
    """Show a party the text and their own steps, and nobody else's data."""
    view = filing.parties.view(account.id, case_id, party_id)
    return CaseViews(filing.office, account_id=account.id).place(view)


@router.get(
    "/invitations/{token}", responses=problem_responses(404, 409, 410, 422), summary="查看邀请 An invitation"
)
def read_invitation(token: Token, filing: FilingReading) -> PartyPlace:
    """Show the text to whoever has the link, until somebody accepts it."""
    return CaseViews(filing.office, account_id="").place(filing.parties.look(token))


@router.post(
    "/invitations/{token}/acceptance",
    responses=problem_responses(401, 404, 409, 410, 422),
    summary="接受邀请 Accept an invitation",
)
def accept_invitation(token: Token, account: SignedIn, filing: Filing) -> PartyPlace:
    """Bind the invitation to one's account, once. Doing it again changes nothing."""
    return CaseViews(filing.office, account_id=account.id).place(filing.parties.accept(account.id, token))


@router.post(
    "/cases/{case_id}/parties/{party_id}/consent",
    responses=problem_responses(401, 403, 404, 409, 422),
    summary="确认文本 Consent to the text",
)
def give_consent(
    case_id: str, party_id: str, body: ConsentGiven, account: SignedIn, filing: Filing
) -> PartyPlace:
    """Consent, as a verified person, to the text whose digest was shown. Doing it again changes nothing."""
    view = filing.parties.consent(account.id, case_id, party_id, text_digest=body.text_digest)
    return CaseViews(filing.office, account_id=account.id).place(view)
