"""What the made face looks like to the landmark detector, frame by frame (docs: facts of the recipe)."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from liveness.observation.signals import sample_face
from liveness.synthesis import Portrait, PortraitUnusable, astronaut, frame_portrait, portrait_of
from liveness.synthesis.face import Expression, Puppet
from models.landmarks import FaceObservation, detect_in_still
from models.weights import WeightStore

NEUTRAL = Expression()


@pytest.fixture(scope="module")
def puppet() -> Puppet:
    return Puppet(frame_portrait(astronaut(), width=480, height=854))


@pytest.fixture(scope="module")
def landmarker(weights: WeightStore) -> Path:
    return weights.path("face_landmarker")


@pytest.fixture
def look(puppet: Puppet, landmarker: Path) -> Callable[[Expression], FaceObservation]:
    def seen(expression: Expression) -> FaceObservation:
        (face,) = detect_in_still(landmarker, puppet.draw(expression))
        return face

    return seen


def test_shipped_landmarks_are_the_detectors_own(landmarker: Path) -> None:
    portrait = astronaut()
    (face,) = detect_in_still(landmarker, portrait.image)
    off_px = np.linalg.norm(face.points[:, :2] - portrait.points[:, :2], axis=1)
    assert off_px.max() < 0.03 * portrait.face_width_px


def test_a_blink_closes_both_eyes_and_nothing_else(look) -> None:
    open_eyes, closed = look(NEUTRAL), look(Expression(blink=1.0))
    for eye in ("EYE_BLINK_LEFT", "EYE_BLINK_RIGHT"):
        assert open_eyes.score(eye) < 0.15
        assert closed.score(eye) > 0.5
    assert closed.score("JAW_OPEN") < 0.1
    assert abs(closed.pitch_deg - open_eyes.pitch_deg) < 4


def test_an_open_mouth_opens_the_jaw_and_nothing_else(look) -> None:
    shut, wide = look(NEUTRAL), look(Expression(mouth=1.0))
    assert shut.score("JAW_OPEN") < 0.1
    assert wide.score("JAW_OPEN") > 0.6
    assert max(wide.score("EYE_BLINK_LEFT"), wide.score("EYE_BLINK_RIGHT")) < 0.2


@pytest.mark.parametrize("direction", [1, -1])
def test_a_nod_turns_the_head_about_one_axis(look, direction: int) -> None:
    still, nodding = look(NEUTRAL), look(Expression(nod=direction))
    assert direction * (nodding.pitch_deg - still.pitch_deg) > 12
    assert abs(nodding.yaw_deg - still.yaw_deg) < 4
    assert abs(nodding.roll_deg - still.roll_deg) < 4


@pytest.mark.parametrize("side", [1, -1], ids=["own-left", "own-right"])
def test_a_turn_shows_the_persons_own_side_at_larger_or_smaller_x(look, side: int) -> None:
    still, turned = look(NEUTRAL), look(Expression(turn=side))
    assert 18 < side * (turned.yaw_deg - still.yaw_deg) < 35
    assert abs(turned.pitch_deg - still.pitch_deg) < 8
    assert side * (turned.points[4, 0] - still.points[4, 0]) > 0.1 * (still.box[2] - still.box[0])


def test_a_sober_face_smiles_less_and_has_a_narrower_mouth(look) -> None:
    smiling, sober = (sample_face(0, 1, look(Expression(sober=amount))) for amount in (0.0, 1.0))
    assert smiling.smile - sober.smile > 0.5
    assert smiling.mouth_width > 1.15 * sober.mouth_width


def test_a_neutral_face_is_the_portrait_itself(puppet: Puppet) -> None:
    framed = frame_portrait(astronaut(), width=480, height=854)
    assert np.array_equal(puppet.draw(NEUTRAL), framed.image)


def test_a_portrait_without_one_face_is_refused(landmarker: Path) -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    with pytest.raises(PortraitUnusable):
        portrait_of(grey, detect=lambda image: tuple(f.points for f in detect_in_still(landmarker, image)))


def test_a_portrait_says_nothing_of_the_person_in_its_repr() -> None:
    assert repr(astronaut()) == "Portrait()"


def test_landmarks_of_the_wrong_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="478"):
        Portrait(image=np.zeros((9, 9, 3), np.uint8), points=np.zeros((468, 3), np.float32))
