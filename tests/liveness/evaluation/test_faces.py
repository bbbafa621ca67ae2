import math

import pytest

from liveness.evaluation.errors import ClipsMissing, PairsInvalid
from liveness.evaluation.faces import ComparisonScores, Pair, ScoredPair, read_pairs
from liveness.evaluation.tags import tags_of_pair

HEADER = "a,b,same,source,note\n"


def scores(genuine, impostor, unusable=0):
    return ComparisonScores.of(
        [
            *(ScoredPair(Pair("a", "b", is_same=True), score) for score in genuine),
            *(ScoredPair(Pair("a", "c", is_same=False), score) for score in impostor),
            *(ScoredPair(Pair("a", "d", is_same=False), math.nan) for _ in range(unusable)),
        ]
    )


def test_a_score_on_the_threshold_is_a_match():
    errors = scores([0.4, 0.39, 0.8, 0.9], [0.4, 0.1, 0.0, -0.2, 0.39]).at(0.40)
    assert (errors.fmr.count, errors.fmr.of) == (1, 5)
    assert (errors.fnmr.count, errors.fnmr.of) == (1, 4)


def test_pairs_without_a_usable_face_are_in_no_rate():
    counted = scores([0.5], [0.1], unusable=3)
    assert (len(counted.genuine), len(counted.impostor), counted.unusable) == (1, 1, 3)


def test_the_det_runs_from_all_matches_to_none():
    det = scores([0.3, 0.6], [0.1, 0.4]).det()
    assert [(one.fmr.value, one.fnmr.value) for one in det] == [
        (1.0, 0.0),
        (0.5, 0.0),
        (0.5, 0.5),
        (0.0, 0.5),
        (0.0, 1.0),
    ]
    equal = scores([0.3, 0.6], [0.1, 0.4]).equal_error()
    assert equal is not None
    assert (equal.threshold, equal.fmr.value, equal.fnmr.value) == (0.4, 0.5, 0.5)


def test_one_kind_of_pair_alone_gives_no_det():
    assert scores([0.3], []).det() == ()
    assert scores([0.3], []).equal_error() is None


def test_pairs_are_read_with_what_their_note_says(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.jpg").touch()
    text = HEADER + "a.jpg,b.jpg,1,london,east_asian male 28\n"
    (tmp_path / "pairs.csv").write_text(text, encoding="utf-8")
    (pair,) = read_pairs(tmp_path)
    assert (pair.one, pair.other, pair.is_same) == ("a.jpg", "b.jpg", True)
    assert pair.tags == {
        "source": "london",
        "gender": "man",
        "origin": "east_asian",
        "age band": "20 to 29",
    }


def test_what_a_note_does_not_say_clearly_is_no_tag():
    assert tags_of_pair("", "east_asian/white, 2 of 3") == {}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a,b\n1,2\n", "'same' is missing"),
        (HEADER, "no pair"),
        (HEADER + "a.jpg,b.jpg,yes,,\n", "line 2: same is 'yes'"),
        (HEADER + "a.jpg,,1,,\n", "line 2: names no two"),
    ],
)
def test_faults_of_pairs_are_named(tmp_path, text, fault):
    (tmp_path / "pairs.csv").write_text(text, encoding="utf-8")
    with pytest.raises(PairsInvalid, match=fault):
        read_pairs(tmp_path)


def test_all_missing_pictures_are_named(tmp_path):
    (tmp_path / "pairs.csv").write_text(HEADER + "a.jpg,b.jpg,1,,\n", encoding="utf-8")
    with pytest.raises(ClipsMissing) as raised:
        read_pairs(tmp_path)
    assert raised.value.files == ("a.jpg", "b.jpg")


def test_no_pairs_file_is_a_fault(tmp_path):
    with pytest.raises(PairsInvalid, match="there is no"):
        read_pairs(tmp_path)
