"""The video check in a real browser: consent, account, claim, recording, answer."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from liveness.verdict import STANDARD_ACTIONS, Action
from tests.browser.conftest import NAME, NUMBER, Watched
from tests.browser.puppet import MadePerson

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

PASSWORD = "three-quiet-rivers"
ANSWER_MS = 120_000
NO_CAMERA = "delete Navigator.prototype.mediaDevices;"
REFUSED = (
    "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));"
)

Visit = Callable[..., Watched]
Clip = Callable[..., Path]
_people = itertools.count(1)


def consent(page: Page) -> None:
    page.check("#consent-agreed")
    page.click("#consent-form button[type=submit]")


def sign_up(page: Page) -> str:
    username = f"wang.fang.{next(_people)}"
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.click("#account-form button[type=submit]")
    return username


def claim(page: Page, *, number: str = NUMBER, name: str = NAME) -> None:
    page.fill("#document-number", number)
    page.fill("#name", name)
    page.click("#claim-form button[type=submit]")


def reach_check(page: Page) -> None:
    consent(page)
    sign_up(page)
    claim(page)
    page.wait_for_selector("#step-record:visible")


def reach_recording(page: Page) -> None:
    reach_check(page)
    record_instead(page)


def record_instead(page: Page) -> None:
    """Leave the live check, where there is one, for a recording."""
    if page.locator("#to-ordered").is_visible():
        page.click("#to-ordered")
    page.wait_for_selector("#ordered-lead:visible")


def record(page: Page) -> None:
    page.click("#camera-open")
    page.click("#record-start")


def outcome(page: Page) -> str:
    page.wait_for_selector("#step-answer:visible", timeout=ANSWER_MS)
    return page.get_attribute("#step-answer", "data-outcome") or ""


def test_a_person_who_does_what_is_asked_passes(visit: Visit) -> None:
    page = visit("/try", calm=True, init_script=MadePerson(STANDARD_ACTIONS).script()).page
    reach_recording(page)
    assert page.eval_on_selector_all("#prompts li", "items => items.map(item => item.dataset.action)") == [
        "nod",
        "mouth",
        "blink",
    ]
    record(page)
    assert outcome(page) == "passed", page.inner_text("#step-answer")
    assert page.locator("#found [data-found=true]").count() == 3
    expect(page.locator("#try-again")).to_be_hidden()


def test_a_person_who_leaves_out_an_action_fails_and_learns_why(visit: Visit) -> None:
    page = visit("/try", calm=True, init_script=MadePerson((Action.NOD, Action.BLINK)).script()).page
    reach_recording(page)
    record(page)
    assert outcome(page) == "failed", page.inner_text("#step-answer")
    assert page.locator("#found [data-action=mouth]").get_attribute("data-found") == "false"
    assert page.locator("#reasons li").count() >= 1
    expect(page.locator("#attempts")).to_contain_text("2")
    assert not [word for word in ("score", "分数", "threshold") if word in page.inner_text("main").lower()]
    page.click("#try-again")
    page.wait_for_selector("#step-record:visible")
    expect(page.locator("#ordered-lead")).to_be_visible()


def test_without_a_camera_the_phones_own_video_is_taken_and_a_wrong_order_fails(
    visit: Visit, clip: Clip
) -> None:
    page = visit("/try", init_script=NO_CAMERA).page
    reach_recording(page)
    expect(page.locator("#live")).to_be_hidden()
    expect(page.locator("#own-camera-why")).to_contain_text("不允许网页使用摄像头")
    page.set_input_files("#own-video", clip(Action.BLINK, Action.MOUTH, Action.NOD))
    assert outcome(page) == "failed", page.inner_text("#step-answer")


def test_a_refused_camera_is_explained_and_a_broken_upload_is_sent_again(visit: Visit, clip: Clip) -> None:
    watched = visit("/try", init_script=REFUSED)
    page = watched.page
    reach_recording(page)
    page.click("#camera-open")
    expect(page.locator("#own-camera-why")).to_contain_text("摄像头权限被拒绝")
    sent = []

    def break_the_first(route: Route) -> None:
        sent.append(route.request.method)
        if len(sent) == 1:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/v1/liveness-sessions/*/uploads/*", break_the_first)
    page.set_input_files("#own-file", clip(Action.NOD, Action.MOUTH, Action.BLINK))
    assert outcome(page) == "passed", page.inner_text("#step-answer")
    assert sent[:3] == ["PATCH", "HEAD", "PATCH"]
    assert [error for error in watched.errors if "ERR_CONNECTION_RESET" not in error] == []
    watched.errors.clear()


def test_nothing_is_captured_before_consent_and_it_can_be_taken_back(visit: Visit) -> None:
    watched = visit("/try")
    page = watched.page
    expect(page.locator("#routes li")).to_have_count(3)
    expect(page.locator(".consent-words")).to_contain_text("单独")
    page.click("#consent-form button[type=submit]")
    expect(page.locator("#consent-fault")).to_be_visible()
    expect(page.locator("#step-record")).to_be_hidden()
    reach_recording(page)
    page.click("#camera-open")
    page.wait_for_selector("#record-start:visible")
    with page.expect_request(lambda sent: sent.method == "DELETE" and "/v1/consents/" in sent.url):
        page.click("#withdraw")
    page.wait_for_selector("#step-consent:visible")
    assert page.evaluate("document.getElementById('preview').srcObject") is None
    assert not page.is_checked("#consent-agreed")


def test_what_one_cannot_do_is_not_asked_for_and_another_movement_passes(visit: Visit) -> None:
    # What stands in is drawn: of the three that may, this server's is the last.
    person = MadePerson((Action.SMILE, Action.MOUTH, Action.BLINK))
    page = visit("/try", calm=True, init_script=person.script()).page
    reach_recording(page)
    page.click("#cannot summary")
    expect(page.locator("#routes-instead li")).to_have_count(3)
    page.check("#cannot-form [value=nod]")
    page.check("#more-time")
    page.click("#cannot-form button[type=submit]")
    expect(page.locator("#prompts [data-action=nod]")).to_have_count(0)
    asked = page.eval_on_selector_all("#prompts li", "items => items.map(item => item.dataset.action)")
    assert asked == ["smile", "mouth", "blink"]
    assert page.is_checked("#more-time")
    record(page)
    assert outcome(page) == "passed", page.inner_text("#step-answer")
    assert page.locator("#found [data-found=true]").count() == 3


def test_whoever_can_do_too_little_is_shown_the_ways_without_the_face(visit: Visit) -> None:
    watched = visit("/try")
    page = watched.page
    reach_check(page)
    page.click("#cannot summary")
    for action in ("nod", "mouth", "blink", "smile"):
        page.check(f"#cannot-form [value={action}]")
    page.click("#cannot-form button[type=submit]")
    expect(page.locator("#failure")).to_contain_text("不刷脸")
    page.locator("#routes-instead button").first.click()
    expect(page.locator("#notice")).to_contain_text("已登记")
    # The refusal itself shows in the browser's console; nothing else may.
    assert [error for error in watched.errors if "422" not in error] == []
    watched.errors.clear()


def test_what_was_typed_survives_a_refusal_and_a_change_of_language(visit: Visit) -> None:
    watched = visit("/try")
    page = watched.page
    consent(page)
    page.fill("#username", "wang.fang.weak")
    page.fill("#password", "short")
    page.click("#account-form button[type=submit]")
    expect(page.locator("#password-fault")).to_be_visible()
    page.click("[data-choose-language=en]")
    assert page.input_value("#username") == "wang.fang.weak"
    assert page.input_value("#password") == "short"
    assert page.get_attribute("html", "lang") == "en"
    # The refusal itself shows in the browser's console; nothing else may.
    assert [error for error in watched.errors if "422" not in error] == []
    watched.errors.clear()
