"""The data of an evaluation: exact keys, exact figures, and the documented schema."""

import json
import math
from pathlib import Path

import jsonschema_rs
import pytest

from liveness.evaluation.answers import Answer, SeenEvidence
from liveness.evaluation.faces import Pair, ScoredPair
from liveness.evaluation.gate import Limit, check_gate, gate_data
from liveness.evaluation.labels import Movement
from liveness.evaluation.results import Evaluation, as_data
from liveness.verdict import Action
from tests.liveness.evaluation.builders import event, make_answer, make_clip, make_result

SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "guide" / "evaluation.schema.json"


@pytest.fixture(scope="module")
def validator():
    return jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8")))


def evaluation(*results, **more):
    return Evaluation(name="clips", version="0", policy="standard-1", results=tuple(results), **more)


def whole():
    pairs = [
        ScoredPair(Pair("a", "b", is_same=True, tags={"origin": "black"}), 0.7),
        ScoredPair(Pair("a", "b", is_same=True, tags={"origin": "white"}), 0.3),
        ScoredPair(Pair("a", "c", is_same=False), 0.42),
        ScoredPair(Pair("a", "c", is_same=False), math.nan),
    ]
    measured = make_answer(Answer.BONA_FIDE, event(Action.BLINK, 1, 1.2), event(Action.NOD, 5, 6))
    return evaluation(
        make_result(
            make_clip("a.mp4", "bona_fide", Movement("blink", 1, 1.2), person="p1 woman, glasses"), measured
        ),
        make_result(make_clip("b.mp4", expects_refusal=True), make_answer(Answer.UNREADABLE, duration_s=0.0)),
        make_result(make_clip("c.mp4"), make_answer(Answer.ATTACK, duration_s=5.0, cpu_s=4.0, peak_mb=340.0)),
        make_result(make_clip("d.mp4", "print"), make_answer(Answer.BONA_FIDE, shown=2, passed=1)),
        make_result(
            make_clip("e.mp4", "print", false_of_tracker=(Movement("nod", 1, 2),)),
            make_answer(Answer.REFUSED),
        ),
        make_result(make_clip("f.mp4", "other")),
        stills=("g.jpg",),
        remarks=("a.mp4: something",),
        backend="sface",
        thresholds=(0.40, 0.45),
        pairs=tuple(pairs),
    )


def test_the_figures_are_those_counted_by_hand():
    data = as_data(whole())
    blink, nod = data["actions"]["blink"], data["actions"]["nod"]
    assert {key: blink[key] for key in ("events", "precision", "recall", "f1")} == {
        "events": 1,
        "precision": 1.0,
        "recall": 1.0,
        "f1": 1.0,
    }
    assert {key: nod[key] for key in ("events", "precision", "recall", "f1")} == {
        "events": 0,
        "precision": 0.0,
        "recall": None,
        "f1": 0.0,
    }
    print_ = data["species"]["print"]
    assert {key: print_[key] for key in ("presentations", "actions_fired", "accepted", "apcer")} == {
        "presentations": 2,
        "actions_fired": 1,
        "accepted": 1,
        "apcer": 0.5,
    }
    assert print_["interval"] == pytest.approx([0.0126, 0.9874], abs=5e-5)
    assert list(data["species"]) == ["print", "replay"]
    people = data["bona_fide"]
    assert {key: people[key] for key in ("presentations", "rejected", "refused", "bpcer", "bpnrr")} == {
        "presentations": 3,
        "rejected": 1,
        "refused": 1,
        "bpcer": 0.5,
        "bpnrr": 1 / 3,
    }
    assert people["interval"] == pytest.approx([0.0126, 0.9874], abs=5e-5)


def test_cost_is_over_the_clips_that_were_read_and_memory_that_of_the_largest():
    # Read: a, d, e, f with 2 s of CPU for 10 s each, and c with 4 s for 5 s.
    assert as_data(whole())["cost"] == {
        "cpu_s_per_video_s": round(12 / 45, 4),
        "peak_mb": 340.0,
        "cpu_s": 12.0,
        "video_s": 45.0,
    }


def test_clips_come_worst_first_and_say_nothing_of_the_person():
    clips = as_data(whole())["clips"]
    assert [clip["file"][0] for clip in clips] == ["d", "c", "a", "f", "b", "e"]
    assert "p1 woman" not in json.dumps(clips)


def test_events_are_scored_both_ways_where_labels_were_put_right():
    found = make_answer(Answer.BONA_FIDE, event(Action.BLINK, 1, 1.2))
    right = make_clip("a.mp4", "bona_fide", Movement("blink", 1, 1.2), notes="a real blink")
    data = as_data(evaluation(make_result(make_clip("a.mp4"), found), corrections=(right,)))
    given, corrected = data["actions"]["blink"], data["corrected"]["actions"]["blink"]
    assert (given["events"], given["hits"], given["misses"], given["false"]) == (0, 0, 0, 1)
    assert (corrected["events"], corrected["hits"], corrected["misses"], corrected["false"]) == (1, 1, 0, 0)
    assert data["corrected"]["clips"] == [{"file": "a.mp4", "why": "a real blink"}]


def test_comparison_is_counted_at_each_threshold_and_by_tag():
    comparison = as_data(whole())["comparison"]
    assert (comparison["genuine"], comparison["impostor"], comparison["unusable"]) == (2, 1, 1)
    assert (comparison["at"]["0.40"]["fmr"], comparison["at"]["0.40"]["fnmr"]) == (1.0, 0.5)
    assert comparison["at"]["0.45"]["fmr"] == 0.0
    assert [(one["tag"], one["value"]) for one in comparison["splits"]] == [
        ("origin", "white"),
        ("origin", "black"),
    ]


def test_an_empty_measurement_holds_no_invented_number():
    data = as_data(evaluation(make_result(make_clip("a.mp4"), make_answer(Answer.UNREADABLE))))
    for kind in ("print", "replay"):
        species = data["species"][kind]
        assert (species["presentations"], species["apcer"], species["interval"]) == (0, None, [0.0, 1.0])
    assert data["actions"]["blink"]["f1"] is None
    assert data["cost"]["cpu_s_per_video_s"] is None
    assert data["bona_fide"]["bpcer"] is None
    assert data["bona_fide"]["interval"] == [0.0, 1.0]
    assert data["comparison"] is None


def test_data_is_as_the_schema_says(validator):
    answered = make_answer(Answer.INCONCLUSIVE)
    measured = [SeenEvidence("cut", math.nan, "not_measurable", "gates")]
    with_evidence = type(answered)(
        **{name: getattr(answered, name) for name in type(answered).__slots__ if name != "evidence"},
        evidence=tuple(measured),
    )
    for data in (
        as_data(whole()),
        as_data(evaluation(make_result(make_clip("a.mp4", unlabelled={"nod"}), with_evidence))),
        as_data(evaluation(make_result(make_clip("a.mp4", "replay"), make_answer(Answer.FAILED)))),
        as_data(evaluation(make_result(), corrections=(make_clip(notes="why"),))),
    ):
        data["gate"] = gate_data(check_gate((Limit(("species", "mask", "apcer"), "max", 0.1),), data))
        plain = json.loads(json.dumps(data, allow_nan=False))
        assert [error.message for error in validator.iter_errors(plain)] == []
        data["gate"] = None
        validator.validate(json.loads(json.dumps(data, allow_nan=False)))


def test_the_schema_refuses_what_is_not_documented(validator):
    data = as_data(whole()) | {"gate": None}
    assert not validator.is_valid(data | {"more": 1})
    assert not validator.is_valid({key: value for key, value in data.items() if key != "cost"})
