"""Verdicts on made videos. A puppet is a warped still: what passes here proves the line, not its accuracy."""

from pathlib import Path

import pytest

from liveness.analysis import analyse_video
from liveness.pad.policy import Finding, Weight
from liveness.synthesis import Species
from liveness.verdict import Action, Outcome, PadDecision, Verdict
from models.weights import WeightStore
from tests.clips import MadeClip

pytestmark = pytest.mark.slow

ASKED = (Action.NOD, Action.MOUTH, Action.BLINK)
ANOTHER_ORDER = (Action.BLINK, Action.NOD, Action.MOUTH)

EVIDENCE = {
    Species.PRINT: "life",
    Species.BENT_PRINT: "planar_motion",
    Species.SPLICE: "cut",
    Species.FREEZE: "frozen_picture",
    Species.STILL: "frozen_picture",
    Species.LOOP: "repeated_pictures",
    Species.INJECTED: "frozen_picture",
}
"""What gives each attack away. A replay shows a real head's motion: what its screen leaves only supports."""

BEHIND_A_FLASH = 5
"""A seed whose splice is covered by a white picture."""


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
def test_an_attack_is_kept_out_by_the_evidence_it_leaves(
    made_clip: MadeClip, weights: WeightStore, species: Species, evidence: str
) -> None:
    analysis = analyse_video(
        Path(made_clip(attack=species, actions=ASKED).path), actions=ASKED, weights=weights
    )
    assert analysis.verdict.outcome is not Outcome.PASSED
    assert analysis.pad_alone is not PadDecision.BONA_FIDE
    found = {item.name: item.finding for item in analysis.evidence}
    assert found[evidence] in {Finding.ATTACK, Finding.DOUBTFUL}


def test_a_cut_behind_a_flash_leaves_the_answer_open(made_clip: MadeClip, weights: WeightStore) -> None:
    clip = made_clip(attack=Species.SPLICE, actions=ASKED, seed=BEHIND_A_FLASH)
    verdict = verdict_on(clip.path, weights)
    assert verdict.outcome is Outcome.UNDECIDED
    assert [reason.code for reason in verdict.reasons] == ["pad.hidden_cut"]


def test_a_file_fed_past_the_camera_shows_its_clock_and_its_writer(
    made_clip: MadeClip, weights: WeightStore
) -> None:
    clip = made_clip(attack=Species.INJECTED, actions=ASKED)
    analysis = analyse_video(Path(clip.path), actions=ASKED, weights=weights)
    named = {"frame_clock", "sensor_noise", "encoder"}
    hints = [item for item in analysis.evidence if item.name in named]
    assert {item.name for item in hints if item.finding is Finding.DOUBTFUL} == named
    assert all(item.weight is Weight.INFORMS for item in hints)


def test_a_replay_leaves_traces_of_its_screen(made_clip: MadeClip, weights: WeightStore) -> None:
    clip = made_clip(attack=Species.REPLAY, actions=ANOTHER_ORDER)
    analysis = analyse_video(Path(clip.path), actions=ANOTHER_ORDER, weights=weights)
    traces = {item.name for item in analysis.evidence if item.finding is Finding.ATTACK}
    assert traces & {"screen_edges", "moire", "texture"}
