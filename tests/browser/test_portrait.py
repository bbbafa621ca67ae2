"""Playing the register in a real browser: nobody ran `novisit portraits add` for this person."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from liveness.synthesis import astronaut
from liveness.verdict import STANDARD_ACTIONS
from tests.browser.conftest import Watched
from tests.browser.test_try import claim, consent, outcome, record_instead, sign_up

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

NUMBER = "110105194912310038"
NAME = "李艾琳"

Visit = Callable[..., Watched]
Clip = Callable[..., Path]


def picture(folder: Path, name: str, image: np.ndarray) -> Path:
    path = folder / name
    cv2.imwrite(str(path), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    return path


def reach_claim(page: Page) -> None:
    consent(page)
    sign_up(page)
    page.wait_for_selector("#step-claim:visible")


def test_a_visitor_enrols_a_portrait_and_passes(visit: Visit, clip: Clip, tmp_path: Path) -> None:
    page = visit("/try").page
    reach_claim(page)
    # Larger than is sent, and in a form the service does not take: the page draws it anew.
    large = cv2.resize(astronaut().image, (2000, 2000), interpolation=cv2.INTER_CUBIC)
    page.set_input_files("#portrait", picture(tmp_path, "own.webp", large))
    with page.expect_request("**/v1/demonstration/portraits") as sent:
        claim(page, number=NUMBER, name=NAME)
    assert '"picture":"/9j/' in (sent.value.post_data or "")
    assert NUMBER not in sent.value.url
    page.wait_for_selector("#step-record:visible")
    record_instead(page)
    page.set_input_files("#own-file", clip(*STANDARD_ACTIONS))
    assert outcome(page) == "passed", page.inner_text("#step-answer")


def test_a_picture_that_will_not_do_is_explained_at_the_field_and_nothing_typed_is_lost(
    visit: Visit, tmp_path: Path
) -> None:
    watched = visit("/try")
    page = watched.page
    reach_claim(page)
    page.set_input_files("#portrait", picture(tmp_path, "wall.png", np.full((300, 300, 3), 90, np.uint8)))
    claim(page, number=NUMBER, name=NAME)
    expect(page.locator("#portrait-fault")).to_contain_text("没有找到人脸")
    expect(page.locator("#step-claim")).to_be_visible()
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff" + bytes(40))
    page.set_input_files("#portrait", tmp_path / "broken.jpg")
    page.click("#claim-form button[type=submit]")
    expect(page.locator("#portrait-fault")).to_contain_text("打不开")
    assert page.input_value("#document-number") == NUMBER
    assert page.input_value("#name") == NAME
    page.set_input_files("#portrait", [])
    page.click("#claim-form button[type=submit]")
    page.wait_for_selector("#step-record:visible")
    # The refusal and the broken picture show in the browser's console; nothing else may.
    assert [error for error in watched.errors if "422" not in error] == []
    watched.errors.clear()
