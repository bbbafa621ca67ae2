"""The frame that is compared."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from liveness.actions.events import ActionRules, find_events
from liveness.observation.observer import Observations
from liveness.observation.picture import HeadPicture
from liveness.quality.portrait_frame import EDGE_MS, choose_portrait, neutrality
from tests.liveness.builders import GOOD, make_observations, make_samples
from tests.liveness.quality.pictures import FIVE_POINTS, SIDE, make_portrait

MOVING = make_samples(nods=[(1.0, 2.0, 16)], mouths=[(2.6, 3.6, 1)], blinks=[(4.2, 4.8, 1)])


@pytest.fixture(scope="module")
def seen() -> Observations:
    """Three actions, with a real face in every frame."""
    return paint(make_observations(MOVING))


def paint(observations: Observations) -> Observations:
    jpeg = cv2.imencode(".jpg", make_portrait())[1].tobytes()
    notes = tuple(
        note if note.head is None else replace(note, head=HeadPicture(note.time_ms, jpeg, FIVE_POINTS))
        for note in observations.notes
    )
    return replace(observations, notes=notes)


def events_of(observations):
    return find_events(observations.signals, ActionRules())


def spoil(observations, *, unless):
    """Blur every frame but those for whose time the condition holds."""
    blurred = replace(GOOD, sharpness=5.0, light=30.0)
    jpeg = cv2.imencode(".jpg", np.full((SIDE, SIDE, 3), 90, np.uint8))[1].tobytes()
    notes = tuple(
        note
        if unless(note.time_ms)
        else replace(note, quality=blurred, head=HeadPicture(note.time_ms, jpeg, FIVE_POINTS))
        for note in observations.notes
    )
    return replace(observations, notes=notes)


def test_the_frame_lies_in_no_movement_and_inside_the_proven_stretch(seen):
    events = events_of(seen)
    assert len(events) == 3
    chosen = choose_portrait(seen, events, events)
    assert chosen is not None
    assert chosen.quality.fit
    assert all(not event.start_ms <= chosen.note.time_ms <= event.end_ms for event in events)
    assert events[0].start_ms < chosen.note.time_ms < events[-1].end_ms


def test_a_far_better_frame_outside_the_stretch_is_not_taken(seen):
    events = events_of(seen)
    dimmed = replace(GOOD, sharpness=40.0, light=80.0)
    first, last = events[0].start_ms, events[-1].end_ms
    notes = tuple(
        replace(note, quality=dimmed) if first <= note.time_ms <= last else note for note in seen.notes
    )
    chosen = choose_portrait(replace(seen, notes=notes), events, events)
    assert chosen is not None
    assert first <= chosen.note.time_ms <= last


def test_where_no_frame_between_is_fit_one_right_beside_the_stretch_is_taken(seen):
    events = events_of(seen)
    last = events[-1].end_ms
    chosen = choose_portrait(spoil(seen, unless=lambda at: at > last + 200), events, events)
    assert chosen is not None
    assert last < chosen.note.time_ms <= last + EDGE_MS


def test_a_frame_far_from_the_proven_stretch_is_never_compared(seen):
    matched = events_of(seen)[:1]
    far = spoil(seen, unless=lambda at: at > matched[0].end_ms + EDGE_MS + 500)
    assert choose_portrait(far, events_of(seen), matched) is None


def test_a_frame_behind_a_break_of_the_track_is_never_compared(seen):
    events = events_of(seen)
    last = events[-1].end_ms
    apart = replace(spoil(seen, unless=lambda at: at > last + 300), jumps_ms=(last + 250,))
    assert choose_portrait(apart, events, events) is None


def test_no_frame_is_chosen_where_none_shows_a_usable_face():
    assert choose_portrait(make_observations(unseen=range(90)), (), ()) is None
    turned = paint(make_observations(make_samples(shakes=[(-10, 16, 60)])))
    assert choose_portrait(turned, (), ()) is None


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
