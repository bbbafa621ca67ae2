"""Review: one reviewer at a time claims a case and decides it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from filing.cases import WITH_OFFICE, Case, CaseState, Claim, Correction, Decision, DecisionKind
from filing.clock import Ledger
from filing.docket import Actor, ActorRole, DocketKind
from filing.errors import OwnFiling, ReasonMissing
from filing.issuing import reserve_certificate
from filing.office import Office
from filing.ports import AsOrgan, Page

CORRECTION_CLAUSE = "补正期间不计入办理期限（《行政许可法》第三十二条）"
MAX_REASON = 2000

_STATES = {
    DecisionKind.APPROVE: (CaseState.APPROVED, DocketKind.APPROVED, "notice.case_approved"),
    DecisionKind.RETURN: (CaseState.RETURNED, DocketKind.RETURNED, "notice.case_returned"),
    DecisionKind.REJECT: (CaseState.REJECTED, DocketKind.REJECTED, "notice.case_rejected"),
}


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who reviews, and for which organ alone."""

    account_id: str
    organ_id: str

    def __post_init__(self) -> None:
        if not self.account_id or not self.organ_id:
            raise ValueError("a reviewer has an account and an organ")


class ReviewService:
    """What a reviewer does with the cases of their organ."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def queue(self, reviewer: Reviewer, page: Page) -> tuple[Case, ...]:
        """List what waits for a decision, the oldest first. Decided cases are gone from it."""
        return self._office.cases.queue_of(AsOrgan(reviewer.organ_id), page)

    def look(self, reviewer: Reviewer, case_id: str) -> Case:
        """Read a case of one's organ. Raises CaseNotFound, OwnFiling."""
        case = self._office.cases.find(case_id, AsOrgan(reviewer.organ_id))
        require_other_person(self._office, reviewer, case)
        return case

    def open_evidence(self, reviewer: Reviewer, case_id: str, evidence: str) -> Case:
        """Note in the docket that a reviewer looks at evidence of who the applicant is, and give the case.

        evidence says what is looked at; the docket keeps only its digest. Raises CaseNotFound, OwnFiling.
        """
        case = self._office.cases.hold(case_id, AsOrgan(reviewer.organ_id))
        require_other_person(self._office, reviewer, case)
        facts = {"evidence": evidence}
        return self._office.record(case, DocketKind.EVIDENCE_VIEWED, _actor(reviewer), facts)

    def claim(self, reviewer: Reviewer, case_id: str) -> Case:
        """Take a case for a limited time, or prolong one's own claim.

        Raises CaseNotFound, WrongCaseState, OwnFiling, ClaimedByAnother.
        """
        office = self._office
        case = office.cases.hold(case_id, AsOrgan(reviewer.organ_id))
        require_other_person(self._office, reviewer, case)
        case.require_state(WITH_OFFICE, "claim")
        now = office.now()
        case.require_claimable_by(reviewer.account_id, at=now)
        moved = case.moved(CaseState.UNDER_REVIEW) if case.state is CaseState.SUBMITTED else case
        claim = Claim(reviewer.account_id, now + office.terms.claim)
        facts = {"until": claim.until.isoformat()}
        return office.record(replace(moved, claim=claim), DocketKind.CLAIMED, _actor(reviewer), facts)

    def decide(
        self,
        reviewer: Reviewer,
        case_id: str,
        kind: DecisionKind,
        *,
        reason: str,
        corrections: Sequence[Correction] = (),
    ) -> Case:
        """Approve, return for correction or reject; an approval reserves the number and has it sealed.

        Raises CaseNotFound, WrongCaseState, OwnFiling, NotClaimed, ReasonMissing, UnknownField and
        UnknownMaterial.
        """
        office = self._office
        case = office.cases.hold(case_id, AsOrgan(reviewer.organ_id))
        require_other_person(self._office, reviewer, case)
        case.require_state(frozenset({CaseState.UNDER_REVIEW}), kind)
        now = office.now()
        case.require_claimed_by(reviewer.account_id, at=now)
        self._require_reasons(case, kind, reason, corrections)
        state, docket_kind, notice = _STATES[kind]
        decision = Decision(kind, reason.strip(), tuple(corrections), reviewer.account_id, now)
        decided = replace(
            case.moved(state),
            claim=None,
            decisions=(*case.decisions, decision),
            ledger=_rested(case, kind, office),
        )
        facts = {"reason": decision.reason, "corrections": [[c.target, c.remark] for c in corrections]}
        recorded = office.record(decided, docket_kind, _actor(reviewer), facts)
        if kind is DecisionKind.APPROVE:
            reserve_certificate(office, recorded)
        office.notify(recorded, notice)
        return recorded

    def _require_reasons(
        self, case: Case, kind: DecisionKind, reason: str, corrections: Sequence[Correction]
    ) -> None:
        if kind is not DecisionKind.APPROVE and not reason.strip():
            raise ReasonMissing
        if len(reason) > MAX_REASON or any(not 0 < len(c.remark.strip()) <= MAX_REASON for c in corrections):
            raise ReasonMissing
        matter = self._office.matter_of(case)
        for correction in corrections:
            if correction.target.startswith("material:"):
                matter.material(correction.target.removeprefix("material:"))
            else:
                matter.form.field(correction.target)


def require_other_person(office: Office, reviewer: Reviewer, case: Case) -> None:
    """Nobody reviews a filing in which they take part: neither by this account nor as the same person.

    Raises OwnFiling.
    """
    known_as = office.cases.persons_of(reviewer.account_id)
    if reviewer.account_id in case.account_ids or known_as & case.person_digests:
        raise OwnFiling


def _actor(reviewer: Reviewer) -> Actor:
    return Actor(ActorRole.REVIEWER, reviewer.account_id)


def _rested(case: Case, kind: DecisionKind, office: Office) -> Ledger | None:
    if case.ledger is None:
        return None
    if kind is DecisionKind.RETURN:
        return case.ledger.suspended(clause=CORRECTION_CLAUSE, at=office.now())
    return case.ledger.closed(at=office.now())
