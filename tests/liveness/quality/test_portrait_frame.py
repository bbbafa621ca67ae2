"""The frame that is compared."""

from dataclasses import replace

from liveness.actions.events import ActionRules, find_events
from liveness.quality.portrait_frame import choose_neutral, neutrality
from tests.liveness.builders import GOOD, make_observations, make_samples

MOVING = make_samples(nods=[(1.0, 2.0, 16)], mouths=[(2.6, 3.6, 1)], blinks=[(4.2, 4.8, 1)])


def test_the_frame_lies_in_no_movement_and_inside_the_proven_stretch():
    seen = make_observations(MOVING)
    events = find_events(seen.signals, ActionRules())
    assert len(events) == 3
    chosen = choose_neutral(seen, events, events)
    assert chosen is not None
    assert all(not event.start_ms <= chosen.time_ms <= event.end_ms for event in events)
    assert events[0].start_ms < chosen.time_ms < events[-1].end_ms


def test_a_far_better_frame_outside_the_stretch_is_preferred():
    seen = make_observations(MOVING)
    events = find_events(seen.signals, ActionRules())
    dim = replace(GOOD, light=20.0, sharpness=5.0)
    notes = tuple(note if note.time_ms > 5000 else replace(note, quality=dim) for note in seen.notes)
    chosen = choose_neutral(replace(seen, notes=notes), events, events)
    assert chosen is not None
    assert chosen.time_ms > 5000


def test_no_frame_is_chosen_where_none_shows_a_usable_face():
    assert choose_neutral(make_observations(unseen=range(90)), (), ()) is None
    turned = make_samples(shakes=[(-10, 16, 60)])
    assert choose_neutral(make_observations(turned), (), ()) is None


def test_neutral_is_better_than_turned_blinking_speaking_or_blurred():
    (note, *_) = make_observations().notes
    best = neutrality(note)
    for worse in (
        replace(note, sample=replace(note.sample, yaw_deg=20.0)),
        replace(note, sample=replace(note.sample, right_blink=0.7)),
        replace(note, sample=replace(note.sample, mouth=0.2)),
        replace(note, quality=replace(GOOD, sharpness=20.0)),
        replace(note, quality=replace(GOOD, light=50.0)),
    ):
        assert neutrality(worse) < best
