"""Policies are data: what is empty, soft or unknown is refused."""

import pytest

from liveness.errors import PadPolicyUnfit, UnknownPadPolicy
from liveness.pad.measurement import Measurement, Unit
from liveness.pad.policy import Agreement, EvidenceRule, Finding, PadPolicy, Weight, Worse

RULE = {"weight": "gates", "worse": "above", "attack": 10, "doubtful": 5}


def test_an_empty_policy_is_refused():
    with pytest.raises(ValueError, match="no evidence that decides"):
        PadPolicy.parse("empty", {"version": "1", "evidence": {}})


@pytest.mark.parametrize("weight", ["informs", "supports"])
def test_a_policy_without_a_gate_is_refused(weight):
    with pytest.raises(ValueError, match="no evidence that decides"):
        PadPolicy.parse("soft", {"evidence": {"cut": RULE | {"weight": weight}}})


def test_an_unknown_policy_names_the_known():
    with pytest.raises(UnknownPadPolicy, match="standard"):
        PadPolicy.load("lenient")


@pytest.mark.parametrize("name", ["standard", "strict", "synthetic"])
def test_the_shipped_policies_name_themselves_with_their_version(name):
    assert PadPolicy.load(name).identity == f"{name}-4"


@pytest.mark.parametrize("name", ["standard", "strict"])
def test_policies_for_people_are_fit_for_production(name):
    PadPolicy.load(name).require_fit_for_production()


def test_the_policy_for_made_videos_is_not():
    with pytest.raises(PadPolicyUnfit, match="planar_motion must gate"):
        PadPolicy.load("synthetic").require_fit_for_production()


def test_a_policy_without_a_version_is_not():
    rules = PadPolicy.load().rules
    with pytest.raises(PadPolicyUnfit, match="no version"):
        PadPolicy(name="own", version="", rules=rules).require_fit_for_production()


def test_a_policy_that_builds_on_another_changes_only_what_it_says():
    standard, synthetic = PadPolicy.load(), PadPolicy.load("synthetic")
    assert synthetic.rules["planar_motion"].weight is Weight.INFORMS
    assert synthetic.rules["planar_motion"].attack == standard.rules["planar_motion"].attack
    assert synthetic.rules["cut"] == standard.rules["cut"]


@pytest.mark.parametrize(
    ("attack", "doubtful"), [(None, float("nan")), (float("nan"), 1.0), (None, float("inf"))]
)
def test_a_threshold_that_nothing_reaches_is_refused(attack, doubtful):
    with pytest.raises(ValueError, match="threshold"):
        EvidenceRule(weight=Weight.GATES, worse=Worse.ABOVE, attack=attack, doubtful=doubtful)


def test_the_doubtful_range_must_lie_before_the_attack():
    with pytest.raises(ValueError, match="before the attack"):
        EvidenceRule(weight=Weight.GATES, worse=Worse.BELOW, attack=0.3, doubtful=0.2)


@pytest.mark.parametrize("numbers", [(0, 1), (3, 2)])
def test_agreement_takes_at_least_one_and_an_attack_no_fewer_than_a_doubt(numbers):
    with pytest.raises(ValueError, match="at least one"):
        Agreement(*numbers)


def test_what_can_only_be_a_doubt_never_becomes_an_attack():
    rule = EvidenceRule(weight=Weight.GATES, worse=Worse.BELOW, attack=None, doubtful=0.5)
    assert rule.judge(-1000.0) is Finding.DOUBTFUL


@pytest.mark.parametrize(
    ("weight", "expected", "finding"),
    [
        (Weight.GATES, True, Finding.DOUBTFUL),
        (Weight.GATES, False, Finding.NOT_MEASURABLE),
        (Weight.SUPPORTS, True, Finding.NOT_MEASURABLE),
    ],
)
def test_a_gate_doubts_what_should_have_been_measurable(weight, expected, finding):
    rule = EvidenceRule(weight=weight, worse=Worse.ABOVE, attack=2.0, doubtful=1.0)
    assert rule.place(Measurement("cut", None, Unit.RATIO, expected=expected)) is finding


@pytest.mark.parametrize("name", ["standard", "strict"])
def test_skin_that_moves_as_a_plane_leaves_a_doubt_whatever_the_landmarks_say(name):
    rule = PadPolicy.load(name).rules["surface_motion"]
    assert rule.weight is Weight.GATES
    made_print, person = 0.04, 0.55
    assert rule.judge(made_print) is Finding.DOUBTFUL
    assert rule.judge(person) is Finding.CLEAR
