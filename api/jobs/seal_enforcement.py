"""The job that puts an approved seal in force when its moment has come. Repeated, it changes nothing."""

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from api.error_answers import answer_for
from api.jobs.port import RunningJob, Transient
from api.store.seal_proposals import SealProposals
from signing.errors import DemonstrationRefused, SealingError, SignerAway
from signing.proposals import ProposalState, SealProposal

if TYPE_CHECKING:
    from api.bootstrap import Services

ENFORCEMENT = "seal-enforcement"
ATTEMPTS = 6
UPKEEP = "seal-enforcement-upkeep"
UPKEEP_EVERY = timedelta(minutes=1)

log = structlog.get_logger(__name__)


def handle(services: "Services", job: RunningJob) -> None:
    """Put one approved seal in force, unless its moment is yet to come."""
    proposal_id = job.text("proposal_id")
    with services.reading() as db:
        proposal = SealProposals(db).get(proposal_id)
    if proposal.state is not ProposalState.APPROVED or proposal.since > services.clock():
        return
    try:
        _enforce(services, proposal)
    except SignerAway as error:
        raise Transient("the seal comes in force when the signer is back") from error
    except SealingError as error:
        with services.transaction() as db:
            SealProposals(db).finish(proposal_id, ProposalState.FAILED, reason=answer_for(error).code)
        raise
    with services.transaction() as db:
        SealProposals(db).finish(proposal_id, ProposalState.IN_FORCE)
    log.info("a seal is in force", proposal=proposal_id, organ=proposal.seal.organ_id, key=proposal.key_name)


def upkeep(services: "Services", job: RunningJob) -> None:
    """Ask for every approved seal whose moment has come; safe to repeat."""
    del job
    window = int(services.clock().timestamp() // UPKEEP_EVERY.total_seconds())
    with services.transaction() as db:
        for proposal_id in SealProposals(db).due(services.clock()):
            services.jobs.enqueue(
                ENFORCEMENT, {"proposal_id": proposal_id}, db=db, key=f"{proposal_id}.{window}"
            )


def _enforce(services: "Services", proposal: SealProposal) -> None:
    """Look at key and certificate once more, as of now, and put the seal in the book."""
    from api.seal_setup import open_licensed
    from signing.admission import check_path
    from signing.demonstration import open_folder
    from signing.purposes import Purpose

    services.keys.public_key_info(proposal.key_name)
    setup = services.seal_setup
    if proposal.path is None:
        if services.settings.is_production:
            raise DemonstrationRefused
        authority = open_folder(setup.seal_dir, services.clock, services.keys)
        authority.replace_seal(proposal.seal, proposal.key_name)
        return
    check_path(proposal.path, Purpose.SEAL, at=services.clock())
    seals = open_licensed(setup, services.clock, keys=services.keys, hear=services.hear_of_stamp)
    seals.install_seal(proposal.seal, proposal.key_name, proposal.path)
