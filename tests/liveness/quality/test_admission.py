"""What quality refuses, and what it only remarks."""

from dataclasses import replace

import pytest

from liveness.quality.admission import QualityLimits, judge_quality
from tests.liveness.builders import GOOD, make_observations, make_samples

LIMITS = QualityLimits()


def codes(observations):
    refusals, remarks = judge_quality(observations, LIMITS)
    return [reason.code for reason in refusals], [reason.code for reason in remarks]


def test_a_good_clip_is_admitted_without_a_remark():
    assert codes(make_observations()) == ([], [])


@pytest.mark.parametrize(
    ("code", "refused", "remarked"),
    [
        ("quality.too_dark", {"light": 35.0}, {"light": 58.0}),
        ("quality.too_bright", {"light": 245.0}, {"light": 225.0}),
        ("quality.overexposed", {"overexposed": 0.6}, {"overexposed": 0.4}),
        ("quality.blurred", {"sharpness": 3.0}, {"sharpness": 10.0}),
        ("quality.too_small", {"eye_distance_px": 30.0}, {"eye_distance_px": 55.0}),
    ],
)
def test_a_bad_picture_is_refused_and_a_poor_one_remarked(code, refused, remarked):
    assert codes(make_observations(quality=replace(GOOD, **refused))) == ([code], [])
    assert codes(make_observations(quality=replace(GOOD, **remarked))) == ([], [code])


def test_a_clip_without_a_face_is_refused_for_that_alone():
    assert codes(make_observations(unseen=range(90))) == (["quality.no_face"], [])


def test_a_face_that_leaves_the_picture_is_refused():
    assert codes(make_observations(unseen=range(30, 50))) == (["quality.face_lost"], [])


def test_a_face_lost_for_a_moment_is_no_matter():
    assert codes(make_observations(unseen=range(30, 34))) == ([], [])


def test_too_few_frames_a_second_are_refused():
    refusals, _ = codes(make_observations(frames_decoded=20))
    assert refusals == ["quality.low_frame_rate"]


def test_eyes_shut_or_covered_for_long_are_refused():
    refusals, _ = codes(make_observations(make_samples(blinks=[(0.5, 5.5, 1)])))
    assert refusals == ["quality.eyes_shut"]
