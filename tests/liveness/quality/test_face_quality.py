"""Each part of a face's quality falls when that part is spoiled, and not the others far."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from liveness.observation.picture import HeadPicture
from liveness.quality.face_quality import WEIGHTS, FaceQuality, Rest, measure_face, score
from tests.liveness.builders import EYE_OPENNESS, make_observations, make_signals
from tests.liveness.quality.pictures import FIVE_POINTS, SIDE, make_portrait

REST = Rest(eye=EYE_OPENNESS, mouth=0.02, smile=0.0)


def note_of(picture, *, quality: int = 95, **sample):
    (note, *_) = make_observations().notes
    jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
    return replace(
        note, sample=replace(note.sample, **sample), head=HeadPicture(note.time_ms, jpeg, FIVE_POINTS)
    )


@pytest.fixture(scope="module")
def good() -> FaceQuality:
    return measure_face(note_of(make_portrait()), REST)


def test_a_good_portrait_is_fit_and_has_every_part(good):
    assert good.fit
    assert good.unified >= 75
    assert set(good.parts) == set(WEIGHTS)


def lamp_from_the_side(picture):
    falloff = np.linspace(1.25, 0.15, SIDE)[None, :, None]
    return np.clip(picture * falloff, 0, 255).astype(np.uint8)


def shining_lenses(picture):
    out = picture.copy()
    for x, y in FIVE_POINTS[:2]:
        cv2.circle(out, (int(x), int(y)), 14, (252, 252, 252), -1)
    return out


def scarf(picture):
    out = picture.copy()
    top = int(FIVE_POINTS[2][1] + 8)
    out[top:, :] = (180, 80, 20)
    return out


def coarse(picture):
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 4])[1], cv2.IMREAD_COLOR)


SPOILED_PICTURES = {
    "sharpness": lambda picture: cv2.GaussianBlur(picture, (0, 0), 5),
    "illumination_uniformity": lamp_from_the_side,
    "over_exposure_prevention": lambda picture: np.clip(picture.astype(int) + 150, 0, 255).astype(np.uint8),
    "under_exposure_prevention": lambda picture: (picture * 0.1).astype(np.uint8),
    "dynamic_range": lambda picture: (110 + picture * 0.06).astype(np.uint8),
    "compression": coarse,
    "glare_prevention": shining_lenses,
    "lower_face_uncovered": scarf,
}


@pytest.mark.parametrize("part", SPOILED_PICTURES)
def test_a_spoiled_picture_shows_in_its_part(good, part):
    spoiled = measure_face(note_of(SPOILED_PICTURES[part](make_portrait())), REST)
    assert spoiled.parts[part] <= good.parts[part] - 25
    assert spoiled.unified < good.unified


@pytest.mark.parametrize(
    ("part", "sample"),
    [
        ("yaw", {"yaw_deg": 25.0}),
        ("pitch", {"pitch_deg": -30.0}),
        ("roll", {"roll_deg": 30.0}),
        ("eyes_open", {"right_eye": 0.1, "right_blink": 0.8}),
        ("mouth_closed", {"mouth": 0.3}),
        ("expression_neutrality", {"smile": 0.8}),
    ],
)
def test_a_pose_or_expression_shows_in_its_part_alone(good, part, sample):
    moved = measure_face(note_of(make_portrait(), **sample), REST)
    assert moved.parts[part] <= good.parts[part] - 25
    assert {name: moved.parts[name] for name in WEIGHTS if name != part} == {
        name: good.parts[name] for name in WEIGHTS if name != part
    }


@pytest.mark.parametrize(
    "sample", [{"yaw_deg": 40.0}, {"right_eye": 0.05, "right_blink": 0.8}, {"mouth": 0.5}], ids=str
)
def test_one_bad_part_keeps_a_fine_picture_from_being_compared(sample):
    quality = measure_face(note_of(make_portrait(), **sample), REST)
    assert not quality.fit
    assert quality.too_low


def test_narrow_eyes_are_open_eyes():
    rest = Rest.of(make_signals(eyes=0.14))
    narrow = measure_face(note_of(make_portrait(), right_eye=0.14, left_eye=0.14), rest)
    assert narrow.parts["eyes_open"] == 100


def test_a_small_face_is_scored_by_the_distance_of_its_eyes():
    small = note_of(make_portrait())
    assert small.quality is not None
    small = replace(small, quality=replace(small.quality, eye_distance_px=45.0))
    assert measure_face(small, REST).parts["eye_distance"] == 50


def test_a_score_without_a_part_is_none():
    with pytest.raises(KeyError):
        score({"yaw": 1.0})
    with pytest.raises(ValueError, match="all of its parts"):
        FaceQuality(unified=50, parts={"yaw": 50})


def test_a_frame_without_a_face_cannot_be_measured():
    (unseen, *_) = make_observations(unseen=range(90)).notes
    with pytest.raises(ValueError, match="no face"):
        measure_face(unseen, REST)
