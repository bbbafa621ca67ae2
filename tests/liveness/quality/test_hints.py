"""What a person is told while the camera runs, by the measures of admission."""

from dataclasses import replace

import pytest

from liveness.messages import text_of
from liveness.quality.admission import MEASURES, judge_quality
from liveness.quality.framing import Framing
from liveness.quality.hints import hint_codes
from tests.liveness.builders import GOOD, make_observations
from tests.liveness.quality.test_admission import LIMITS

GOOD_FRAMING = Framing(0, size=0.5, outside=0.0, off_centre=0.05, speed=0.2, glare=0.0)
NOTE = make_observations().notes[0]


def test_a_good_frame_gets_no_hint():
    assert hint_codes(NOTE, GOOD_FRAMING) == ()


def test_without_a_face_nothing_else_is_said():
    (unseen, *_) = make_observations(unseen=range(90)).notes
    assert hint_codes(unseen, Framing(0), rivals_ms=(0,)) == ("quality.no_face",)


def test_a_second_face_is_told_until_it_was_gone_for_a_while():
    later = replace(NOTE, time_ms=5000)
    assert hint_codes(later, GOOD_FRAMING, rivals_ms=(1000, 4600)) == ("quality.several_faces",)
    assert hint_codes(later, GOOD_FRAMING, rivals_ms=(1000, 4000)) == ()


WRONG_FRAMES = {
    "quality.too_dark": {"light": 40.0},
    "quality.too_bright": {"light": 225.0},
    "quality.overexposed": {"overexposed": 0.4},
    "quality.blurred": {"sharpness": 9.0},
    "quality.too_small": {"eye_distance_px": 50.0},
}
WRONG_FRAMINGS = {
    "quality.too_near": {"size": 0.9},
    "quality.cut_off": {"outside": 0.2},
    "quality.off_centre": {"off_centre": 0.4},
    "quality.moving": {"speed": 2.0},
    "quality.glare": {"glare": 0.1},
}


@pytest.mark.parametrize(("code", "wrong"), WRONG_FRAMES.items())
def test_a_poor_picture_is_told(code, wrong):
    assert hint_codes(replace(NOTE, quality=replace(GOOD, **wrong)), GOOD_FRAMING) == (code,)


@pytest.mark.parametrize(("code", "wrong"), WRONG_FRAMINGS.items())
def test_a_face_badly_placed_is_told_by_what_the_whole_clip_is_remarked_for(code, wrong):
    framing = replace(GOOD_FRAMING, **wrong)
    assert hint_codes(NOTE, framing) == (code,)
    seen = make_observations()
    framings = [replace(framing, time_ms=note.time_ms) for note in seen.notes]
    refusals, remarks = judge_quality(seen, LIMITS, framings=framings)
    assert ([reason.code for reason in refusals], [reason.code for reason in remarks]) == ([], [code])


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("quality.too_near", {"size": 1.2}),
        ("quality.cut_off", {"outside": 0.5}),
        ("quality.glare", {"glare": 0.7}),
    ],
)
def test_a_clip_that_shows_too_little_of_the_face_is_refused(code, wrong):
    seen = make_observations()
    framings = [replace(GOOD_FRAMING, time_ms=note.time_ms, **wrong) for note in seen.notes]
    refusals, _ = judge_quality(seen, LIMITS, framings=framings)
    assert [reason.code for reason in refusals] == [code]


def test_every_hint_has_a_text_with_a_remedy():
    assert {*WRONG_FRAMES, *WRONG_FRAMINGS} == {measure.code for measure in MEASURES}
    assert all(text_of(measure.code).remedy_zh for measure in MEASURES)
