from dataclasses import replace
from datetime import date, timedelta

import pytest

from filing.calendars import ChineseCalendar
from filing.cases import TRANSITIONS, CaseState, DecisionKind
from filing.catalogue import load_catalogue
from filing.errors import (
    AssuranceTooLow,
    CaseNotFound,
    FormTooLarge,
    MatterClosed,
    MatterNotFound,
    MatterNotOffered,
    NotReadyToSubmit,
    OrganNotFound,
    UnknownField,
    UnknownMaterial,
    VerificationExpired,
    VerificationMissing,
    VerificationNotBound,
    VerificationOfAnotherPerson,
    WrongCaseState,
)
from filing.matters import CatalogueProfile
from filing.memory import InMemoryOrgans
from filing.organs import demonstration_organs
from filing.ports import Page
from tests.filing.builders import (
    APPLICANT,
    CATALOGUE,
    CATERING,
    REVIEWER,
    make_bench,
    make_claimed,
    make_draft,
    make_material,
    make_submitted,
    make_verification,
    make_verified,
)


def nested(depth: int) -> list[object]:
    inner: list[object] = []
    for _ in range(depth):
        inner = [inner]
    return inner


@pytest.fixture
def bench():
    return make_bench()


def test_a_complete_and_verified_case_is_submitted(bench) -> None:
    case = make_submitted(bench)
    assert case.state is CaseState.SUBMITTED
    assert case.ledger is not None
    assert case.ledger.total_days == 1
    assert [notice.code for notice in bench.notices.notices] == ["notice.case_submitted"]


def test_nobody_submits_unverified(bench) -> None:
    case = make_draft(bench)
    with pytest.raises(VerificationMissing):
        bench.cases.submit(APPLICANT, case.id)


def test_a_verification_expires(bench) -> None:
    case = make_verified(bench)
    bench.now.advance(hours=24)
    with pytest.raises(VerificationExpired):
        bench.cases.submit(APPLICANT, case.id)
    bench.cases.record_verification(make_verification(bench, case.id))
    assert bench.cases.submit(APPLICANT, case.id).state is CaseState.SUBMITTED


@pytest.mark.parametrize("changes", [{"account_id": "someone-else"}, {"account_id": REVIEWER.account_id}])
def test_a_verification_serves_only_its_own_account(bench, changes) -> None:
    case = make_draft(bench)
    with pytest.raises(VerificationNotBound):
        bench.cases.record_verification(make_verification(bench, case.id, **changes))


def test_a_verification_serves_only_its_own_case(bench) -> None:
    verified, other = make_verified(bench), make_draft(bench)
    assert verified.id != other.id
    with pytest.raises(VerificationMissing):
        bench.cases.submit(APPLICANT, other.id)


def test_a_stranger_does_not_learn_where_a_case_stands(bench) -> None:
    case = make_submitted(bench)
    with pytest.raises(VerificationNotBound):
        bench.cases.record_verification(make_verification(bench, case.id, account_id="stranger"))


def test_another_person_does_not_take_over_a_case(bench) -> None:
    case = make_verified(bench)
    other = make_verification(bench, case.id, number="110101199003071233")
    with pytest.raises(VerificationOfAnotherPerson):
        bench.cases.record_verification(other)


def test_an_expired_verification_is_not_even_kept(bench) -> None:
    case = make_draft(bench)
    proof = make_verification(bench, case.id)
    bench.now.advance(days=2)
    with pytest.raises(VerificationExpired):
        bench.cases.record_verification(proof)


def test_a_matter_that_needs_more_assurance_refuses_less() -> None:
    matters = tuple(replace(matter, assurance="timed") for matter in CATALOGUE.matters)
    bench = make_bench(catalogue=replace(CATALOGUE, matters=matters))
    case = make_draft(bench)
    with pytest.raises(AssuranceTooLow):
        bench.cases.record_verification(make_verification(bench, case.id, profile="ordered"))
    bench.cases.record_verification(make_verification(bench, case.id, profile="timed"))
    assert bench.cases.submit(APPLICANT, case.id)


@pytest.mark.parametrize(
    ("area", "code"),
    [("150.00", "catering.area_too_large"), (None, "form.required"), ("?", "form.not_decimal")],
)
def test_an_ineligible_or_unclear_case_is_not_submitted(bench, area, code) -> None:
    case = make_verified(bench, area_m2=area)
    with pytest.raises(NotReadyToSubmit) as refused:
        bench.cases.submit(APPLICANT, case.id)
    assert [(f.code, f.field) for f in refused.value.findings] == [(code, "area_m2")]


@pytest.mark.parametrize("character", ["\U0001f35c", "\u202e", "𠮷"])
def test_what_no_certificate_can_show_is_told_before_the_submission(bench, character) -> None:
    case = make_verified(bench, operator_name=f"好味{character}面馆")
    with pytest.raises(NotReadyToSubmit) as refused:
        bench.cases.submit(APPLICANT, case.id)
    found = [(finding.code, finding.field, finding.parameters) for finding in refused.value.findings]
    assert found == [("form.unprintable", "operator_name", {"position": "3"})]


def test_missing_materials_are_named(bench) -> None:
    case = bench.cases.create(APPLICANT, matter_id=CATERING, organ_id="jiangan-approval")
    bench.cases.record_verification(make_verification(bench, case.id))
    with pytest.raises(NotReadyToSubmit) as refused:
        bench.cases.submit(APPLICANT, case.id)
    fields = {finding.field for finding in refused.value.findings}
    assert {"material:application", "material:business_licence", "operator_name", "area_m2"} <= fields


def test_typed_answers_are_kept_even_where_they_are_wrong(bench) -> None:
    case = make_draft(bench, area_m2="about a hundred")
    assert bench.cases.find(APPLICANT, case.id).form["area_m2"] == "about a hundred"
    case = bench.cases.fill(APPLICANT, case.id, {"area_m2": None})
    assert "area_m2" not in case.form


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"no_such_field": 1}, UnknownField),
        ({"premises": "长" * 100_000}, FormTooLarge),
        ({"premises": float("nan")}, FormTooLarge),
        ({"premises": "\ud800"}, FormTooLarge),
        ({"items": nested(100_000)}, FormTooLarge),
    ],
)
def test_what_cannot_be_kept_is_refused(bench, answers, error) -> None:
    case = make_draft(bench)
    with pytest.raises(error):
        bench.cases.fill(APPLICANT, case.id, answers)


def test_only_materials_of_the_matter_are_filed_and_a_second_replaces_the_first(bench) -> None:
    case = make_draft(bench)
    with pytest.raises(UnknownMaterial):
        bench.cases.attach(APPLICANT, case.id, make_material("poem"))
    case = bench.cases.attach(APPLICANT, case.id, make_material("layout", sha256="c" * 64))
    assert [m.sha256 for m in case.materials if m.name == "layout"] == ["c" * 64]


def test_a_submitted_case_is_out_of_the_applicants_hands(bench) -> None:
    case = make_submitted(bench)
    for change in (
        lambda: bench.cases.fill(APPLICANT, case.id, {"seats": 1}),
        lambda: bench.cases.attach(APPLICANT, case.id, make_material("layout")),
        lambda: bench.cases.submit(APPLICANT, case.id),
        lambda: bench.cases.record_verification(make_verification(bench, case.id)),
    ):
        with pytest.raises(WrongCaseState):
            change()


def test_a_case_of_somebody_else_is_not_found(bench) -> None:
    case = make_draft(bench)
    for look in (bench.cases.find, bench.cases.submit):
        with pytest.raises(CaseNotFound):
            look("someone-else", case.id)
    assert bench.cases.list("someone-else", Page()) == ()
    assert [c.id for c in bench.cases.list(APPLICANT, Page())] == [case.id]


def test_a_case_begins_only_where_its_matter_is_taken_and_open(bench) -> None:
    def create(matter_id=CATERING, organ_id="jiangan-approval", on=bench):
        return on.cases.create(APPLICANT, matter_id=matter_id, organ_id=organ_id)

    with pytest.raises(MatterNotFound):
        create(matter_id="nothing")
    with pytest.raises(OrganNotFound):
        create(organ_id="nowhere")
    first, second = demonstration_organs()
    one = make_bench(organs=InMemoryOrgans({CATERING: [first], "enterprise-change": [second]}))
    with pytest.raises(MatterNotOffered):
        create(organ_id=second.id, on=one)
    today = make_bench(catalogue=load_catalogue(profile=CatalogueProfile.CURRENT))
    with pytest.raises(MatterClosed):
        create(on=today)


def test_a_returned_case_is_corrected_and_submitted_again_without_charging_the_wait(bench) -> None:
    case = make_claimed(bench)
    bench.review.decide(REVIEWER, case.id, DecisionKind.RETURN, reason="面积与图纸不符")
    bench.now.advance(days=7)
    bench.cases.record_verification(make_verification(bench, case.id))
    bench.cases.fill(APPLICANT, case.id, {"area_m2": "140"})
    again = bench.cases.submit(APPLICANT, case.id)
    assert again.state is CaseState.SUBMITTED
    used = bench.office.clock.used(again.ledger, now=bench.now())
    assert (used.working_days, used.is_suspended, used.desk_time) == (0, False, timedelta())
    assert used.due_on == date(2026, 3, 10)
    assert ChineseCalendar().is_working(used.due_on)


def test_a_case_is_pinned_to_the_version_it_was_begun_under(bench) -> None:
    case = make_draft(bench)
    old = CATALOGUE.matter(CATERING)
    new = replace(old, version="2030.1", materials=(), digest="new")
    catalogue = replace(CATALOGUE, matters=(new,), earlier={(CATERING, old.version): old})
    later = make_bench(catalogue=catalogue)
    assert later.office.matter_of(case) is old
    begun = later.cases.create(APPLICANT, matter_id=CATERING, organ_id="jiangan-approval")
    assert begun.matter_version == "2030.1"


def test_final_states_lead_nowhere_and_every_state_has_its_steps() -> None:
    assert set(TRANSITIONS) == set(CaseState)
    assert {state for state, steps in TRANSITIONS.items() if not steps} == {
        CaseState.APPROVED,
        CaseState.REJECTED,
    }


def test_no_personal_datum_shows_in_a_representation(bench) -> None:
    case = make_submitted(bench)
    for value in (case, case.decision, case.parties):
        assert "好味" not in repr(value)
        assert APPLICANT not in repr(value)
