"""Proposed seals in SQL. Decisions are conditional updates, so that of two at the same moment one wins."""

import base64
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from api.errors import NotFound
from api.store.tables.seals import seal_proposals
from signing.admission import CertificatePath
from signing.errors import ProposalClosed, ProposalOpen
from signing.proposals import ProposalState, SealProposal
from signing.seal import Seal

MOST_SHOWN = 200


class SealProposals:
    """Reads and writes proposals in a transaction of the caller's."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def add(self, proposal: SealProposal) -> None:
        """Add a proposal. Raises ProposalOpen where another of this organ waits for its decision."""
        organ_id = proposal.seal.organ_id
        self._db.execute(
            update(seal_proposals)
            .where(
                seal_proposals.c.organ_id == organ_id,
                seal_proposals.c.state == ProposalState.PROPOSED,
                seal_proposals.c.expires_at <= proposal.proposed_at,
            )
            .values(state=ProposalState.EXPIRED.value)
        )
        try:
            with self._db.begin_nested():
                self._db.execute(insert(seal_proposals).values(_values(proposal)))
        except IntegrityError:
            raise ProposalOpen from None

    def get(self, proposal_id: str, *, organ_id: str | None = None) -> SealProposal:
        """Give a proposal, of one organ where one is named. Raises NotFound."""
        query = select(seal_proposals).where(seal_proposals.c.id == proposal_id)
        if organ_id is not None:
            query = query.where(seal_proposals.c.organ_id == organ_id)
        row = self._db.execute(query).one_or_none()
        if row is None:
            raise NotFound
        return _proposal(row)

    def latest(self, *, organ_id: str | None = None) -> Sequence[SealProposal]:
        """The last proposals, the newest first."""
        query = select(seal_proposals).order_by(
            seal_proposals.c.proposed_at.desc(), seal_proposals.c.id.desc()
        )
        if organ_id is not None:
            query = query.where(seal_proposals.c.organ_id == organ_id)
        return tuple(_proposal(row) for row in self._db.execute(query.limit(MOST_SHOWN)))

    def due(self, now: datetime) -> Sequence[str]:
        """Ids of approved proposals whose moment has come."""
        return self._db.scalars(
            select(seal_proposals.c.id)
            .where(seal_proposals.c.state == ProposalState.APPROVED, seal_proposals.c.since <= now)
            .order_by(seal_proposals.c.since)
        ).all()

    def decide(
        self, proposal: SealProposal, state: ProposalState, *, by: str, at: datetime, reason: str = ""
    ) -> SealProposal:
        """Approve or reject as another than who proposed it.

        Raises OwnProposal, ProposalExpired, or ProposalClosed, also where another decided at the same moment.
        """
        proposal.require_decidable(by=by, now=at)
        done = self._db.execute(
            update(seal_proposals)
            .where(
                seal_proposals.c.id == proposal.id,
                seal_proposals.c.state == ProposalState.PROPOSED,
                seal_proposals.c.proposed_by != by,
                seal_proposals.c.expires_at > at,
            )
            .values(state=state.value, decided_by=by, decided_at=at, reason=reason)
        )
        if done.rowcount != 1:
            raise ProposalClosed
        return self.get(proposal.id)

    def withdraw(self, proposal: SealProposal, *, by: str, at: datetime) -> SealProposal:
        """Take one's own proposal back. Raises ProposalClosed where it is decided, or another's."""
        done = self._db.execute(
            update(seal_proposals)
            .where(
                seal_proposals.c.id == proposal.id,
                seal_proposals.c.state == ProposalState.PROPOSED,
                seal_proposals.c.proposed_by == by,
            )
            .values(state=ProposalState.WITHDRAWN.value, decided_by=by, decided_at=at)
        )
        if done.rowcount != 1:
            raise ProposalClosed
        return self.get(proposal.id)

    def finish(self, proposal_id: str, state: ProposalState, *, reason: str = "") -> None:
        """Say that an approved seal is in force, or why it cannot be. Doing it again changes nothing."""
        self._db.execute(
            update(seal_proposals)
            .where(seal_proposals.c.id == proposal_id, seal_proposals.c.state == ProposalState.APPROVED)
            .values(state=state.value, reason=reason)
        )


def _values(proposal: SealProposal) -> dict[str, object]:
    path = proposal.path
    certificates = (path.certificate, *path.chain, path.root) if path else ()
    return {
        "id": proposal.id,
        "organ_id": proposal.seal.organ_id,
        "seal": proposal.seal.as_record(),
        "key_name": proposal.key_name,
        "certificates": [base64.b64encode(item).decode() for item in certificates],
        "since": proposal.since,
        "state": proposal.state.value,
        "proposed_by": proposal.proposed_by,
        "proposed_at": proposal.proposed_at,
        "expires_at": proposal.expires_at,
        "reason": proposal.reason,
    }


def _proposal(row: Row[tuple[object, ...]]) -> SealProposal:
    return SealProposal(
        id=row.id,
        seal=Seal.from_record(row.seal),
        key_name=row.key_name,
        path=_path([base64.b64decode(item) for item in row.certificates]),
        since=row.since,
        state=ProposalState(row.state),
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        expires_at=row.expires_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
    )


def _path(certificates: list[bytes]) -> CertificatePath | None:
    if not certificates:
        return None
    first, *chain, root = certificates
    return CertificatePath(first, tuple(chain), root)
