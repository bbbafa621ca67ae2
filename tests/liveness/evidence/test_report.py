"""The report: plain data, and one HTML file that needs nothing else."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from liveness.analysis import AnalysisRules, judge
from liveness.challenge.asked import Asked
from liveness.challenge.challenge import once_each
from liveness.challenge.schedule import Prompt, PromptSchedule
from liveness.evidence.report import KeyFrame, as_data, render_html, render_report
from liveness.evidence.review import read_review, write_review
from liveness.pad.detector import EvidenceDetector
from liveness.pad.policy import PadPolicy
from liveness.verdict import Action, Outcome, Profile
from models.comparison import Comparison, Match
from tests.liveness.builders import make_observations, make_samplers, make_samples
from tests.liveness.continuity.heads import EmbedBrightness, paint_heads

ASKED = (Action.NOD, Action.MOUTH, Action.BLINK)
COMPARED = Comparison(Match.MATCHED, 0.71, 0.40, 0.0009, "sface", "1")


@pytest.fixture(scope="module")
def seen():
    samples = make_samples(seconds=8, nods=[(1.0, 2.1, 16)], mouths=[(3.0, 4.2, 1)], blinks=[(5.5, 6.0, 1)])
    return paint_heads(make_observations(samples), {range(1000): 200})


def analysis_of(seen, *actions):
    return judge(
        seen,
        Asked.of(actions),
        video_sha256="0" * 64,
        rules=AnalysisRules(),
        detector=EvidenceDetector(PadPolicy.load()),
        embedder=EmbedBrightness(),
        samplers=make_samplers(seen),
    )


class Reader(HTMLParser):
    """Collects what a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href", "srcset")]


def test_a_pass_is_told_as_data_with_texts(seen):
    data = as_data(analysis_of(seen, *ASKED), comparison=COMPARED)
    assert json.loads(json.dumps(data)) == data
    assert data["outcome"] == "passed"
    assert [action["action"] for action in data["actions"]] == ["nod", "mouth", "blink"]
    assert all(action["measured"] >= action["required"] for action in data["actions"])
    assert data["comparison"]["match"] == "matched"
    assert data["best_frame_ms"] is not None


def test_a_failure_carries_its_remedies(seen):
    data = as_data(analysis_of(seen, Action.BLINK, Action.NOD))
    assert data["outcome"] == "failed"
    assert data["actions"][1]["code"] == "action.nod.out_of_order"
    assert data["reasons"][0]["remedy"]["zh"]


def test_the_page_fetches_nothing_and_runs_nothing(seen):
    page = render_html(analysis_of(seen, *ASKED), title="<clip> & co.mp4", comparison=COMPARED)
    reader = Reader()
    reader.feed(page)
    assert reader.fetched
    assert all(link.startswith("data:image/jpeg;base64,") for link in reader.fetched)
    assert "script" not in reader.tags
    assert "<clip>" not in page
    assert not re.search(r"url\(|@import", page)


def test_the_plot_marks_the_events_that_answer_the_challenge(seen):
    analysis = analysis_of(seen, *ASKED)
    page = render_html(analysis, title="clip.mp4")
    assert page.count('<circle cx="') >= 3
    assert [number for number in "123" if f'font-weight="700">{number}</text>' in page] == ["1", "2", "3"]
    for title in ("点头 nod", "张嘴 mouth", "眨眼 blink", "画质 quality", "人脸数 faces", "是否同一人"):
        assert title in page
    assert "转头 turn" not in page
    assert "nan" not in page[page.index("<svg") : page.index("</svg>")]


def test_a_clip_without_a_face_can_still_be_reported():
    analysis = analysis_of(make_observations(unseen=range(90)), *ASKED)
    assert analysis.verdict.outcome is Outcome.UNDECIDED
    assert analysis.probe is None
    assert analysis.audit_frames == ()
    assert "看不到人脸" in render_html(analysis, title="empty.mp4")


def test_pictures_of_the_report_are_those_of_the_events(seen):
    analysis = analysis_of(seen, *ASKED)
    roles = [frame.role for frame in analysis.audit_frames]
    assert set(roles) == {"start", "end", "neutral", "nod", "mouth", "blink"}
    assert analysis.probe is not None
    assert analysis.probe.image.dtype == np.uint8


def test_prompts_windows_and_reactions_of_a_timed_challenge_are_shown(seen):
    prompts = (
        Prompt(0, 1, Action.NOD, 600, 4000),
        Prompt(1, 1, Action.MOUTH, 2550, 6000),
        Prompt(2, 1, Action.BLINK, 4900, 8000),
    )
    asked = Asked(once_each(ASKED), Profile.TIMED, PromptSchedule(prompts))
    analysis = judge(
        seen,
        asked,
        video_sha256="0" * 64,
        rules=AnalysisRules(),
        detector=EvidenceDetector(PadPolicy.load()),
        embedder=EmbedBrightness(),
        samplers=make_samplers(seen),
    )
    page = render_html(analysis, title="clip.mp4")
    assert page.count("提示 点头") == page.count("提示 张嘴") == page.count("提示 眨眼") == 1
    reactions = as_data(analysis)["reactions"]
    assert [reaction["action"] for reaction in reactions] == ["nod", "mouth", "blink"]
    assert all(reaction["reaction_ms"] > 150 for reaction in reactions)
    assert "反应时间 <small>" in page


def test_what_was_stored_gives_the_same_page_as_what_was_judged(seen):
    analysis = analysis_of(seen, *ASKED)
    stored = read_review(write_review(analysis, outcome=Outcome.PASSED, comparison=COMPARED))
    again = render_report(
        stored["report"],
        title="clip.mp4",
        outcome=Outcome(stored["outcome"]),
        timeline_svg=stored["timeline_svg"],
        frames=[KeyFrame(frame.role, frame.time_ms, frame.jpeg) for frame in analysis.audit_frames],
    )
    Reader().feed(again)
    assert "<svg" in again
    assert again.count("<figure>") == len(analysis.audit_frames)
    with pytest.raises(ValueError, match="stored review"):
        read_review(b"{}")
