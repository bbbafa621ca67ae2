"""Two administrators at the page that brings a seal in force."""

import json
from collections.abc import Callable
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Watched
from tests.browser.server import Server
from tests.browser.test_access import violations

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

Visit = Callable[..., Watched]
ORGAN, CODE = "jianghan-approval", "4201030009999"
PASSWORD = "three-quiet-rivers"


def opened(server: Server, username: str, role: str = "administrator", *more: str) -> dict[str, str]:
    told = server.run("accounts", "add", username, "--role", role, *more, "--json")
    account: dict[str, str] = json.loads(told)
    return account


def sign_in(page: Page, account: dict[str, str]) -> None:
    """The first sign-in: the one-time password is changed and an authenticator app enrolled."""
    page.fill("#username", account["username"])
    page.fill("#password", account["one_time_password"])
    page.click("#sign-in-form button")
    page.fill("#current", account["one_time_password"])
    page.fill("#new", PASSWORD)
    page.click("#change-form button")
    expect(page.locator("#enrol-secret")).not_to_be_empty()
    assert page.evaluate("document.getElementById('enrol-picture').naturalWidth") > 0
    secret = page.inner_text("#enrol-secret").replace(" ", "")
    page.fill("#code", pyotp.TOTP(secret).now())
    page.click("#enrol-form button")
    expect(page.locator("#signed-in:visible, #failure:visible").first).to_be_visible()


def propose(page: Page, key: str, tmp_path: Path) -> None:
    """Fill the form from a file as `certificates import` prints it, and send it."""
    printed = tmp_path / "proposal.json"
    printed.write_text(json.dumps({"organ_id": ORGAN, "code": CODE, "key_name": key, "certificates": ""}))
    page.set_input_files("#printed", printed)
    expect(page.locator("#key_name")).to_have_value(key)
    page.click("#propose-form button[type=submit]")


def test_what_one_proposes_another_approves(visit: Visit, server: Server, tmp_path: Path) -> None:
    keys = json.loads(server.run("keys", "list", "--json"))["keys"]
    key = next(one["name"] for one in keys if one["purpose"] == f"seal-{ORGAN}")
    one, other = visit("/seals", viewport=DESK), visit("/seals", viewport=PHONE)
    sign_in(one.page, opened(server, "admin.one"))
    assert violations(one.page) == []
    propose(one.page, "no-such-key", tmp_path)
    expect(one.page.locator("#failure")).to_contain_text("没有这把可用的密钥")
    propose(one.page, key, tmp_path)
    proposal = one.page.locator(".proposal[data-state=proposed]")
    expect(proposal).to_contain_text("由您提出")
    expect(proposal.locator("[data-fact=code]")).to_have_text(CODE)
    assert proposal.get_by_role("button").all_inner_texts() == ["撤回"]

    sign_in(other.page, opened(server, "admin.two"))
    waiting = other.page.locator(".proposal[data-state=proposed]")
    waiting.get_by_role("button", name="驳回").click()
    expect(waiting.locator(".fault")).to_contain_text("请写明驳回原因")
    assert violations(other.page) == []
    assert other.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    waiting.get_by_role("button", name="批准").click()
    decided = other.page.locator(".proposal[data-state=approved], .proposal[data-state=in_force]")
    expect(decided).to_have_count(1)
    expect(decided.get_by_role("button")).to_have_count(0)
    one.page.reload()
    expect(one.page.locator(".proposal[data-state=in_force], .proposal[data-state=approved]")).to_be_visible()
    assert [error for error in one.errors if "422" not in error] == []
    one.errors.clear()


def test_a_rejection_tells_why_and_makes_room(visit: Visit, server: Server, tmp_path: Path) -> None:
    keys = json.loads(server.run("keys", "list", "--json"))["keys"]
    key = next(one["name"] for one in keys if one["purpose"] == f"seal-{ORGAN}")
    one, other = visit("/seals", viewport=DESK), visit("/seals", viewport=DESK, locale="en")
    sign_in(one.page, opened(server, "admin.three"))
    propose(one.page, key, tmp_path)
    sign_in(other.page, opened(server, "admin.four"))
    waiting = other.page.locator(".proposal[data-state=proposed]")
    waiting.get_by_label("Why it is rejected").fill("编码与备案不符")
    waiting.get_by_role("button", name="Reject").click()
    rejected = other.page.locator(".proposal[data-state=rejected]")
    expect(rejected.locator("[data-fact=reason]")).to_have_text("编码与备案不符")
    one.page.reload()
    expect(one.page.locator(".proposal[data-state=rejected]")).to_be_visible()
    propose(one.page, key, tmp_path)
    own = one.page.locator(".proposal[data-state=proposed]")
    own.get_by_role("button", name="撤回").click()
    expect(one.page.locator(".proposal[data-state=withdrawn]")).to_be_visible()


def test_a_reviewer_is_told_that_this_is_not_for_them(visit: Visit, server: Server) -> None:
    watched = visit("/seals", viewport=DESK)
    sign_in(watched.page, opened(server, "shen.pi", "reviewer", "--organ", ORGAN))
    expect(watched.page.locator("#failure")).to_contain_text("只供管理员使用")
    assert [error for error in watched.errors if "403" not in error] == []
    watched.errors.clear()
