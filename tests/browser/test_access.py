"""Every page for everybody: axe's rules, the keyboard, small screens, both languages."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Watched

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

Visit = Callable[..., Watched]
PAGES = ("/", "/try", "/verify", "/seals", "/docs")
SHOW_STEP = """wanted => {
  for (const step of document.querySelectorAll(".step")) step.hidden = step.id !== `step-${wanted}`;
}"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    return [f"{one['impact']}: {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def settle(page: Page) -> None:
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_breaks_no_rule_of_accessibility(visit: Visit, path: str, locale: str) -> None:
    page = visit(path, locale=locale).page
    settle(page)
    assert violations(page) == []


def test_no_step_of_the_video_check_breaks_a_rule(visit: Visit) -> None:
    page = visit("/try").page
    settle(page)
    for step in ("account", "claim", "record", "answer"):
        # Every step stands in the page from the start; this shows it without its server.
        page.evaluate(SHOW_STEP, step)
        page.evaluate("document.getElementById('answer-title').textContent = '没有通过'")
        page.evaluate("document.getElementById('live').hidden = false")
        assert violations(page) == [], step


def test_the_documentation_shows_operations_and_finds_them(visit: Visit) -> None:
    page = visit("/docs", viewport=DESK).page
    settle(page)
    assert page.locator(".operation").count() > 10
    page.fill("#search", "sign-ins current")
    shown = page.locator(".operation:visible")
    expect(shown).to_have_count(1)
    shown.locator("summary").first.click()
    expect(shown).to_contain_text("204")
    page.fill("#search", "no such thing at all")
    expect(page.locator("#nothing")).to_be_visible()
    page.fill("#search", "POST /v1/accounts open")
    page.locator(".operation:visible summary").first.click()
    expect(page.locator(".operation:visible")).to_contain_text("three-quiet-rivers")
    assert violations(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_no_page_scrolls_sideways_on_a_small_phone(visit: Visit, path: str) -> None:
    page = visit(path, viewport={"width": 320, "height": 640}, locale="en").page
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_first_page_fits_one_screen(visit: Visit) -> None:
    for viewport in (PHONE, DESK):
        page = visit("/", viewport=viewport).page
        settle(page)
        assert page.evaluate("document.documentElement.scrollHeight") <= viewport["height"]


def test_the_keyboard_reaches_consent_and_sees_where_it_is(visit: Visit) -> None:
    page = visit("/try").page
    settle(page)
    for _ in range(30):
        page.keyboard.press("Tab")
        outlined = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outlined != "none", page.evaluate("document.activeElement.outerHTML")
        if page.evaluate("document.activeElement.id") == "consent-agreed":
            break
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#step-account:visible")
    assert page.evaluate("document.activeElement.id") == "account-title"


def test_the_status_on_the_first_page_is_the_services_own(visit: Visit) -> None:
    page = visit("/", viewport=DESK).page
    expect(page.locator("#status")).to_have_attribute("data-state", "ready")
