import json

import pytest

from liveness.evaluation.errors import ClipsMissing, LabelsInvalid
from liveness.evaluation.label_reading import (
    parse_labels,
    read_corrections,
    read_labels,
    require_files,
)
from liveness.evaluation.labels import LabelledClip, Movement
from liveness.evaluation.matching import LabelledEvent
from liveness.verdict import Action


def only(entry: dict[str, object]) -> LabelledClip:
    return parse_labels([entry]).clips[0]


def test_a_clip_is_read_as_it_is_labelled():
    clip = only(
        {
            "file": "a.mp4",
            "kind": "bona_fide",
            "subtype": "webcam",
            "person": "p1 woman, glasses",
            "source_cut_s": None,
            "events": [
                {"action": "blink", "start_s": 1, "end_s": 1, "confidence": "low", "tracker": "b0.5"},
                {"action": "mouth_open", "start_s": 2.0, "end_s": 3.0, "deliberate": True},
            ],
            "tracker_false_events": [{"action": "nod", "start_s": 1.0, "end_s": 2.0, "confidence": "high"}],
            "expect": "refused",
            "expect_why": "too dark",
            "unlabelled": ["mouth", "nod"],
            "tags": {"device": "phone", "glasses": True, "age_band": 30},
        }
    )
    assert clip.events == (
        Movement("blink", 1.0, 1.0, is_uncertain=True),
        Movement("mouth_open", 2.0, 3.0, is_deliberate=True),
    )
    assert clip.false_of_tracker == (Movement("nod", 1.0, 2.0),)
    assert clip.expects_refusal
    assert clip.tags == {"device": "phone", "glasses": "yes", "age_band": "30"}
    assert [clip.is_labelled_for(action) for action in (Action.BLINK, Action.MOUTH, Action.NOD)] == [
        True,
        False,
        False,
    ]
    assert clip.truth(Action.BLINK) == (LabelledEvent(1.0, 1.0, neutral=True),)
    assert clip.truth(Action.MOUTH) == (LabelledEvent(2.0, 3.0, neutral=False),)


def test_little_is_needed():
    clip = only({"file": "b.webm", "kind": "replay"})
    assert clip.is_attack
    assert clip.events == ()


def test_tags_may_be_a_list_of_words():
    assert only({"file": "a.mp4", "kind": "other", "tags": ["glasses", "light:dim"]}).tags == {
        "glasses": "yes",
        "light": "dim",
    }


@pytest.mark.parametrize("file", ["a.jpg", "a.PNG", "b/c.jpeg"])
def test_stills_are_known_by_their_names(file):
    assert only({"file": file, "kind": "print"}).is_still


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("a.mp4", "entry 1 is no object"),
        ({"kind": "print"}, "entry 1 has no file"),
        ({"file": "../a.mp4", "kind": "print"}, "must lie in the folder"),
        ({"file": "/a.mp4", "kind": "print"}, "must lie in the folder"),
        ({"file": "a.mp4"}, "kind is None"),
        ({"file": "a.mp4", "kind": "live"}, "kind is 'live'"),
        ({"file": "a.mp4", "kind": "print", "person": 4}, "person must be text"),
        ({"file": "a.mp4", "kind": "print", "unlabelled": 4}, "unlabelled must be a list"),
        ({"file": "a.mp4", "kind": "print", "tags": [4]}, "tags must be"),
        ({"file": "a.mp4", "kind": "print", "events": {"a": 1}}, "events must be a list"),
        ({"file": "a.mp4", "kind": "print", "events": [{"start_s": 1}]}, "events 1 has no action"),
        *(
            ({"file": "a.mp4", "kind": "print", "events": [{"action": "nod", **times}]}, "events 1: start_s")
            for times in (
                {},
                {"start_s": 2, "end_s": 1},
                {"start_s": -1, "end_s": 1},
                {"start_s": 0, "end_s": float("nan")},
                {"start_s": 0, "end_s": float("inf")},
                {"start_s": True, "end_s": 2},
                {"start_s": "0", "end_s": 1},
            )
        ),
    ],
)
def test_a_fault_is_named_with_its_clip(entry, fault):
    with pytest.raises(LabelsInvalid, match=fault.replace("(", r"\(")):
        parse_labels([entry])


@pytest.mark.parametrize("kind", ["Bona_Fide", " PRINT ", "Replay", "Other"])
def test_known_kinds_are_known_however_they_are_written(kind):
    """`Bona_Fide` must not become the name of an attack."""
    assert only({"file": "a.mp4", "kind": kind}).kind == kind.strip().lower()


def test_a_tag_without_a_value_is_not_known():
    assert only({"file": "a.mp4", "kind": "print", "tags": {"glasses": None, "light": "dim"}}).tags == {
        "light": "dim"
    }


@pytest.mark.parametrize("confidence", [["high"], {"is": "low"}, 0.9, "medium"])
def test_a_confidence_that_means_nothing_is_remarked(confidence):
    event = {"action": "blink", "start_s": 1, "end_s": 2, "confidence": confidence}
    labels = parse_labels([{"file": "a.mp4", "kind": "print", "events": [event]}])
    assert labels.remarks == (f"a.mp4: events 1: confidence {confidence!r} counts as high",)
    assert not labels.clips[0].events[0].is_uncertain


@pytest.mark.parametrize(
    "value",
    [{"action": "nod"}, 7, "nod", ["nod"], [None], [{"action": "nod", "start_s": None, "end_s": [1]}]],
)
def test_what_is_wrong_with_a_tracker_s_errors_is_left_out_and_said(value):
    """They count for nothing: a folder is not refused for them."""
    labels = parse_labels([{"file": "a.mp4", "kind": "print", "tracker_false_events": value}])
    assert labels.clips[0].false_of_tracker == ()
    (remark,) = labels.remarks
    assert remark.startswith("a.mp4: tracker_false_events")
    assert "left out" in remark


def test_a_byte_order_mark_is_no_fault(tmp_path):
    (tmp_path / "labels.json").write_text('[{"file": "a.mp4", "kind": "print"}]', encoding="utf-8-sig")
    assert read_labels(tmp_path).clips[0].file == "a.mp4"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("[]".encode("utf-16"), "not in UTF-8"),
        (b"[" * 100_000, "nested too deep"),
        (b"[{]", "no JSON"),
    ],
    ids=["utf-16", "deep", "broken"],
)
def test_a_file_that_is_no_json_is_told_why(tmp_path, content, fault):
    (tmp_path / "labels.json").write_bytes(content)
    with pytest.raises(LabelsInvalid, match=fault):
        read_labels(tmp_path)


@pytest.mark.parametrize("start_s", [10**400, 1e300, 90_000])
def test_times_no_recording_reaches_are_a_fault(start_s):
    event = {"action": "blink", "start_s": start_s, "end_s": start_s}
    with pytest.raises(LabelsInvalid, match=r"a\.mp4: events 1: start_s"):
        parse_labels([{"file": "a.mp4", "kind": "print", "events": [event]}])


def test_every_fault_is_named_at_once():
    with pytest.raises(LabelsInvalid) as raised:
        parse_labels(
            [
                {"file": "a.mp4", "kind": "print"},
                {"file": "a.mp4", "kind": "print"},
                {"file": "b.mp4", "kind": ""},
            ]
        )
    assert raised.value.faults == (
        "b.mp4: kind is ''; write bona_fide, print, replay, another species, or other",
        "a.mp4: is named twice",
    )


@pytest.mark.parametrize("labels", [[], {}, None, "text"])
def test_labels_are_a_list_of_clips(labels):
    with pytest.raises(LabelsInvalid):
        parse_labels(labels)


def test_what_means_nothing_is_remarked_and_read_on():
    labels = parse_labels(
        [
            {
                "file": "a.mp4",
                "kind": "bona_fide",
                "expect": "passed",
                "unlabelled": ["yawn"],
                "events": [{"action": "wink", "start_s": 1, "end_s": 2, "confidence": "sure"}],
            }
        ]
    )
    assert len(labels.remarks) == 4
    assert all(remark.startswith("a.mp4: ") for remark in labels.remarks)


def test_a_folder_without_usable_labels_says_so(tmp_path):
    with pytest.raises(LabelsInvalid, match=r"there is no labels\.json"):
        read_labels(tmp_path)
    (tmp_path / "labels.json").write_text("[{", encoding="utf-8")
    with pytest.raises(LabelsInvalid, match="it is no JSON"):
        read_labels(tmp_path)


def test_all_missing_files_are_named(tmp_path):
    entries = [{"file": f"{name}.mp4", "kind": "print"} for name in "abc"]
    (tmp_path / "labels.json").write_text(json.dumps(entries), encoding="utf-8")
    (tmp_path / "b.mp4").touch()
    with pytest.raises(ClipsMissing, match=r"(?s)a\.mp4.*c\.mp4") as raised:
        require_files(tmp_path, read_labels(tmp_path).clips)
    assert raised.value.files == ("a.mp4", "c.mp4")


def test_corrections_are_labels_of_clips_that_the_folder_has(tmp_path):
    for name, files in (("labels.json", "ab"), ("right.json", "b"), ("wrong.json", "bc")):
        entries = [{"file": f"{file}.mp4", "kind": "bona_fide"} for file in files]
        (tmp_path / name).write_text(json.dumps(entries), encoding="utf-8")
    assert [clip.file for clip in read_corrections(tmp_path / "right.json", tmp_path)] == ["b.mp4"]
    with pytest.raises(LabelsInvalid, match=r"c\.mp4 is no clip"):
        read_corrections(tmp_path / "wrong.json", tmp_path)
