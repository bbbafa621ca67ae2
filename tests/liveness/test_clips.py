"""Measured on labelled recordings of people and of attacks on paper and screen.

The floors are a little below what was reached when they were set. The set is small, so they guard against a
step back; they are no claim about other people.
"""

from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path

import pytest

from liveness.actions.events import ActionRules, find_events
from liveness.analysis import AnalysisRules, analyse_video, judge
from liveness.challenge.asked import Asked
from liveness.evaluation.label_reading import read_labels
from liveness.evaluation.labels import LabelledClip
from liveness.evaluation.matching import Score, score_events
from liveness.observation.observer import Observations
from liveness.pad.detector import EvidenceDetector
from liveness.pad.policy import PadPolicy
from liveness.verdict import STANDARD_ACTIONS, Action, ActionEvent, Outcome, PadDecision
from models.weights import WeightStore
from tests.liveness.conftest import Observe

pytestmark = [pytest.mark.clips, pytest.mark.slow, pytest.mark.timeout(1500)]

NOD, MOUTH, BLINK = Action.NOD, Action.MOUTH, Action.BLINK
LEAST_F1 = {BLINK: 0.92, NOD: 0.87, MOUTH: 0.85}
ORDERS = tuple(permutations((NOD, MOUTH, BLINK)))


@dataclass
class Judged:
    """Every readable clip with its label, what was observed and what was found."""

    clips: list[tuple[LabelledClip, Observations, tuple[ActionEvent, ...]]] = field(default_factory=list)
    unreadable: list[LabelledClip] = field(default_factory=list)

    def of_kind(self, *kinds: str) -> list[tuple[LabelledClip, Observations, tuple[ActionEvent, ...]]]:
        return [entry for entry in self.clips if entry[0].kind in kinds]


@pytest.fixture(scope="module")
def judged(clips_dir: Path, observe_clip: Observe) -> Judged:
    found = Judged()
    for clip in (clip for clip in read_labels(clips_dir).clips if not clip.is_still):
        seen = observe_clip(clip.file)
        if isinstance(seen, Observations):
            found.clips.append((clip, seen, find_events(seen.signals, ActionRules())))
        else:
            found.unreadable.append(clip)
    return found


def outcome(seen: Observations, *requested: Action):
    return judge(
        seen,
        Asked.of(requested),
        video_sha256="",
        rules=AnalysisRules(),
        detector=EvidenceDetector(PadPolicy.load()),
        embedder=None,
    ).verdict


@pytest.mark.parametrize("action", STANDARD_ACTIONS)
def test_events_of_people_are_found(judged, action):
    total = Score()
    for clip, _, events in judged.of_kind("bona_fide"):
        if clip.is_labelled_for(action):
            total += score_events(clip.truth(action), [event for event in events if event.action is action])
    print(f"{action}: {total} precision {total.precision:.3f} recall {total.recall:.3f} F1 {total.f1:.3f}")  # noqa: T201
    assert total.f1 >= LEAST_F1[action]
    assert total.precision >= 0.9


def test_blinks_and_mouths_are_found_on_no_photograph(judged):
    prints = judged.of_kind("print")
    assert len(prints) >= 8
    fired = [(clip.file, event) for clip, _, events in prints for event in events if event.action is not NOD]
    assert fired == []


def test_no_attack_passes_any_order(judged):
    attacks = judged.of_kind("print", "replay")
    assert len(attacks) >= 10
    passed = [
        (clip.file, order)
        for clip, seen, _ in attacks
        for order in ORDERS
        if outcome(seen, *order).outcome is Outcome.PASSED
    ]
    assert passed == []


def test_no_photograph_passes_even_the_single_nod_it_can_fake(judged):
    passed = [
        clip.file for clip, seen, _ in judged.of_kind("print") if outcome(seen, NOD).outcome is Outcome.PASSED
    ]
    assert passed == []


def test_no_person_is_called_an_attack(judged):
    called = [
        clip.file
        for clip, seen, _ in judged.of_kind("bona_fide")
        if outcome(seen, NOD).pad is PadDecision.ATTACK_PRESENTATION
    ]
    assert called == []


def test_people_are_admitted_but_for_those_labelled_to_be_refused(judged):
    refused = {clip.file for clip in judged.unreadable if clip.kind == "bona_fide"}
    refused |= {
        clip.file
        for clip, seen, _ in judged.of_kind("bona_fide")
        if outcome(seen, NOD).pad is PadDecision.INCONCLUSIVE
    }
    expected = {clip.file for clip, _, _ in judged.clips if clip.expects_refusal}
    expected |= {clip.file for clip in judged.unreadable if clip.expects_refusal}
    assert expected <= refused
    assert len(refused - expected) <= 1


@pytest.mark.parametrize(
    ("file", "shown", "wrong"),
    [
        ("lp_d3.mp4", (BLINK, MOUTH), (MOUTH, BLINK)),
        ("lp_d18.mp4", (MOUTH, BLINK), (BLINK, MOUTH, MOUTH)),
        ("lp_d10.mp4", (MOUTH, BLINK, MOUTH), (MOUTH, BLINK, MOUTH, BLINK)),
        ("tv_real.mp4", (NOD, BLINK), (NOD, MOUTH)),
        ("lp_d9.mp4", (NOD, BLINK), (MOUTH,)),
        ("vr_face4.mp4", (NOD, BLINK), (MOUTH, NOD)),
        ("ed_mouth.mp4", (NOD, BLINK), (BLINK, NOD, MOUTH)),
        ("lp_s18.mp4", (BLINK, BLINK), (NOD,)),
    ],
)
def test_people_pass_the_order_they_show_and_fail_another(clips_dir, observe_clip, file, shown, wrong):
    seen = observe_clip(file)
    assert isinstance(seen, Observations)
    assert outcome(seen, *shown).outcome is Outcome.PASSED
    assert outcome(seen, *wrong).outcome is Outcome.FAILED


def test_the_whole_analysis_agrees_on_one_recording(clips_dir, weights: WeightStore):
    analysis = analyse_video(clips_dir / "lp_d3.mp4", actions=(BLINK, MOUTH), weights=weights)
    assert analysis.verdict.outcome is Outcome.PASSED
    assert analysis.probe is not None
