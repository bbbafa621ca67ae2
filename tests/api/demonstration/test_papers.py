from datetime import date

import pytest

from api.demonstration.papers import catering_form, credit_code, enterprise_form, made_up_person, scanned_page
from filing import identifiers
from filing.catalogue import load_catalogue

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize("number", [1, 2, 11])
def test_made_up_people_have_valid_numbers_that_no_living_person_has(number: int) -> None:
    given = made_up_person(number).document_number
    assert identifiers.resident_id(given, today=TODAY) == given
    assert given[6:10] == "1899"


@pytest.mark.parametrize("kind", ["91", "92"])
def test_made_up_credit_codes_are_valid(kind: str) -> None:
    assert identifiers.credit_code(credit_code(kind)) == credit_code(kind)


@pytest.mark.parametrize(
    ("matter_id", "form"), [("catering-under-150", catering_form()), ("enterprise-change", enterprise_form())]
)
def test_the_forms_have_nothing_left_to_correct(matter_id: str, form: dict[str, object]) -> None:
    matter = load_catalogue().matter(matter_id)
    assert matter.form.read(form, today=TODAY).findings == ()


def test_a_scanned_page_is_a_png() -> None:
    assert scanned_page("layout").startswith(b"\x89PNG")
