"""Made movements are found by the service's own rules: in every order, format and speed, at their times."""

from itertools import permutations
from pathlib import Path

import pytest

from liveness.actions.events import find_events, settled_events
from liveness.observation.signals import Sample, Signals, sample_face
from liveness.synthesis import Camera, Encoding, Movement, Scene, Species, Truth
from liveness.synthesis.script import NATURAL_BLINK
from liveness.verdict import STANDARD_ACTIONS, Action, ActionEvent
from liveness.video.reading import Video
from models.landmarks import FaceLandmarker
from models.weights import WeightStore
from tests.clips import SMALL, MadeClip

pytestmark = pytest.mark.slow

ORDER = (Action.BLINK, Action.NOD, Action.MOUTH)
SOON_MS = 450
"""A movement is told while the clip runs so long after its end, or earlier."""

UNEVEN = Camera(width=360, height=640, fps=20, variable_rate=0.6)


def look(truth: Truth, weights: WeightStore) -> list[Sample]:
    samples = []
    with Video(Path(truth.path)) as video, FaceLandmarker(weights.path("face_landmarker")) as landmarker:
        for frame in video.frames():
            faces = landmarker.detect(frame.image, frame.time_ms)
            samples.append(
                sample_face(frame.time_ms, len(faces), faces[0]) if faces else Sample(frame.time_ms, 0)
            )
    return samples


def found(truth: Truth, weights: WeightStore) -> tuple[ActionEvent, ...]:
    """The events of the whole clip; at every time on the way only such were told, and each one soon."""
    samples = look(truth, weights)
    events = find_events(Signals.of(samples))
    for seen in range(1, len(samples) + 1, 4):
        told = set(settled_events(Signals.of(samples[:seen])))
        assert told <= set(events)
        assert told >= {event for event in events if event.end_ms + SOON_MS <= samples[seen - 1].time_ms}
    return events


def require_truth(truth: Truth, events: tuple[ActionEvent, ...]) -> None:
    assert [event.action for event in events] == [event.action for event in truth.events]
    for event, true in zip(events, truth.events, strict=True):
        assert true.start_ms - 150 <= event.peak_ms <= true.end_ms + 150


@pytest.mark.parametrize("order", list(permutations(STANDARD_ACTIONS)), ids="-".join)
def test_all_six_orders_are_found(
    made_clip: MadeClip, weights: WeightStore, order: tuple[Action, ...]
) -> None:
    truth = made_clip(actions=order)
    require_truth(truth, found(truth, weights))


@pytest.mark.parametrize(
    ("suffix", "encoding"),
    [
        (".mp4", Encoding(codec="libx265")),
        (".mov", Encoding(rotation_deg=90)),
        (".mov", Encoding(codec="libx265", rotation_deg=270)),
        (".webm", Encoding(streamed=True)),
        (".webm", Encoding(codec="libvpx-vp9")),
    ],
    ids=["mp4-hevc", "mov-h264-turned", "mov-hevc-turned", "webm-vp8-without-duration", "webm-vp9"],
)
def test_every_format_is_found_with_uneven_frame_times(
    made_clip: MadeClip, weights: WeightStore, suffix: str, encoding: Encoding
) -> None:
    truth = made_clip(actions=ORDER, suffix=suffix, encoding=encoding, camera=UNEVEN)
    require_truth(truth, found(truth, weights))


@pytest.mark.parametrize(
    "camera",
    [
        Camera(width=360, height=640, fps=12),
        Camera(width=640, height=480, fps=20),
        Camera(width=360, height=640, fps=20, noise_sigma=8, tremor_px=6),
    ],
    ids=["12-frames-a-second", "landscape", "noisy-and-shaken"],
)
def test_poor_cameras_are_found(made_clip: MadeClip, weights: WeightStore, camera: Camera) -> None:
    truth = made_clip(actions=ORDER, camera=camera)
    require_truth(truth, found(truth, weights))


def test_a_nod_that_starts_upwards_and_a_natural_blink_are_found(
    made_clip: MadeClip, weights: WeightStore
) -> None:
    scene = Scene(
        (Movement(Action.NOD, 1.0, strength=-1.0), Movement(Action.BLINK, 3.2, pace=NATURAL_BLINK)),
        duration_s=4.6,
    )
    truth = made_clip(actions=scene, camera=Camera(width=360, height=640, fps=30))
    require_truth(truth, found(truth, weights))


@pytest.mark.parametrize(
    "order",
    [(Action.TURN_LEFT, Action.SMILE, Action.TURN_RIGHT), (Action.TURN_RIGHT, Action.NOD, Action.TURN_LEFT)],
    ids="-".join,
)
def test_turns_and_smiles_are_found(
    made_clip: MadeClip, weights: WeightStore, order: tuple[Action, ...]
) -> None:
    truth = made_clip(actions=order)
    require_truth(truth, found(truth, weights))


def test_movements_made_twice_are_two(made_clip: MadeClip, weights: WeightStore) -> None:
    truth = made_clip(
        actions=(Action.BLINK, Action.BLINK, Action.NOD, Action.NOD, Action.MOUTH, Action.MOUTH)
    )
    require_truth(truth, found(truth, weights))


def test_a_face_that_does_nothing_shows_nothing(made_clip: MadeClip, weights: WeightStore) -> None:
    assert found(made_clip(actions=Scene((), duration_s=4.0)), weights) == ()


@pytest.mark.parametrize("species", [Species.PRINT, Species.BENT_PRINT, Species.STILL])
def test_paper_can_tilt_but_neither_blinks_nor_speaks(
    made_clip: MadeClip, weights: WeightStore, species: Species
) -> None:
    seen = {event.action for event in found(made_clip(attack=species, camera=SMALL), weights)}
    assert seen <= {Action.NOD}
