"""An invited shareholder on their own phone: the link, the check, the text."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from api.demonstration.papers import enterprise_form
from api.demonstration.person import Person
from liveness.verdict import STANDARD_ACTIONS
from tests.browser.conftest import NAME, Watched
from tests.browser.puppet import MadePerson
from tests.browser.server import Server
from tests.browser.test_try import claim, consent, outcome, record, record_instead, sign_up

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]


def test_an_invited_shareholder_verifies_and_consents_from_a_phone(
    visit: Callable[..., Watched], server: Server
) -> None:
    with Person(server.url) as applicant:
        applicant.sign_up("enterprise.owner")
        case = applicant.post("/v1/cases", {"matter_id": "enterprise-change", "organ_id": "jiangan-approval"})
        applicant.patch(f"/v1/cases/{case['id']}", {"form": enterprise_form()})
        party = {"role": "shareholder", "display_name": NAME, "share": "100"}
        invited = applicant.post(f"/v1/cases/{case['id']}/parties", party)

    path = invited["invitation_url"].removeprefix(server.url)
    page = visit(path, calm=True, init_script=MadePerson(STANDARD_ACTIONS).script()).page
    page.click("#invitation-summary")
    expect(page.locator("#invitation .invitation-text")).to_contain_text(NAME)
    consent(page)
    sign_up(page)
    claim(page)
    page.wait_for_selector("#step-record:visible")
    record_instead(page)
    record(page)
    assert outcome(page) == "passed", page.inner_text("#step-answer")
    page.click("#to-agree")
    expect(page.locator("#step-agree .invitation-text")).to_contain_text(NAME)
    page.click("#agree")
    expect(page.locator("#agreed")).to_be_visible()
    expect(page.locator("#agree")).to_be_hidden()
