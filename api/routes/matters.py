"""Matters: what can be filed, with which form and materials, and who is eligible."""

from fastapi import APIRouter

from api.filing_dependencies import FilingReading
from api.problems import problem_responses
from api.store.filing import FilingServices
from api.views.matters import (
    Answers,
    EligibilityView,
    FindingView,
    MatterSummary,
    MatterView,
    matter_summary,
    matter_view,
)
from filing.matters import Matter

router = APIRouter(prefix="/v1/matters", tags=["matters"])


@router.get("", summary="事项列表 What can be filed")
def list_matters(filing: FilingReading) -> list[MatterSummary]:
    """List every matter, the closed ones with where to go instead."""
    office = filing.office
    return [
        MatterSummary(
            **matter_summary(
                matter, is_open=_is_open(filing, matter), organs=tuple(office.organs.organs_for(matter.id))
            )
        )
        for matter in office.catalogue.matters
    ]


@router.get("/{matter_id}", responses=problem_responses(404), summary="事项详情 A matter whole")
def read_matter(matter_id: str, filing: FilingReading) -> MatterView:
    """Show the form, rules, materials, limits and parties of a matter."""
    matter = filing.office.catalogue.matter(matter_id)
    organs = tuple(filing.office.organs.organs_for(matter.id))
    return matter_view(matter, is_open=_is_open(filing, matter), organs=organs)


@router.post(
    "/{matter_id}/eligibility",
    responses=problem_responses(404, 413, 422),
    summary="资格自测 Who is eligible",
)
def check_eligibility(matter_id: str, body: Answers, filing: FilingReading) -> EligibilityView:
    """Say before anything is filled in whether a filing is eligible; what is not answered refuses."""
    office = filing.office
    matter = office.catalogue.matter(matter_id)
    matter.form.require_keepable(body.answers)
    reading = matter.form.read(body.answers, today=office.today())
    wrong = [finding for finding in reading.findings if finding.field in body.answers]
    at_fault = {finding.field for finding in wrong}
    reasons = [*wrong, *(r for r in matter.ineligible_because(reading.values) if r.field not in at_fault)]
    return EligibilityView(
        eligible=not reasons, reasons=[FindingView.of(reason, office.catalogue) for reason in reasons]
    )


def _is_open(filing: FilingServices, matter: Matter) -> bool:
    return matter.is_open(filing.office.catalogue.profile, filing.office.today())
