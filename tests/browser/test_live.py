"""The live check in a real browser: prompts come one by one, the made person at the camera reacts or not."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from liveness.verdict import STANDARD_ACTIONS
from tests.browser.conftest import Watched
from tests.browser.puppet import MadePerson
from tests.browser.test_try import outcome, reach_check

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

Visit = Callable[..., Watched]

BREAK_THE_FIRST = """{
  window.connections = 0;
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      window.connections += 1;
      if (window.connections === 1) setTimeout(() => this.close(), 2500);
    }
  };
}"""
NO_WEBSOCKET = "delete window.WebSocket;"
REMEMBER_PROMPTS = """{
  window.asked = [];
  addEventListener("DOMContentLoaded", () => {
    const prompt = document.getElementById("prompt");
    new MutationObserver(() => {
      const { state, action, number } = prompt.dataset;
      if (state === "asking" && window.asked[number - 1] === undefined) window.asked[number - 1] = action;
    }).observe(prompt, { attributes: true });
  });
}"""


def start(watched: Watched) -> None:
    page = watched.page
    reach_check(page)
    expect(page.locator("#timed-lead")).to_be_visible()
    expect(page.locator("#prompts li")).to_have_count(0)
    act(watched)


def act(watched: Watched) -> None:
    watched.page.click("#camera-open")
    watched.page.click("#record-start")


def test_whoever_reacts_to_each_prompt_passes_though_the_connection_breaks(visit: Visit) -> None:
    person = MadePerson(STANDARD_ACTIONS)
    script = f"{person.script()};{BREAK_THE_FIRST}{REMEMBER_PROMPTS}"
    watched = visit("/try", calm=True, init_script=script)
    page = watched.page
    start(watched)
    if outcome(page) != "passed":
        # Beside other work a browser drops frames until too few are left of a movement: people try again too.
        page.click("#try-again")
        act(watched)
    assert outcome(page) == "passed", page.inner_text("#step-answer")
    assert page.evaluate("window.asked") == ["nod", "mouth", "blink"]
    assert page.evaluate("window.connections") >= 2
    assert page.locator("#found [data-found=true]").count() == 3
    assert page.evaluate("document.getElementById('preview').srcObject") is None


def test_a_face_that_does_not_react_fails_and_is_told_why(visit: Visit) -> None:
    watched = visit("/try", calm=True, init_script=MadePerson(()).script())
    page = watched.page
    start(watched)
    assert outcome(page) == "failed", page.inner_text("#step-answer")
    assert page.locator("#found [data-found=false]").count() == 3
    codes = page.eval_on_selector_all("#reasons li", "items => items.map(item => item.dataset.code)")
    assert codes == ["action.nod.not_seen", "action.mouth.not_seen", "action.blink.not_seen"]
    expect(page.locator("#attempts")).to_contain_text("2")


def test_without_a_websocket_a_recording_is_asked_for(visit: Visit) -> None:
    page = visit("/try", init_script=NO_WEBSOCKET).page
    reach_check(page)
    expect(page.locator("#ordered-lead")).to_be_visible()
    expect(page.locator("#prompts li")).to_have_count(3)
    expect(page.locator("#to-timed")).to_be_hidden()
    expect(page.locator("#camera-open")).to_be_visible()
