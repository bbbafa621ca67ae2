"""Smiles, from the face's own rest."""

from dataclasses import replace

import pytest

from liveness.actions.events import ActionRules, find_events, strongest
from liveness.observation.signals import Signals
from liveness.verdict import Action
from tests.liveness.builders import make_samples, make_signals


def kinds(samples) -> list[Action]:
    return [event.action for event in find_events(Signals.of(samples))]


def test_a_smile_is_found_at_its_time():
    (event,) = find_events(make_signals(smiles=[(2.0, 3.5, 0.9)]))
    assert event.action is Action.SMILE
    assert 2000 <= event.start_ms < event.peak_ms < event.end_ms <= 3600
    assert event.measured > event.required


@pytest.mark.parametrize(
    "smile",
    [(2.0, 3.5, 0.3), (2.0, 2.3, 0.9), (-1.0, 2.0, 0.9), (4.5, 9.0, 0.9)],
    ids=["faint", "a-twitch", "from-the-start", "never-ending"],
)
def test_what_is_no_whole_smile_does_not_count(smile):
    assert kinds(make_samples(smiles=[smile])) == []


def test_score_without_geometry_and_geometry_without_score_are_no_smile():
    smiling = make_samples(smiles=[(2.0, 3.5, 0.9)])
    assert kinds([replace(sample, mouth_width=0.6) for sample in smiling]) == []
    assert kinds([replace(sample, smile=0.0) for sample in smiling]) == []


def test_a_face_that_smiles_by_nature_must_smile_more():
    resting = [replace(sample, smile=0.5 + sample.smile) for sample in make_samples(smiles=[(2.0, 3.5, 0.2)])]
    assert kinds(resting) == []
    assert strongest(Action.SMILE, Signals.of(resting), ActionRules()) == pytest.approx(0.2, abs=0.02)


def test_a_smile_while_the_head_turns_is_not_judged():
    assert Action.SMILE not in kinds(make_samples(smiles=[(2.0, 3.5, 0.9)], shakes=[(2.0, 3.5, 40)]))
