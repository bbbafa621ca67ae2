"""When it is looked who the face is, and what that costs at most."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from liveness.continuity import ContinuityFindings, ContinuityLimits, FaceWatch, find_sights, judge_continuity
from liveness.continuity.sights import (
    BREAK_EVERY_MS,
    FIRST_STEPS,
    LONG_STEP_MS,
    MOST_BREAKS,
    PATIENCE_MS,
    STEP_MS,
    Facing,
)
from liveness.observation.attention import LONGEST_REST_MS
from liveness.synthesis import astronaut as portrait
from liveness.verdict import Action, ActionEvent
from models.comparators.sface import SfaceEmbedder
from models.errors import FaceNotAligned
from models.landmarks import BLENDSHAPES, FaceObservation, detect_in_still
from models.weights import WeightStore
from tests.liveness.builders import make_observations, make_samples
from tests.liveness.continuity.heads import EmbedBrightness, paint_heads
from tests.liveness.quality.pictures import FIVE_POINTS, SIDE, make_portrait
from tests.models.comparators.people import astronaut, other_person, phone_take

FRAME_MS = 66


def make_face(*, middle=(SIDE / 2, SIDE / 2), yaw_deg: float = 0.0) -> FaceObservation:
    """The portrait's face, somewhere."""
    points = portrait().points.astype(np.float32)
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    scale = 0.5 * SIDE / float((high - low).max())
    points = points * scale
    points[:, :2] += np.array(middle, np.float32) - (low + high) / 2 * scale
    return FaceObservation(points.astype(np.float32), np.zeros(BLENDSHAPES, np.float32), 5.0, yaw_deg, 0.0)


def pattern(seed: int, *, level: int = 170) -> np.ndarray:
    """A face's place in the picture filled by smooth blobs: another seed is another face."""
    blobs = np.random.default_rng(seed).normal(0, 60, (24, 24, 3))
    smooth = cv2.resize(blobs, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth + level, 0, 255).astype(np.uint8)


def watch(*frames, embedder=None, step_ms: int = FRAME_MS) -> FaceWatch:
    """Look at (picture, face) one after the other."""
    watcher = FaceWatch(embedder or EmbedBrightness())
    for index, (picture, face) in enumerate(frames):
        watcher.look(index * step_ms, picture, face)
    return watcher


def judged(watcher: FaceWatch) -> ContinuityFindings:
    return judge_continuity(make_observations(), ContinuityLimits(), sightings=watcher.sightings)


def test_looks_come_quickly_at_first_and_go_on_to_the_end():
    picture, face = pattern(1), make_face()
    watcher = watch(*[(picture, face)] * 600)
    times = [sight.time_ms for sight in watcher.sights]
    steps = np.diff(times)
    assert all(STEP_MS <= step <= STEP_MS + FRAME_MS for step in steps[:3])
    assert all(LONG_STEP_MS <= step <= LONG_STEP_MS + FRAME_MS for step in steps[3:])
    assert times[-1] >= 600 * FRAME_MS - LONG_STEP_MS - FRAME_MS


def test_a_flickering_track_costs_no_more_than_its_bound_and_leaves_open_who_was_there():
    embedder = EmbedBrightness()
    pictures, face = (pattern(0), pattern(1)), make_face()
    frames = [(pictures[index % 2], face) for index in range(600)]
    found = watch(*frames, embedder=embedder).sightings
    most = MOST_BREAKS + 600 * FRAME_MS // BREAK_EVERY_MS
    assert embedder.asked <= most + 600 * FRAME_MS // LONG_STEP_MS + FIRST_STEPS
    assert len(found.breaks_ms) == 599
    assert len(found.overlooked_ms) >= 599 - most
    judged = judge_continuity(make_observations(), ContinuityLimits(), sightings=found)
    assert [reason.code for reason in judged.doubts] == ["continuity.too_many_breaks"]


def test_a_break_every_now_and_then_is_looked_at_however_long_the_clip():
    pictures, face = (pattern(0), pattern(1)), make_face()
    frames = [(pictures[index // 25 % 2], face) for index in range(600)]
    found = watch(*frames).sightings
    assert len(found.breaks_ms) == 23
    assert found.overlooked_ms == ()


def test_a_face_exchanged_in_place_is_looked_at_at_once():
    mine, yours = pattern(1, level=190), pattern(2, level=60)
    frames = [(mine, make_face())] * 20 + [(yours, make_face())] * 5 + [(mine, make_face())] * 20
    watcher = watch(*frames)
    assert any(20 * FRAME_MS <= sight.time_ms < 25 * FRAME_MS for sight in watcher.sights)
    found = judge_continuity(make_observations(), ContinuityLimits(), sightings=watcher.sightings)
    assert [reason.code for reason in found.breaches] == ["continuity.person_changed"]


def test_another_person_in_a_single_frame_is_looked_at_at_once():
    mine, yours = pattern(1, level=190), pattern(2, level=60)
    face = make_face()
    for at in (1, 7, 29):
        frames = [(yours if index == at else mine, face) for index in range(30)]
        told = judged(watch(*frames))
        assert [reason.code for reason in told.breaches] == ["continuity.person_changed"]


@pytest.mark.parametrize("begins", [20, 50, 75])
def test_somebody_who_is_faded_in_and_out_again_is_seen_by_the_looks_that_come_anyway(begins):
    """Where no frame differs much from the one before, whoever stays as long as a step is found."""
    mine, yours = pattern(1, level=190).astype(np.float32), pattern(2, level=60).astype(np.float32)
    fade, stay = 25, LONG_STEP_MS // FRAME_MS + 2
    rise = np.linspace(0, 1, fade)
    shares = [*[0.0] * begins, *rise, *[1.0] * stay, *rise[::-1], *[0.0] * 30]
    face = make_face()
    mixed = {share: np.rint((1 - share) * mine + share * yours).astype(np.uint8) for share in shares}
    frames = [(mixed[share], face) for share in shares]
    watcher = watch(*frames)
    assert not any(sight.broken for sight in watcher.sights)
    assert [reason.code for reason in judged(watcher).breaches] == ["continuity.person_changed"]


SLOW_MS = 300


def test_in_a_video_too_slow_to_be_admitted_faces_are_kept_until_it_matters_who_they_are():
    embedder = EmbedBrightness()
    mine, yours = pattern(1, level=190), pattern(2, level=60)
    face = make_face()
    frames = [(yours if index == 9 else mine, face) for index in range(40)]
    watcher = watch(*frames, embedder=embedder, step_ms=SLOW_MS)
    assert embedder.asked == 1
    watcher.catch_up()
    assert any(sight.time_ms == 9 * SLOW_MS for sight in watcher.sights)
    assert [sight.time_ms for sight in watcher.sights] == sorted({sight.time_ms for sight in watcher.sights})
    assert len(watcher.sightings.breaks_ms) == 39
    assert [reason.code for reason in judged(watcher).breaches] == ["continuity.person_changed"]


def test_a_face_that_rests_in_a_quick_video_is_embedded_as_it_is_looked_at():
    embedder = EmbedBrightness()
    watcher = watch(*[(pattern(1), make_face())] * 20, embedder=embedder, step_ms=LONGEST_REST_MS)
    assert embedder.asked == len(watcher.sights) == 3


def test_a_video_that_becomes_quick_again_is_caught_up_with_frame_by_frame():
    embedder = EmbedBrightness()
    watcher = FaceWatch(embedder)
    mine, yours = pattern(1, level=190), pattern(2, level=60)
    face = make_face()
    times = [*range(0, 5 * SLOW_MS, SLOW_MS), *range(5 * SLOW_MS, 9000, FRAME_MS)]
    asked = []
    for time_ms in times:
        watcher.look(time_ms, yours if time_ms == 3 * SLOW_MS else mine, face)
        asked.append(embedder.asked)
    assert asked[4] == 1
    assert max(np.diff(asked)) <= 2  # its own and one that was kept
    watcher.catch_up()
    assert embedder.asked == asked[-1]
    assert [reason.code for reason in judged(watcher).breaches] == ["continuity.person_changed"]


def test_a_kept_face_that_gives_no_vector_is_no_look():
    class EmbedNothing(EmbedBrightness):
        def embed(self, aligned: np.ndarray) -> np.ndarray:
            if self.asked:
                raise FaceNotAligned
            return super().embed(aligned)

    watcher = watch(*[(pattern(1), make_face())] * 20, embedder=EmbedNothing(), step_ms=SLOW_MS)
    watcher.catch_up()
    assert [sight.time_ms for sight in watcher.sights] == [0]
    assert [reason.code for reason in judged(watcher).doubts][-1] == "continuity.unmeasured"


def test_a_face_that_was_lost_or_sprang_elsewhere_is_looked_at_again():
    picture, face, elsewhere = pattern(1), make_face(), make_face(middle=(SIDE * 0.9, SIDE * 0.8))
    lost = watch(*[(picture, face)] * 5, *[(picture, None)] * 4, *[(picture, face)] * 5)
    sprung = watch(*[(picture, face)] * 5, *[(picture, elsewhere)] * 5)
    for watcher in (lost, sprung):
        assert [sight.broken for sight in watcher.sights] == [False, True]


def test_a_blink_or_a_steady_face_is_no_break():
    picture = np.ascontiguousarray(make_portrait()[:, :, ::-1])
    shut = picture.copy()
    for x, y in FIVE_POINTS[:2]:
        cv2.ellipse(shut, (int(x), int(y)), (14, 7), 0, 0, 360, (190, 150, 130), -1)
    frames = [(picture, make_face())] * 6 + [(shut, make_face())] * 3 + [(picture, make_face())] * 6
    assert [sight.broken for sight in watch(*frames).sights] == [False]


@pytest.mark.parametrize(
    ("yaw_deg", "turned"), [(22.0, [False]), (-22.0, [False]), (40.0, [True]), (60.0, [])]
)
def test_a_turned_face_is_waited_out_and_then_taken_as_it_is(yaw_deg, turned):
    watcher = watch(*[(pattern(1), make_face(yaw_deg=yaw_deg))] * 20)
    assert [sight.turned for sight in watcher.sights] == turned
    assert all(sight.time_ms >= PATIENCE_MS for sight in watcher.sights)


def test_angles_that_are_no_numbers_are_not_looked_at():
    assert Facing.of(float("nan"), 0.0) is Facing.AWAY
    assert Facing.of(0.0, float("nan")) is Facing.AWAY


@pytest.mark.parametrize("yaw_deg", [40.0, 60.0])
def test_somebody_slipped_in_while_the_head_is_turned_answers_no_challenge(yaw_deg):
    mine, yours = pattern(1, level=190), pattern(2, level=60)
    turned = make_face(yaw_deg=yaw_deg)
    before, slipped_in = [(mine, make_face())] * 20, [(yours, turned)] * 20
    watcher = watch(*before, *[(mine, turned)] * 3, *slipped_in, *[(mine, turned)] * 3, *before)
    nod = ActionEvent(Action.NOD, 25 * FRAME_MS, 32 * FRAME_MS, 40 * FRAME_MS, 15.0, 8.0, "deg")
    told = judge_continuity(
        make_observations(), ContinuityLimits(), sightings=watcher.sightings, matched=[nod]
    )
    assert [reason.code for reason in told.doubts] == ["continuity.unwatched"]


def test_a_head_that_turns_by_itself_is_of_the_person_before_and_after():
    mine, turned = pattern(1, level=190), make_face(yaw_deg=40.0)
    watcher = watch(*[(mine, make_face())] * 20, *[(mine, turned)] * 26, *[(mine, make_face())] * 20)
    turn = ActionEvent(Action.TURN_LEFT, 20 * FRAME_MS, 32 * FRAME_MS, 46 * FRAME_MS, 40.0, 20.0, "deg")
    told = judge_continuity(
        make_observations(), ContinuityLimits(), sightings=watcher.sightings, matched=[turn]
    )
    assert (told.breaches, told.doubts) == ((), ())


def test_without_a_watch_the_kept_heads_say_who_was_there():
    seen = make_observations(make_samples(seconds=9.0))
    seen = paint_heads(seen, {range(80): 200, range(80, 1000): 40})
    found = judge_continuity(seen, ContinuityLimits(), sightings=find_sights(seen, EmbedBrightness()))
    assert [reason.code for reason in found.breaches] == ["continuity.person_changed"]


def test_heads_that_were_not_kept_are_no_break_and_faces_that_were_not_seen_are():
    seen = paint_heads(make_observations(unseen=range(40, 46)), {range(1000): 200})
    notes = [note if index % 5 == 0 else replace(note, head=None) for index, note in enumerate(seen.notes)]
    found = find_sights(replace(seen, notes=tuple(notes)), EmbedBrightness())
    assert found.breaks_ms == (seen.notes[46].time_ms,)
    assert [sight.broken for sight in found.sights].count(True) == 1


@pytest.mark.parametrize("shown", [range(20, 26), range(30, 60)], ids=["for a moment", "to the end"])
def test_a_real_stranger_in_the_same_place_is_a_breach_and_a_phone_s_noise_is_not(
    weights: WeightStore, shown: range
):
    mine, mine_again, yours = astronaut(), phone_take(astronaut()), other_person()
    shots = [_found(weights, picture) for picture in (mine, mine_again, yours)]
    embedder = SfaceEmbedder(weights)
    same = watch(*[shots[index // 10 % 2] for index in range(60)], embedder=embedder)
    assert len(same.sights) >= 3
    seen = make_observations()
    assert judge_continuity(seen, ContinuityLimits(), sightings=same.sightings).breaches == ()
    swapped = watch(*[shots[2] if index in shown else shots[0] for index in range(60)], embedder=embedder)
    (breach,) = judge_continuity(seen, ContinuityLimits(), sightings=swapped.sightings).breaches
    assert breach.code == "continuity.person_changed"
    assert breach.at_ms is not None
    assert breach.at_ms // FRAME_MS in shown


def _found(weights: WeightStore, image_bgr: np.ndarray) -> tuple[np.ndarray, FaceObservation]:
    image_rgb = np.ascontiguousarray(image_bgr[:, :, ::-1])
    face, *_ = detect_in_still(weights.path("face_landmarker"), image_rgb)
    return image_rgb, face
