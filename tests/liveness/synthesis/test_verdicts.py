"""Verdicts on made videos. A puppet is a warped still: what passes here proves the line, not its accuracy."""

from pathlib import Path

import pytest

from liveness.analysis import analyse_video
from liveness.synthesis import Species
from liveness.verdict import Action, Outcome, PadDecision, Verdict
from models.weights import WeightStore
from tests.clips import MadeClip

pytestmark = pytest.mark.slow

ASKED = (Action.NOD, Action.MOUTH, Action.BLINK)
ANOTHER_ORDER = (Action.BLINK, Action.NOD, Action.MOUTH)

EVIDENCE = {
    Species.PRINT: "pad.planar_motion",
    Species.BENT_PRINT: "pad.planar_motion",
    Species.SPLICE: "pad.cut",
    Species.FREEZE: "pad.frozen_picture",
    Species.STILL: "pad.frozen_picture",
}
"""What gives each attack away. A replay shows a real head's motion: only the order drawn stops it."""


def verdict_on(path: str, weights: WeightStore) -> Verdict:
    return analyse_video(Path(path), actions=ASKED, weights=weights).verdict


def test_the_actions_in_the_order_asked_pass(made_clip: MadeClip, weights: WeightStore) -> None:
    verdict = verdict_on(made_clip(actions=ASKED).path, weights)
    assert verdict.outcome is Outcome.PASSED, verdict.reasons


def test_the_same_actions_in_another_order_fail(made_clip: MadeClip, weights: WeightStore) -> None:
    verdict = verdict_on(made_clip(actions=ANOTHER_ORDER).path, weights)
    assert verdict.outcome is Outcome.FAILED


def test_a_replay_recorded_in_another_order_fails(made_clip: MadeClip, weights: WeightStore) -> None:
    verdict = verdict_on(made_clip(attack=Species.REPLAY, actions=ANOTHER_ORDER).path, weights)
    assert verdict.outcome is Outcome.FAILED


@pytest.mark.parametrize(("species", "evidence"), list(EVIDENCE.items()), ids=list(EVIDENCE))
def test_an_attack_is_found_by_the_evidence_it_leaves(
    made_clip: MadeClip, weights: WeightStore, species: Species, evidence: str
) -> None:
    verdict = verdict_on(made_clip(attack=species, actions=ASKED).path, weights)
    assert verdict.outcome is Outcome.FAILED
    assert verdict.pad is PadDecision.ATTACK_PRESENTATION
    assert evidence in {reason.code for reason in verdict.reasons}
