"""Every code that liveness can give has a text in both languages, and says what to do."""

import re

import pytest

from liveness.errors import VideoError
from liveness.messages import codes, text_of
from liveness.pad.policy import PadPolicy
from liveness.verdict import Action, Outcome

REMEDIED = [code for code in sorted(codes()) if code.startswith(("quality.", "continuity.", "pad."))]


@pytest.mark.parametrize("code", sorted(codes()))
def test_a_text_is_in_chinese_and_in_english(code):
    text = text_of(code)
    assert re.search(r"[\u4e00-\u9fff]", text.zh)
    assert re.search(r"[A-Za-z]", text.en)
    assert bool(text.remedy_zh) == bool(text.remedy_en)


@pytest.mark.parametrize("code", REMEDIED)
def test_a_refusal_says_what_to_do(code):
    assert text_of(code).remedy_zh


def test_nothing_that_can_be_said_lacks_a_text():
    said = {error.code for error in VideoError.__subclasses__()}
    said |= {f"outcome.{outcome}" for outcome in Outcome}
    said |= {f"action.{action}" for action in Action}
    said |= {
        f"action.{action}.{what}"
        for action in Action
        for what in ("not_seen", "too_small", "unclear", "out_of_order")
    }
    said |= {f"pad.{evidence}" for evidence in PadPolicy.load().rules}
    assert said <= codes()
