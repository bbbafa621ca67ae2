import pytest

from filing.cases import CaseState, Correction, DecisionKind
from filing.errors import (
    CaseNotFound,
    ClaimedByAnother,
    NotClaimed,
    OwnFiling,
    ReasonMissing,
    UnknownField,
    UnknownMaterial,
    WrongCaseState,
)
from filing.ports import Page
from filing.review import Reviewer
from tests.filing.builders import (
    APPLICANT,
    CATERING,
    REVIEWER,
    make_bench,
    make_claimed,
    make_draft,
    make_submitted,
    make_verification,
)

COLLEAGUE = Reviewer("account-colleague", "jiangan-approval")
ELSEWHERE = Reviewer("account-elsewhere", "jianghan-approval")


@pytest.fixture
def bench():
    return make_bench()


def test_the_queue_holds_what_waits_the_oldest_first(bench) -> None:
    make_draft(bench)
    first = make_submitted(bench)
    bench.now.advance(minutes=5)
    second = make_submitted(bench)
    bench.review.claim(COLLEAGUE, second.id)
    assert [case.id for case in bench.review.queue(REVIEWER, Page())] == [first.id, second.id]
    assert [case.id for case in bench.review.queue(REVIEWER, Page(1, first.id))] == [second.id]


@pytest.mark.parametrize("kind", [DecisionKind.APPROVE, DecisionKind.REJECT, DecisionKind.RETURN])
def test_a_decided_case_leaves_the_queue(bench, kind) -> None:
    case = make_claimed(bench)
    bench.review.decide(REVIEWER, case.id, kind, reason="理由")
    assert bench.review.queue(REVIEWER, Page()) == ()


def test_a_reviewer_sees_only_their_own_organ_and_no_drafts(bench) -> None:
    draft, case = make_draft(bench), make_submitted(bench)
    assert bench.review.queue(ELSEWHERE, Page()) == ()
    for reviewer, case_id in ((ELSEWHERE, case.id), (REVIEWER, draft.id), (REVIEWER, "guessed")):
        for act in (bench.review.look, bench.review.claim):
            with pytest.raises(CaseNotFound):
                act(reviewer, case_id)


def test_one_reviewer_at_a_time(bench) -> None:
    case = make_claimed(bench)
    with pytest.raises(ClaimedByAnother):
        bench.review.claim(COLLEAGUE, case.id)
    with pytest.raises(NotClaimed):
        bench.review.decide(COLLEAGUE, case.id, DecisionKind.REJECT, reason="理由")


def test_a_claim_ends_by_itself_and_can_be_prolonged(bench) -> None:
    case = make_claimed(bench)
    bench.now.advance(minutes=29)
    bench.review.claim(REVIEWER, case.id)
    bench.now.advance(minutes=29)
    with pytest.raises(ClaimedByAnother):
        bench.review.claim(COLLEAGUE, case.id)
    bench.now.advance(minutes=1)
    with pytest.raises(NotClaimed):
        bench.review.decide(REVIEWER, case.id, DecisionKind.APPROVE, reason="")
    taken = bench.review.claim(COLLEAGUE, case.id)
    assert taken.claim.reviewer_account_id == COLLEAGUE.account_id


def test_nobody_decides_without_a_claim(bench) -> None:
    case = make_submitted(bench)
    with pytest.raises(WrongCaseState):
        bench.review.decide(REVIEWER, case.id, DecisionKind.APPROVE, reason="")


def test_reviewer_cannot_review_own_filing_by_account(bench) -> None:
    case = make_submitted(bench)
    for act in (bench.review.look, bench.review.claim):
        with pytest.raises(OwnFiling):
            act(Reviewer(APPLICANT, "jiangan-approval"), case.id)


def test_reviewer_cannot_review_own_filing_under_another_account(bench) -> None:
    case = make_submitted(bench)
    own = bench.cases.create(COLLEAGUE.account_id, matter_id=CATERING, organ_id="jianghan-approval")
    same_person = make_verification(bench, own.id, account_id=COLLEAGUE.account_id)
    bench.cases.record_verification(same_person)
    with pytest.raises(OwnFiling):
        bench.review.claim(COLLEAGUE, case.id)
    assert same_person.person_digest in case.person_digests


def test_a_return_names_fields_and_materials(bench) -> None:
    case = make_claimed(bench)
    corrections = (Correction("area_m2", "与图纸不符"), Correction("material:layout", "看不清"))
    returned = bench.review.decide(
        REVIEWER, case.id, DecisionKind.RETURN, reason="请更正", corrections=corrections
    )
    assert returned.state is CaseState.RETURNED
    assert returned.decision.corrections == corrections
    assert returned.ledger.is_suspended
    assert bench.notices.notices[-1].code == "notice.case_returned"


@pytest.mark.parametrize(
    ("target", "error"),
    [("no_field", UnknownField), ("material:poem", UnknownMaterial)],
)
def test_a_correction_names_what_exists(bench, target, error) -> None:
    case = make_claimed(bench)
    with pytest.raises(error):
        bench.review.decide(
            REVIEWER,
            case.id,
            DecisionKind.RETURN,
            reason="请更正",
            corrections=[Correction(target, "remark")],
        )


@pytest.mark.parametrize("kind", [DecisionKind.RETURN, DecisionKind.REJECT])
def test_a_refusal_has_a_reason(bench, kind) -> None:
    case = make_claimed(bench)
    with pytest.raises(ReasonMissing):
        bench.review.decide(REVIEWER, case.id, kind, reason="  ")


def test_a_rejection_is_final_and_closes_the_clock(bench) -> None:
    case = make_claimed(bench)
    bench.now.advance(minutes=30 - 1)
    rejected = bench.review.decide(REVIEWER, case.id, DecisionKind.REJECT, reason="不符合条件")
    assert rejected.ledger.closed_at == bench.now()
    assert bench.queue.reservations == []
    with pytest.raises(WrongCaseState):
        bench.cases.submit(APPLICANT, case.id)
