"""Of two who decide at the same moment one wins, on SQLite and on PostgreSQL."""

import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, insert, update
from sqlalchemy.exc import IntegrityError

from api.db import transaction
from api.store.organs import seed_organs
from api.store.seal_proposals import SealProposals
from api.store.tables.accounts import accounts
from api.store.tables.seals import seal_proposals
from filing.organs import demonstration_organs
from signing.errors import OwnProposal, ProposalClosed, ProposalError, ProposalExpired, ProposalOpen
from signing.proposals import LIFETIME, ProposalState, SealProposal
from signing.seal import Seal

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ORGAN = demonstration_organs()[0]
_numbers = itertools.count(1)


def make_proposal(by: str = "ann", at: datetime = START) -> SealProposal:
    return SealProposal(
        id=f"proposal-{next(_numbers)}",
        seal=Seal(ORGAN.id, ORGAN.name_zh, "4201020000001"),
        key_name=f"seal-{ORGAN.id}",
        path=None,
        since=at,
        state=ProposalState.PROPOSED,
        proposed_by=by,
        proposed_at=at,
        expires_at=at + LIFETIME,
    )


@pytest.fixture
def office(engine: Engine) -> Engine:
    with transaction(engine) as db:
        seed_organs(db, demonstration_organs(), [])
        for name in ("ann", "bob", "cat", *(f"admin-{number}" for number in range(8))):
            db.execute(
                insert(accounts).values(
                    id=name,
                    username=name,
                    password_hash="-",
                    must_change_password=False,
                    role="administrator",
                    totp_last_step=0,
                    created_at=START,
                )
            )
    return engine


def added(office: Engine, by: str = "ann", at: datetime = START) -> SealProposal:
    proposal = make_proposal(by, at)
    with transaction(office) as db:
        SealProposals(db).add(proposal)
    return proposal


def together(work: list[Callable[[], object]]) -> list[object]:
    """Do all at once; give what each gave, or the error it raised."""
    barrier = threading.Barrier(len(work))
    answers: list[object] = [None] * len(work)

    def run(number: int) -> None:
        barrier.wait()
        try:
            answers[number] = work[number]()
        except ProposalError as error:
            answers[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_of_many_decisions_at_once_one_counts(office: Engine):
    proposal = added(office)

    def decide(by: str, state: ProposalState) -> Callable[[], object]:
        def work() -> object:
            with transaction(office) as db:
                proposals = SealProposals(db)
                return proposals.decide(proposals.get(proposal.id), state, by=by, at=START)

        return work

    states = itertools.cycle((ProposalState.APPROVED, ProposalState.REJECTED))
    answers = together([decide(f"admin-{number}", next(states)) for number in range(8)])
    won = [answer for answer in answers if isinstance(answer, SealProposal)]
    assert len(won) == 1
    assert all(isinstance(answer, ProposalClosed) for answer in answers if answer not in won)
    with transaction(office) as db:
        assert SealProposals(db).get(proposal.id) == won[0]


def test_approval_and_withdrawal_at_once_leave_one(office: Engine):
    for _ in range(5):
        proposal = added(office)

        def approve(proposal: SealProposal = proposal) -> object:
            with transaction(office) as db:
                return SealProposals(db).decide(proposal, ProposalState.APPROVED, by="bob", at=START)

        def withdraw(proposal: SealProposal = proposal) -> object:
            with transaction(office) as db:
                return SealProposals(db).withdraw(proposal, by="ann", at=START)

        answers = together([approve, withdraw])
        assert sum(isinstance(answer, SealProposal) for answer in answers) == 1


def test_of_many_proposals_at_once_one_waits(office: Engine):
    answers = together([partial(added, office, f"admin-{number}") for number in range(6)])
    assert sum(isinstance(answer, SealProposal) for answer in answers) == 1
    assert sum(isinstance(answer, ProposalOpen) for answer in answers) == 5


def test_who_proposed_cannot_decide_even_past_the_code(office: Engine):
    proposal = added(office)
    with transaction(office) as db, pytest.raises(OwnProposal):
        SealProposals(db).decide(proposal, ProposalState.APPROVED, by="ann", at=START)
    own = {"state": "approved", "decided_by": "ann"}
    with pytest.raises(IntegrityError), transaction(office) as db:
        db.execute(update(seal_proposals).where(seal_proposals.c.id == proposal.id).values(own))
    with pytest.raises(IntegrityError), transaction(office) as db:
        db.execute(update(seal_proposals).where(seal_proposals.c.id == proposal.id).values(state="in_force"))


def test_expired_proposal_is_not_decided_and_makes_room(office: Engine):
    proposal = added(office)
    late = START + LIFETIME
    with transaction(office) as db, pytest.raises(ProposalExpired):
        SealProposals(db).decide(proposal, ProposalState.APPROVED, by="bob", at=late)
    with transaction(office) as db:
        just_in_time = SealProposals(db).get(proposal.id).state_at(late - timedelta(seconds=1))
    assert just_in_time is ProposalState.PROPOSED
    follows = added(office, by="bob", at=late)
    with transaction(office) as db:
        states = {item.id: item.state for item in SealProposals(db).latest()}
    assert states == {proposal.id: ProposalState.EXPIRED, follows.id: ProposalState.PROPOSED}


def test_approved_seal_is_due_at_its_moment_and_finished_once(office: Engine):
    proposal = added(office)
    with transaction(office) as db:
        proposals = SealProposals(db)
        proposals.decide(proposal, ProposalState.APPROVED, by="bob", at=START)
        assert proposals.due(START - timedelta(seconds=1)) == []
        assert proposals.due(START) == [proposal.id]
        proposals.finish(proposal.id, ProposalState.IN_FORCE)
        proposals.finish(proposal.id, ProposalState.FAILED, reason="late")
        assert proposals.due(START) == []
        assert proposals.get(proposal.id).state is ProposalState.IN_FORCE


@pytest.mark.parametrize("decided_by", [None, "ann"])
def test_no_approved_proposal_can_be_built_with_one_administrator(decided_by: str | None):
    proposal = make_proposal()
    with pytest.raises(ValueError, match="two administrators"):
        SealProposal(
            id="1",
            seal=proposal.seal,
            key_name="k",
            path=None,
            since=START,
            state=ProposalState.APPROVED,
            proposed_by="ann",
            proposed_at=START,
            expires_at=START,
            decided_by=decided_by,
        )
