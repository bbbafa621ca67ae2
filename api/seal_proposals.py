"""What an administrator may do about seals: propose one, decide on another's, take one's own back."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from api.auth.accounts import Account
from api.error_answers import answer_for
from api.jobs.seal_enforcement import ENFORCEMENT
from api.store.organs import SqlOrgans
from api.store.seal_proposals import SealProposals
from filing.errors import OrganNotFound
from signing.errors import CertificateRefused, ProposalUnfit
from signing.proposals import FARTHEST, LIFETIME, ProposalState, SealProposal
from signing.seal import Seal

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api.bootstrap import Services
    from signing.admission import CertificatePath


@dataclass(frozen=True, slots=True)
class WantedSeal:
    """What an administrator asks for; name and looks are taken from the register of organs."""

    organ_id: str
    code: str
    key_name: str
    certificates: bytes
    since: datetime | None


class SealDesk:
    """The administrators' desk, in one transaction."""

    def __init__(self, db: "Connection", services: "Services") -> None:
        self._db = db
        self._services = services
        self._proposals = SealProposals(db)

    def propose(self, account: Account, wanted: WantedSeal) -> SealProposal:
        """Propose a seal. Raises OrganNotFound, ProposalUnfit, ProposalOpen, SealUnfit, SignerAway."""
        now = self._services.clock()
        if account.organ_id not in (None, wanted.organ_id):
            raise OrganNotFound
        organ = SqlOrgans(self._db).organ(wanted.organ_id)
        since = wanted.since or now
        if since > now + FARTHEST:
            raise ProposalUnfit("proposal.too_far")
        seal = Seal(organ.id, organ.name_zh, wanted.code, organ.seal_design)
        proposal = SealProposal(
            id=self._services.new_id(),
            seal=seal,
            key_name=wanted.key_name,
            path=self._path(wanted, seal, max(now, since)),
            since=max(now, since),
            state=ProposalState.PROPOSED,
            proposed_by=account.id,
            proposed_at=now,
            expires_at=now + LIFETIME,
        )
        self._proposals.add(proposal)
        return proposal

    def approve(self, account: Account, proposal_id: str) -> SealProposal:
        """Approve what another proposed; a job puts the seal in force at its moment."""
        proposal = self.look(account, proposal_id)
        decided = self._decide(account, proposal, ProposalState.APPROVED)
        self._services.jobs.enqueue(ENFORCEMENT, {"proposal_id": proposal_id}, db=self._db, key=proposal_id)
        return decided

    def reject(self, account: Account, proposal_id: str, reason: str) -> SealProposal:
        """Reject what another proposed, and say why."""
        return self._decide(account, self.look(account, proposal_id), ProposalState.REJECTED, reason)

    def withdraw(self, account: Account, proposal_id: str) -> SealProposal:
        """Take one's own proposal back."""
        proposal = self.look(account, proposal_id)
        return self._proposals.withdraw(proposal, by=account.id, at=self._services.clock())

    def look(self, account: Account, proposal_id: str) -> SealProposal:
        """One proposal. Raises NotFound, also for another organ's."""
        return self._proposals.get(proposal_id, organ_id=account.organ_id)

    def list(self, account: Account) -> tuple[SealProposal, ...]:
        """The last proposals, the newest first."""
        return tuple(self._proposals.latest(organ_id=account.organ_id))

    def _decide(
        self, account: Account, proposal: SealProposal, state: ProposalState, reason: str = ""
    ) -> SealProposal:
        return self._proposals.decide(
            proposal, state, by=account.id, at=self._services.clock(), reason=reason
        )

    def _path(self, wanted: WantedSeal, seal: Seal, at: datetime) -> "CertificatePath | None":
        """The certificates of an answer, where they are of this key and for this organ."""
        from signing.certificate_answers import check_answer

        keys = self._services.keys
        states = {state.record.name: state.record for state in keys.status().keys}
        record = states.get(wanted.key_name)
        if record is None or record.is_revoked(at):
            raise ProposalUnfit("proposal.key_unknown")
        if record.purpose != f"seal-{seal.organ_id}":
            raise ProposalUnfit("proposal.key_of_another")
        is_demonstration = self._services.seal_setup.is_demonstration
        if is_demonstration and not self._services.settings.is_production:
            if wanted.certificates:
                raise ProposalUnfit("proposal.demonstration")
            return None
        if not wanted.certificates:
            raise ProposalUnfit("proposal.no_certificate")
        public_key_info = keys.public_key_info(wanted.key_name)
        try:
            return check_answer(wanted.certificates, seal=seal, public_key_info=public_key_info, at=at)
        except CertificateRefused as error:
            raise ProposalUnfit(answer_for(error).code) from error
