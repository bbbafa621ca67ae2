from liveness.evaluation.answers import Answer
from liveness.evaluation.findings import Finding, finding_of, splits_of, worst_first
from liveness.evaluation.labels import Movement
from liveness.verdict import PadDecision
from tests.liveness.evaluation.builders import make_answer, make_clip, make_result

BLINK = Movement("blink", 1, 1.2)
CASES = {
    Finding.ATTACK_ACCEPTED: make_result(
        make_clip("z.mp4", "print"), make_answer(Answer.BONA_FIDE, shown=1, passed=1)
    ),
    Finding.FAILED: make_result(make_clip("y.mp4"), make_answer(Answer.FAILED)),
    Finding.PERSON_REJECTED: make_result(make_clip("x.mp4"), make_answer(Answer.ATTACK)),
    Finding.ATTACK_PASSED_PAD: make_result(make_clip("w.mp4", "print"), make_answer(Answer.BONA_FIDE)),
    Finding.NOT_REFUSED: make_result(make_clip("v.mp4", expects_refusal=True)),
    Finding.PERSON_REFUSED: make_result(make_clip("u.mp4"), make_answer(Answer.REFUSED)),
    Finding.PERSON_UNDECIDED: make_result(make_clip("t.mp4"), make_answer(Answer.INCONCLUSIVE)),
    Finding.EVENTS_WRONG: make_result(make_clip("s.mp4", "bona_fide", BLINK)),
    Finding.LEFT_OUT: make_result(make_clip("r.mp4", "other"), make_answer(Answer.BONA_FIDE, passed=1)),
    Finding.AS_EXPECTED: make_result(make_clip("q.mp4")),
}


def test_every_clip_is_named_by_the_worst_about_it():
    assert {finding: finding_of(result) for finding, result in CASES.items()} == {
        finding: finding for finding in Finding
    }


def test_a_refused_attack_is_as_expected_even_where_detection_alone_would_pass_it():
    refused = make_result(make_clip("a.mp4", "print"), make_answer(Answer.REFUSED, pad=PadDecision.BONA_FIDE))
    assert finding_of(refused) is Finding.AS_EXPECTED


def test_the_worst_clips_come_first():
    assert [finding_of(result) for result in worst_first(reversed(CASES.values()))] == list(Finding)
    two = make_result(make_clip("b.mp4", "bona_fide", BLINK, Movement("blink", 4, 4.2)))
    assert worst_first([CASES[Finding.EVENTS_WRONG], two])[0] is two


def test_splits_come_with_the_worst_value_of_each_tag_first():
    results = [
        make_result(make_clip("a.mp4", tags={"light": "good"})),
        make_result(make_clip("b.mp4", tags={"light": "dim"}), make_answer(Answer.REFUSED)),
        make_result(make_clip("c.mp4", "print", tags={"light": "sun"}), make_answer(passed=1, shown=1)),
    ]
    found = [(split.value, split.clips) for split in splits_of(results) if split.tag == "light"]
    assert found == [("sun", 1), ("dim", 1), ("good", 1)]


def test_tags_come_from_labels_words_and_measured_facts_only():
    result = make_result(make_clip("a.mp4", person="p4 man, glasses, webcam", tags={"device": "phone"}))
    assert {(split.tag, split.value) for split in splits_of([result])} == {
        ("glasses", "yes"),
        ("gender", "man"),
        ("device", "phone"),
        ("frames a second", "24 and more"),
        ("short side, px", "480 to 719"),
        ("codec", "h264"),
    }
    silent = make_result(make_clip("a.mp4", person="p34"), make_answer(Answer.UNREADABLE, duration_s=0))
    assert "glasses" not in {split.tag for split in splits_of([silent])}
