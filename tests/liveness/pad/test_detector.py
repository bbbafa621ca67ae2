"""All evidence of one presentation, and the decision made of it."""

import math
from dataclasses import replace

import pytest

from liveness.actions.events import ActionRules, find_events
from liveness.pad.detector import EvidenceDetector, decide
from liveness.pad.measurement import Measurement, Unit
from liveness.pad.policy import Finding, PadPolicy
from liveness.pad.presentation import Presentation
from liveness.verdict import PadDecision
from tests.liveness.builders import make_observations, make_samplers, make_samples

NODDING = make_samples(nods=[(2.0, 3.2, 18)], blinks=[(4.0, 4.5, 1)])
RULE = {"weight": "gates", "worse": "above", "attack": 10, "doubtful": 5}
SUPPORT = RULE | {"weight": "supports"}


def detect(observations, policy="standard"):
    events = find_events(observations.signals, ActionRules())
    watched = make_samplers(observations).pad
    return EvidenceDetector(PadPolicy.load(policy)).detect(Presentation(observations, events, watched))


def findings(result):
    return {item.name: item.finding for item in result.evidence}


def codes(result):
    return [reason.code for reason in result.reasons]


def values(**named):
    return [Measurement(name, value, Unit.RATIO) for name, value in named.items()]


def policy_of(evidence, **table):
    return PadPolicy.parse("one", {"version": "1", "evidence": evidence, **table})


def test_a_head_that_nods_and_blinks_is_bona_fide():
    result = detect(make_observations(NODDING))
    assert result.decision is PadDecision.BONA_FIDE
    assert result.reasons == ()


def test_a_flat_picture_that_is_tilted_is_an_attack():
    result = detect(make_observations(NODDING, flat=True))
    assert result.decision is PadDecision.ATTACK_PRESENTATION
    assert codes(result) == ["pad.planar_motion"]


def test_a_face_that_does_nothing_is_no_attack_and_does_not_pass():
    result = detect(make_observations(make_samples()))
    assert result.decision is PadDecision.INCONCLUSIVE
    assert codes(result) == ["pad.life"]
    assert findings(result)["planar_motion"] is Finding.NOT_MEASURABLE


def test_a_blink_alone_is_a_sign_of_life_though_nothing_is_said_of_depth():
    result = detect(make_observations(make_samples(blinks=[(2.0, 2.5, 1)])))
    assert result.decision is PadDecision.BONA_FIDE


@pytest.mark.parametrize("flat", [True, False])
def test_a_nod_whose_depth_cannot_be_told_leaves_the_answer_open(flat):
    seen = make_observations(NODDING, flat=flat)
    result = detect(replace(seen, notes=tuple(replace(note, rigid=None) for note in seen.notes)))
    assert result.decision is PadDecision.INCONCLUSIVE
    assert codes(result) == ["pad.planar_motion"]


def test_pixels_nobody_looked_at_leave_the_answer_open():
    seen = make_observations(NODDING)
    events = find_events(seen.signals, ActionRules())
    result = EvidenceDetector(PadPolicy.load()).detect(Presentation(seen, events))
    assert result.decision is PadDecision.INCONCLUSIVE


def test_a_picture_that_stands_still_is_an_attack():
    result = detect(make_observations(NODDING, changes=dict.fromkeys(range(20, 40), 0.0)))
    assert codes(result) == ["pad.frozen_picture"]


@pytest.mark.parametrize(
    ("held", "decision"),
    [
        (range(20, 28), PadDecision.BONA_FIDE),
        (range(20, 31), PadDecision.INCONCLUSIVE),
        (range(20, 36), PadDecision.ATTACK_PRESENTATION),
    ],
    ids=["600 ms", "800 ms", "1133 ms"],
)
def test_a_camera_may_stutter_for_half_a_second_and_not_much_longer(held, decision):
    assert detect(make_observations(NODDING, changes=dict.fromkeys(held, 0.0))).decision is decision


def test_a_held_picture_that_the_codec_writes_anew_is_still_held():
    held = dict.fromkeys(range(20, 36), 0.0)
    assert codes(detect(make_observations(NODDING, changes=held | {27: 1.2}))) == ["pad.frozen_picture"]
    moved = detect(make_observations(NODDING, changes=held | {27: 1.2, 28: 1.2}))
    assert moved.decision is PadDecision.BONA_FIDE


def test_a_cut_is_an_attack_and_a_fast_movement_is_not():
    cut = detect(make_observations(NODDING, changes={40: 45.0}))
    assert [(reason.code, reason.at_ms) for reason in cut.reasons] == [("pad.cut", 2667)]
    fast = {37: 4.0, 38: 10.0, 39: 30.0, 40: 45.0, 41: 30.0, 42: 10.0, 43: 4.0}
    assert detect(make_observations(NODDING, changes=fast)).decision is PadDecision.BONA_FIDE


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(dict.fromkeys(range(34, 40), 0.0) | {40: 45.0}, id="behind held frames"),
        pytest.param({40: 45.0, 41: 48.0}, id="behind one other frame"),
        pytest.param({38: 60.0, 41: 45.0}, id="behind a flash of three frames"),
        pytest.param({36: 60.0, 38: 60.0, 40: 45.0}, id="behind a flash that went before"),
        pytest.param({34: 60.0, 36: 60.0, 38: 60.0, 39: 60.0, 42: 45.0}, id="behind flashes"),
        pytest.param(dict.fromkeys(range(36, 41), 60.0), id="behind frames of something else"),
    ],
)
def test_a_cut_that_is_hidden_leaves_the_answer_open_since_a_stutter_looks_like_it(changes):
    result = detect(make_observations(NODDING, changes=changes))
    assert result.decision is PadDecision.INCONCLUSIVE
    assert codes(result) == ["pad.hidden_cut"]


def test_a_camera_that_stutters_while_little_moves_is_no_attack():
    stutter = dict.fromkeys(range(31, 40), 0.0) | {40: 14.0, 41: 0.9, 42: 0.8, 43: 2.0, 44: 1.0}
    assert detect(make_observations(NODDING, changes=stutter)).decision is PadDecision.BONA_FIDE


def test_the_policy_for_made_videos_only_informs_of_planes():
    result = detect(make_observations(NODDING, flat=True), "synthetic")
    assert result.decision is PadDecision.BONA_FIDE
    assert findings(result)["planar_motion"] is Finding.ATTACK


def test_the_strict_policy_passes_nobody_whose_skin_was_not_looked_at():
    result = detect(make_observations(NODDING), "strict")
    assert result.decision is PadDecision.INCONCLUSIVE
    assert codes(result) == ["pad.texture"]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("rule", [RULE, RULE | {"worse": "below", "attack": 1}], ids=["above", "below"])
def test_what_is_no_number_is_not_clear(rule, number):
    assert decide(policy_of({"cut": rule}), values(cut=number)).decision is PadDecision.INCONCLUSIVE


def test_evidence_that_a_policy_wants_and_nobody_measures_leaves_the_answer_open():
    result = decide(policy_of({"cut": RULE, "texture": RULE}), values(cut=0.0))
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
    assert decide(policy_of({"cut": RULE}), values(cut=measured)).decision is decision


@pytest.mark.parametrize(
    ("agreeing", "decision"),
    [
        (1, PadDecision.BONA_FIDE),
        (2, PadDecision.INCONCLUSIVE),
        (3, PadDecision.ATTACK_PRESENTATION),
    ],
)
def test_supporting_evidence_counts_only_where_it_agrees(agreeing, decision):
    names = ("texture", "moire", "screen_edges")
    policy = policy_of({"cut": RULE, **dict.fromkeys(names, SUPPORT)}, agreement={"doubt": 2, "attack": 3})
    shown = {name: 20.0 if index < agreeing else 0.0 for index, name in enumerate(names)}
    result = decide(policy, values(cut=0.0, **shown))
    assert result.decision is decision
    assert codes(result) == ([] if agreeing == 1 else [f"pad.{name}" for name in names[:agreeing]])


def test_supporting_evidence_that_is_not_measured_counts_for_nothing():
    result = decide(policy_of({"cut": RULE, "texture": SUPPORT}), values(cut=0.0))
    assert result.decision is PadDecision.BONA_FIDE
    assert findings(result)["texture"] is Finding.NOT_MEASURABLE
