"""Dual control: a seal comes in force when one administrator proposed it and another approved it.

A seal is an organ's picture, a key and a certificate together. Nobody decides on what they proposed; a
proposal that nobody decides on expires.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from signing.admission import CertificatePath
from signing.errors import OwnProposal, ProposalClosed, ProposalExpired
from signing.seal import Seal

LIFETIME: Final = timedelta(days=7)
FARTHEST: Final = timedelta(days=366)
"""How far ahead a seal may be put in force."""


class ProposalState(StrEnum):
    """Where a proposal stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    IN_FORCE = "in_force"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealProposal:
    """A seal that is to be in force from `since`.

    `path` leads from the key's certificate to its root; without it, in a demonstration, the certificate is
    made when the seal comes in force. `decided_by` is who approved, rejected or withdrew it.
    """

    id: str
    seal: Seal
    key_name: str
    path: CertificatePath | None
    since: datetime
    state: ProposalState
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        approved = self.state in (ProposalState.APPROVED, ProposalState.IN_FORCE, ProposalState.FAILED)
        if approved and self.decided_by in (None, self.proposed_by):
            raise ValueError("a seal needs two administrators")

    def state_at(self, now: datetime) -> ProposalState:
        """Where it stands at a moment: what nobody decided on in time has expired."""
        if self.state is ProposalState.PROPOSED and now >= self.expires_at:
            return ProposalState.EXPIRED
        return self.state

    def require_decidable(self, *, by: str, now: datetime) -> None:
        """Return where an administrator may approve or reject it now.

        Raises OwnProposal, ProposalExpired or ProposalClosed.
        """
        state = self.state_at(now)
        if state is ProposalState.EXPIRED:
            raise ProposalExpired
        if state is not ProposalState.PROPOSED:
            raise ProposalClosed
        if by == self.proposed_by:
            raise OwnProposal
