"""How parties of a case and their invitations look over HTTP."""

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, Field

from api.views.matters import Body, OrganView, TextView


class NewParty(Body):
    """A party to be invited; `share` is a percentage, for roles that hold shares."""

    role: str = Field(max_length=64, examples=["shareholder"])
    display_name: str = Field(max_length=200, examples=["王股东"], description="As on the identity document.")
    share: Decimal | None = Field(default=None, max_digits=7, decimal_places=4, examples=["60"])


class ConsentGiven(Body):
    """Consent to the text whose digest was shown."""

    text_digest: str = Field(
        min_length=64, max_length=64, pattern="^[0-9a-f]{64}$", examples=["9f86d081884c7d65" * 4]
    )


class PartyProgress(BaseModel):
    """What the applicant sees of a party: the steps, not their data."""

    id: str
    role: str
    display_name: str
    share: Decimal | None
    accepted: bool
    verified: bool
    consented: bool
    invitation_expires_at: datetime


class PartyPlace(BaseModel):
    """What a party sees: the text, its digest, and their own steps."""

    case_id: str
    party_id: str
    role: str
    matter_name: TextView
    organ: OrganView
    text: TextView
    text_digest: str
    needed: str = Field(examples=["ordered"], description="Assurance of the verification.")
    accepted: bool
    verified: bool
    consented: bool
    expires_at: datetime


class InvitationView(BaseModel):
    """A new party and the link to hand over. The link is shown once."""

    id: str
    role: str
    invitation_url: str
    expires_at: datetime
