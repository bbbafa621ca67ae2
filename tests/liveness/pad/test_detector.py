"""Evidence of an attack, and what a policy makes of it."""

from dataclasses import replace

import pytest

from liveness.actions.events import ActionRules, find_events
from liveness.errors import UnknownPadPolicy
from liveness.pad.detector import MotionDetector, decide
from liveness.pad.policy import EvidenceRule, Finding, PadPolicy, Weight, Worse
from liveness.verdict import PadDecision
from tests.liveness.builders import make_observations, make_samples

NODDING = make_samples(nods=[(2.0, 3.2, 18)])
RULE = {"weight": "gates", "worse": "above", "attack": 10, "doubtful": 5}


def detect(observations, policy="standard"):
    detector = MotionDetector(PadPolicy.load(policy))
    return detector.detect(observations, find_events(observations.signals, ActionRules()))


def findings(result):
    return {item.name: item.finding for item in result.evidence}


def test_a_head_that_nods_is_bona_fide():
    result = detect(make_observations(NODDING))
    assert result.decision is PadDecision.BONA_FIDE
    assert result.reasons == ()


def test_a_flat_picture_that_is_tilted_is_an_attack():
    result = detect(make_observations(NODDING, flat=True))
    assert result.decision is PadDecision.ATTACK_PRESENTATION
    assert [reason.code for reason in result.reasons] == ["pad.planar_motion"]


def test_without_a_nod_nothing_is_said_of_depth():
    result = detect(make_observations(make_samples(), flat=True))
    planar = next(item for item in result.evidence if item.name == "planar_motion")
    assert planar.measured is None
    assert planar.finding is Finding.CLEAR


@pytest.mark.parametrize("flat", [True, False])
def test_a_nod_whose_depth_cannot_be_told_leaves_the_answer_open(flat):
    seen = make_observations(NODDING, flat=flat)
    result = detect(replace(seen, notes=tuple(replace(note, rigid=None) for note in seen.notes)))
    assert result.decision is PadDecision.INCONCLUSIVE
    assert [reason.code for reason in result.reasons] == ["pad.planar_motion"]


def test_what_is_no_number_is_not_clear():
    policy = PadPolicy.parse("one", {"evidence": {"cut": RULE}})
    assert decide(policy, {"cut": (float("nan"), 0)}).decision is PadDecision.INCONCLUSIVE


def test_a_picture_that_stands_still_is_an_attack():
    result = detect(make_observations(changes=dict.fromkeys(range(20, 40), 0.0)))
    assert [reason.code for reason in result.reasons] == ["pad.frozen_picture"]


def test_a_camera_that_stutters_is_no_attack():
    stutter = dict.fromkeys((10, 11, 12, 30, 31), 0.0) | {13: 6.0, 32: 7.0}
    assert detect(make_observations(changes=stutter)).decision is PadDecision.BONA_FIDE


def test_a_cut_is_an_attack_and_a_fast_movement_is_not():
    cut = detect(make_observations(changes={40: 45.0}))
    assert [(reason.code, reason.at_ms) for reason in cut.reasons] == [("pad.cut", 2667)]
    fast = dict.fromkeys(range(38, 43), 30.0) | {40: 45.0}
    assert detect(make_observations(changes=fast)).decision is PadDecision.BONA_FIDE


def test_the_policy_for_made_videos_only_informs_of_planes_and_says_its_name():
    result = detect(make_observations(NODDING, flat=True), "synthetic")
    assert result.decision is PadDecision.BONA_FIDE
    assert findings(result)["planar_motion"] is Finding.ATTACK
    assert PadPolicy.load("synthetic").identity.startswith("synthetic-")


def test_an_empty_policy_is_refused():
    with pytest.raises(ValueError, match="no evidence that decides"):
        PadPolicy.parse("empty", {"version": "1", "evidence": {}})


def test_a_policy_that_only_informs_is_refused():
    with pytest.raises(ValueError, match="no evidence that decides"):
        PadPolicy.parse("soft", {"evidence": {"cut": RULE | {"weight": "informs"}}})


def test_an_unknown_policy_names_the_known():
    with pytest.raises(UnknownPadPolicy, match="standard"):
        PadPolicy.load("lenient")


def test_evidence_that_a_policy_wants_and_nobody_measures_leaves_the_answer_open():
    policy = PadPolicy.parse("strict", {"evidence": {"cut": RULE, "texture": RULE}})
    result = decide(policy, {"cut": (0.0, None)})
    assert result.decision is PadDecision.INCONCLUSIVE


@pytest.mark.parametrize(
    ("measured", "decision"),
    [
        (4.9, PadDecision.BONA_FIDE),
        (5.0, PadDecision.INCONCLUSIVE),
        (9.9, PadDecision.INCONCLUSIVE),
        (10.0, PadDecision.ATTACK_PRESENTATION),
    ],
)
def test_a_gate_doubts_before_it_decides(measured, decision):
    policy = PadPolicy.parse("one", {"evidence": {"cut": RULE}})
    assert decide(policy, {"cut": (measured, 0)}).decision is decision


def test_the_doubtful_range_must_lie_before_the_attack():
    with pytest.raises(ValueError, match="before the attack"):
        EvidenceRule(weight=Weight.GATES, worse=Worse.BELOW, attack=0.3, doubtful=0.2)
