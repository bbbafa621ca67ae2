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
