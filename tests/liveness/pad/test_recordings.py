"""Attack detection alone on labelled recordings: no quality, no order of actions.

The floors lie between what was measured and the thresholds; the set is small and says nothing of others.
"""

from collections.abc import Callable

import pytest

from liveness.actions.events import ActionRules, find_events
from liveness.errors import VideoError
from liveness.evaluation.label_reading import read_labels
from liveness.pad.detector import EvidenceDetector, PadResult
from liveness.pad.policy import PadPolicy
from liveness.pad.presentation import Presentation
from liveness.quality.admission import QualityLimits, judge_quality
from liveness.verdict import PadDecision

pytestmark = [pytest.mark.clips, pytest.mark.slow, pytest.mark.timeout(1500)]

Judge = Callable[..., dict[str, PadResult]]


@pytest.fixture(scope="module")
def decided(clips_dir, look_at_clip) -> Judge:
    """Decisions by file of all readable recordings of a kind; `admitted` leaves out what quality refuses."""
    labels = read_labels(clips_dir).clips

    def decide(kind: str, *, policy: str = "standard", admitted: bool = False) -> dict[str, PadResult]:
        detector, results = EvidenceDetector(PadPolicy.load(policy)), {}
        for label in labels:
            looked = None if label.is_still or label.kind != kind else look_at_clip(label.file)
            if looked is None or isinstance(looked, VideoError):
                continue
            seen, samplers = looked
            refused = judge_quality(seen, QualityLimits(), framings=samplers.framing.readings)[0]
            if not (admitted and refused):
                events = find_events(seen.signals, ActionRules())
                results[label.file] = detector.detect(Presentation(seen, events, samplers.pad))
        return results

    return decide


def measured(result: PadResult, name: str) -> float | None:
    return next(item.measured for item in result.evidence if item.name == name)


def test_no_photograph_is_accepted_whatever_its_frame_rate(decided):
    prints = decided("print")
    assert len(prints) >= 8
    assert {file for file, result in prints.items() if result.decision is PadDecision.BONA_FIDE} == set()


def test_photographs_move_as_planes_and_people_do_not(decided):
    planes = [measured(result, "planar_motion") for result in decided("print").values()]
    heads = [measured(result, "planar_motion") for result in decided("bona_fide", admitted=True).values()]
    assert max(value for value in planes if value is not None) < 0.42
    assert min(value for value in heads if value is not None) > 0.6
    assert sum(value is not None for value in heads) >= 8


@pytest.mark.parametrize("policy", ["standard", "strict"])
def test_no_person_whom_quality_admits_is_called_an_attack(decided, policy):
    people = decided("bona_fide", policy=policy, admitted=True)
    assert len(people) >= 14
    called = {file for file, one in people.items() if one.decision is PadDecision.ATTACK_PRESENTATION}
    assert called == set()


def test_people_whom_quality_admits_are_accepted(decided):
    people = decided("bona_fide", admitted=True)
    open_ = {
        file: [reason.code for reason in one.reasons]
        for file, one in people.items()
        if one.decision is not PadDecision.BONA_FIDE
    }
    assert len(open_) <= 1, open_


def test_screens_leave_straight_edges(decided):
    edges = {file: measured(result, "screen_edges") for file, result in decided("replay").items()}
    assert edges
    assert all(value is not None and value > 1.0 for value in edges.values())
