"""Proposed seals over HTTP."""

import hashlib
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from signing.design import SealCentre
from signing.proposals import ProposalState, SealProposal


class NewSealProposal(BaseModel):
    """A seal to be put in force: its name and looks follow from the register of organs."""

    model_config = ConfigDict(extra="forbid")

    organ_id: str = Field(max_length=64, examples=["jiangan-approval"])
    code: Annotated[str, Field(pattern="^[0-9]{13}$", description="印章编码 Seal code")] = Field(
        examples=["4201020000001"]
    )
    key_name: str = Field(
        min_length=1,
        max_length=128,
        description="签章进程中的密钥 A key of the signer, made by `novisit keys`",
        examples=["seal-jiangan-approval"],
    )
    certificates: str = Field(
        default="",
        max_length=1 << 18,
        description="认证机构签发的证书链（PEM）；演示环境可不填"
        " The authority's answer with its chain (PEM); a demonstration needs none",
    )
    since: AwareDatetime | None = Field(
        default=None, description="启用时间，缺省为批准之时 In force from; by default once approved"
    )


class Rejection(BaseModel):
    """Why a seal is not approved."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(
        min_length=1, max_length=500, examples=["编码与备案不符 The code is not the registered one"]
    )


class SealProposalView(BaseModel):
    """A proposed seal as administrators see it; accounts by their ids."""

    id: str
    organ_id: str
    holder: str
    code: str
    diameter_mm: float
    shown_name: str = Field(description="印面上的名称 The name in the ring")
    centre: SealCentre = Field(description="中央图案 What stands in the middle")
    emblem_sha256: str | None = Field(description="Of the emblem's drawing, where there is one.")
    line: str = Field(description="中央图案下方的文字 The line below the middle, for a special seal")
    key_name: str
    certificate_sha256: str | None = Field(description="Of the certificate in DER, to compare by eye.")
    since: datetime
    state: ProposalState
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str
    is_own: bool = Field(description="本人提出，须由他人决定 Proposed by yourself, so another decides")

    @classmethod
    def of(cls, proposal: SealProposal, *, account_id: str, now: datetime) -> "SealProposalView":
        seal, path = proposal.seal, proposal.path
        return cls(
            id=proposal.id,
            organ_id=seal.organ_id,
            holder=seal.holder,
            code=seal.code,
            diameter_mm=seal.diameter_mm,
            shown_name=seal.shown_name,
            centre=seal.design.centre,
            emblem_sha256=_sha256(seal.design.emblem.encode()) if seal.design.emblem else None,
            line=seal.design.line,
            key_name=proposal.key_name,
            certificate_sha256=_sha256(path.certificate) if path else None,
            since=proposal.since,
            state=proposal.state_at(now),
            proposed_by=proposal.proposed_by,
            proposed_at=proposal.proposed_at,
            expires_at=proposal.expires_at,
            decided_by=proposal.decided_by,
            decided_at=proposal.decided_at,
            reason=proposal.reason,
            is_own=proposal.proposed_by == account_id,
        )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
