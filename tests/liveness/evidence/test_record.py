"""The record of a decision and what is checked of it."""

import json
import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveness.evidence.checking import Holds, check_record
from liveness.evidence.record import canonical_json
from tests.liveness.evidence.records import NOW, VIDEO_SHA256, make_analysis, make_record


@pytest.fixture(scope="module")
def record() -> bytes:
    return make_record(make_analysis())


def reasons(content: bytes, *, signed_at=NOW, video_sha256=None) -> dict[str, str]:
    checked = check_record(content, signed_at=signed_at, video_sha256=video_sha256)
    return {
        check.code: check.reason for check in checked.checks if check.holds in (Holds.NO, Holds.UNDECIDED)
    }


def changed(record: bytes, *path: str, to: object) -> bytes:
    """The record with one value replaced, spelled as a record is."""
    value = json.loads(record)
    inner = value
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    return canonical_json(value)


def test_a_record_binds_all_it_rests_on(record):
    value = json.loads(record)
    assert value["session"]["nonce"] == "nonce-of-the-session"
    assert value["session"]["decided_at"] == "2026-03-02T01:00:00.000Z"
    assert [step["action"] for step in value["challenge"]["steps"]] == ["nod", "mouth", "blink"]
    assert value["challenge"]["profile"] == "ordered"
    assert value["video"]["sha256"] == VIDEO_SHA256
    assert value["models"]["sface"] == "ef" * 32
    assert value["verdict"]["outcome"] == value["answer"]["outcome"] == "passed"
    assert value["rules"]["policy"]
    assert len(value["rules"]["sha256"]) == 64
    assert value["portrait"]["quality"] > 0
    assert {frame["role"] for frame in value["frames"]} >= {"nod", "mouth", "blink", "neutral"}


def test_the_same_decision_is_spelled_the_same(record):
    assert make_record(make_analysis()) == record
    assert canonical_json(json.loads(record)) == record


def test_a_record_holds_against_itself_and_its_video(record):
    assert reasons(record) == {}
    assert reasons(record, video_sha256=VIDEO_SHA256) == {}


def test_another_video_does_not_hold(record):
    assert reasons(record, video_sha256="00" * 32) == {"video": "other_video"}


@pytest.mark.parametrize(
    ("path", "to"),
    [
        (("verdict", "outcome"), "failed"),
        (("verdict", "pad"), "attack_presentation"),
        (("verdict", "actions"), []),
        (("verdict", "reasons"), [{"code": "pad.cut"}]),
        (("answer", "comparison"), None),
        (("answer", "comparison", "match"), "not_matched"),
        (("answer", "comparison", "score"), 0.1),
    ],
    ids=str,
)
def test_a_pass_that_does_not_follow_does_not_hold(record, path, to):
    assert reasons(changed(record, *path, to=to)) == {"verdict": "verdict_does_not_follow"}


def test_times_must_run_forward(record):
    late = changed(record, "session", "opened_at", to="2026-03-02T01:00:01.000Z")
    assert reasons(late) == {"times": "times_reversed"}
    assert reasons(record, signed_at=NOW - timedelta(minutes=6)) == {"times": "decided_after_signing"}
    assert reasons(record, signed_at=NOW + timedelta(days=2)) == {"times": "signed_late"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"format":"novisit-liveness-evidence/1"}',
        b'{"format":"novisit-liveness-evidence/2"}',
        b"[" * 100_000,
        b'{"format":"novisit-liveness-evidence/1","format":"x"}',
    ],
    ids=range(8),
)
def test_what_is_no_record_is_told_as_none(content):
    assert reasons(content) == {"record": "no_record"}


@pytest.mark.parametrize("part", ["session", "video", "verdict", "answer"])
@pytest.mark.parametrize("to", [None, [], "", 7], ids=str)
def test_a_record_of_wrong_shape_does_not_hold(record, part, to):
    assert set(reasons(changed(record, part, to=to), video_sha256=VIDEO_SHA256).values()) == {"no_record"}


def test_another_spelling_of_the_same_record_is_none(record):
    assert reasons(json.dumps(json.loads(record)).encode()) == {"record": "no_record"}


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e6, 1e6) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(plain)
def test_canonical_json_is_stable(value):
    once = canonical_json(value)
    assert canonical_json(json.loads(once)) == once


def test_what_is_no_number_is_told_as_none():
    assert canonical_json([math.nan, math.inf, 0.1 + 0.2, 2.0]) == b"[null,null,0.3,2]"


def test_bytes_are_never_put_in_a_record():
    with pytest.raises(TypeError):
        canonical_json({"picture": b"jpeg"})
