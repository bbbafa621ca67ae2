import re
from datetime import timedelta

import pytest

from liveness.challenge.alternatives import LONGER
from liveness.challenge.asked import Asked
from liveness.challenge.challenge import WINDOW_MS, Step
from liveness.challenge.source import LONGEST_PAUSE_MS, MOST_MOVEMENTS
from liveness.errors import ConsentMissing
from liveness.findings import AnalysisRules
from liveness.sessions.consent import ConsentTexts, NonFaceRoute
from liveness.verdict import Action, Profile
from tests.liveness.sessions.builders import NOW, make_consent


def test_the_text_in_force_says_what_the_law_asks_for() -> None:
    texts = ConsentTexts.load()
    for needed in ("单独征得", "撤回同意", "不刷脸", "不满十四周岁", "30 天"):
        assert needed in texts.current.zh
    for needed in ("separate consent", "take the consent back", "without the face", "under 14", "30 days"):
        assert needed in texts.current.en


def test_the_text_in_force_names_the_longest_video_that_is_taken() -> None:
    slowest = Step(Action.NOD, pause_ms=LONGEST_PAUSE_MS, window_ms=LONGER * WINDOW_MS)
    asked = Asked((slowest,) * MOST_MOVEMENTS, Profile.TIMED)
    limits = AnalysisRules().video_for(asked)
    longest_s = limits.last_ms / 1000
    current = ConsentTexts.load().current
    (named,) = set(re.findall(r"最长 (\d+) 秒", current.zh)) | set(re.findall(r"at most (\d+)", current.en))
    assert longest_s <= float(named) < longest_s + 10


def test_every_way_without_the_face_is_offered_in_both_languages() -> None:
    offers = ConsentTexts.load().routes
    assert [offer.route for offer in offers] == list(NonFaceRoute)
    assert all(offer.title.zh and offer.title.en and offer.text.zh and offer.text.en for offer in offers)


@pytest.mark.parametrize(
    "versions", [("2026-02", "2026-01"), ("2026-01", "2026-01")], ids=["falling", "twice"]
)
def test_versions_rise(versions: tuple[str, str]) -> None:
    loaded = ConsentTexts.load()
    with pytest.raises(ValueError, match="rising versions"):
        ConsentTexts(tuple((version, loaded.current) for version in versions), loaded.routes)


def test_a_text_without_its_ways_out_is_refused() -> None:
    with pytest.raises(ValueError, match="every way without the face"):
        ConsentTexts(ConsentTexts.load().versions, ())


def test_consent_counts_only_for_its_account_its_version_and_until_taken_back() -> None:
    consent = make_consent()
    consent.require_in_force(account_id="account-1", version="2026-01")
    for other, account_id, version in (
        (consent, "account-2", "2026-01"),
        (consent, "account-1", "2026-02"),
        (consent.revoked(NOW), "account-1", "2026-01"),
    ):
        with pytest.raises(ConsentMissing):
            other.require_in_force(account_id=account_id, version=version)


def test_taking_back_twice_keeps_the_first_time() -> None:
    taken_back = make_consent().revoked(NOW).revoked(NOW + timedelta(hours=1))
    assert taken_back.revoked_at == NOW
