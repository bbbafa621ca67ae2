"""Which frames are analysed: fewer of a face that rests, more of eyes that change."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from av import VideoFrame

from liveness.analysis import Inspection
from liveness.observation.attention import LEAST_STEP_MS, LONGEST_REST_MS, MOST_A_SECOND, Attention
from liveness.observation.observer import observe
from liveness.synthesis import astronaut
from liveness.video.frame import Glimpse
from liveness.video.pushing import PushedVideo
from liveness.video.reading import Video, VideoLimits
from models.landmarks import FaceObservation
from tests.clips import MadeClip

NOISE = np.random.default_rng(3)


@pytest.fixture(scope="module")
def portrait() -> FaceObservation:
    return FaceObservation(
        points=astronaut().points, scores=np.zeros(52, np.float32), pitch_deg=0, yaw_deg=0, roll_deg=0
    )


@pytest.fixture
def watch(portrait) -> Attention:
    attention = Attention()
    attention.note(0, astronaut().image, portrait)
    return attention


def grey(image: np.ndarray) -> Glimpse:
    brightness = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.uint8)
    return Glimpse(VideoFrame.from_ndarray(brightness, format="gray"))


def due(image: np.ndarray) -> Glimpse:
    """A due frame as a camera takes it: no two are the same, since its sensor is noisy."""
    brightness = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    noisy = (brightness + NOISE.normal(0, 4, brightness.shape)).clip(0, 255).astype(np.uint8)
    return Glimpse(VideoFrame.from_ndarray(noisy, format="gray"), is_due=True)


def closed(portrait: FaceObservation) -> np.ndarray:
    """The portrait with skin over one eye."""
    image = astronaut().image.copy()
    x, y = portrait.five_points[0].astype(int)
    image[y - 6 : y + 7, x - 12 : x + 13] = image[y + 16, x]
    return image


def test_eyes_that_stay_as_they_are_are_not_looked_at_again(watch):
    assert not watch.wants(60, grey(astronaut().image))


def test_a_closed_eye_is_looked_at(watch, portrait):
    assert watch.wants(60, grey(closed(portrait)))


def test_of_a_face_that_rests_due_frames_are_passed_over_as_long_as_another_comes_in_time(watch):
    taken = [at_ms for at_ms in range(33, 400, 33) if watch.wants(at_ms, due(astronaut().image))]
    assert taken[0] == max(at_ms for at_ms in range(33, 400, 33) if at_ms <= LONGEST_REST_MS)


def test_a_picture_that_stands_still_is_no_rest(watch):
    same = due(astronaut().image)
    taken = [at_ms for at_ms in range(33, 400, 33) if watch.wants(at_ms, same)]
    assert taken == list(range(66, 400, 33))


def test_where_frames_come_slowly_none_is_passed_over(watch):
    assert watch.wants(100, due(astronaut().image)), "the next would come after 200 ms"


def test_a_due_frame_is_analysed_where_an_eye_or_the_mouth_changed_or_the_head_moved(watch, portrait):
    open_mouth = astronaut().image.copy()
    lips = portrait.points[[61, 291, 0, 17], :2]
    (left, top), (right, bottom) = lips.min(axis=0).astype(int), lips.max(axis=0).astype(int)
    open_mouth[top : bottom + 8, left + 4 : right - 4] = 20
    moved = np.roll(astronaut().image, 4, axis=0)
    for changed in (closed(portrait), open_mouth, moved):
        assert watch.wants(67, due(changed))
    assert not watch.wants(70, due(astronaut().image))


def test_where_no_face_was_seen_every_due_frame_is_analysed(watch):
    watch.note(100, astronaut().image, None)
    assert watch.wants(140, due(astronaut().image))


def test_darker_or_moved_a_little_they_are_the_same_eyes(watch):
    assert not watch.wants(60, grey((astronaut().image * 0.7).astype(np.uint8)))
    assert not watch.wants(60, grey(np.roll(astronaut().image, (1, 2), axis=(0, 1))))


def test_frames_that_follow_at_once_and_frames_without_a_face_are_left_out(watch, portrait):
    assert not watch.wants(LEAST_STEP_MS - 1, grey(closed(portrait)))
    watch.note(100, astronaut().image, None)
    assert not watch.wants(140, grey(closed(portrait)))


def test_no_second_of_a_clip_is_looked_at_without_bound(watch, portrait):
    wild = grey(closed(portrait))
    taken = [at_ms for at_ms in range(60, 3060, 10) if watch.wants(at_ms, wild)]
    assert len(taken) == 3 * MOST_A_SECOND


def test_a_face_at_the_edge_of_the_picture_is_no_error(portrait):
    points = portrait.points - portrait.points[33] * np.float32(1.05)
    outside = FaceObservation(points, portrait.scores, 0.0, 0.0, 0.0)
    attention = Attention()
    attention.note(0, astronaut().image, outside)
    assert not attention.wants(60, grey(astronaut().image))


@pytest.mark.slow
def test_more_is_looked_at_while_eyes_close_and_the_same_from_a_file_as_from_pushed_bytes(
    weights, made_clip: MadeClip
):
    path = Path(made_clip().path)
    limits = VideoLimits(analysed_fps=6.0)
    with Video(path, limits=limits) as video, Inspection(weights) as inspection:
        observe(video.frames(inspection.wants), inspection.observer)
        alone = len(list(range(0, video.duration_ms, 166)))
    notes = inspection.observer.notes
    blinking = [note for note in notes if note.sample.right_blink > 0.3]
    assert len(notes) > alone
    assert blinking, "the clip blinks"
    with PushedVideo(limits=limits) as pushed, Inspection(weights) as again:
        pushed.push(path.read_bytes())
        pushed.end()
        observe(pushed.frames(again.wants), again.observer)
    assert [note.sample for note in again.observer.notes] == [note.sample for note in notes]
