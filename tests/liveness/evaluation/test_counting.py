"""Every counting rule against a case that is counted by hand."""

import math

import pytest

from liveness.evaluation.answers import Answer, ClipAnswer
from liveness.evaluation.counting import ExpectedRefusal, Summary
from liveness.evaluation.labels import Movement
from liveness.evaluation.matching import Score
from liveness.verdict import Action, PadDecision
from tests.liveness.evaluation.builders import event, make_answer, make_clip, make_result

BLINK, MOUTH, NOD = Action.BLINK, Action.MOUTH, Action.NOD


def bona_fide(*answers: Answer, **more):
    return Summary.of(
        [make_result(make_clip(f"{n}.mp4", **more), make_answer(one)) for n, one in enumerate(answers)]
    ).bona_fide


def prints(*answers: ClipAnswer):
    summary = Summary.of(make_result(make_clip(f"{n}.mp4", "print"), one) for n, one in enumerate(answers))
    return summary.species["print"]


def test_people_called_an_attack_count_against_those_admitted():
    people = bona_fide(*[Answer.BONA_FIDE] * 17, Answer.ATTACK, Answer.REFUSED, Answer.UNREADABLE)
    assert (people.presentations, people.rejected, people.refused) == (20, 1, 2)
    assert people.bpcer.value == pytest.approx(1 / 18)
    assert people.bpnrr.value == pytest.approx(2 / 20)


def test_an_exchange_of_the_person_refuses_a_person_and_is_no_attack_found_by_detection():
    people = bona_fide(Answer.BONA_FIDE, Answer.PERSON_CHANGED)
    assert (people.rejected, people.refused) == (0, 1)


def test_doubt_about_a_person_is_neither_rejection_nor_refusal():
    people = bona_fide(Answer.INCONCLUSIVE, Answer.BONA_FIDE)
    assert (people.rejected, people.refused, people.undecided) == (0, 0, 1)
    assert people.bpcer.value == 0


def test_a_process_that_died_is_a_non_response_and_told_apart():
    people = bona_fide(Answer.FAILED, Answer.BONA_FIDE)
    assert (people.refused, people.failed) == (1, 1)
    attacks = prints(make_answer(Answer.FAILED))
    assert (attacks.refused, attacks.failed, attacks.answered.attacks) == (1, 1, 0)


def test_no_people_give_no_rate():
    people = Summary.of([]).bona_fide
    assert math.isnan(people.bpcer.value)
    assert people.bpcer.interval == (0.0, 1.0)


def test_attacks_are_counted_by_actions_alone_and_by_the_whole_policy():
    attacks = prints(
        make_answer(Answer.BONA_FIDE, shown=1, passed=1),
        make_answer(Answer.ATTACK, shown=2),
        make_answer(Answer.ATTACK),
        make_answer(Answer.REFUSED, shown=1),
    )
    assert (attacks.presentations, attacks.actions_fired, attacks.accepted) == (4, 3, 1)
    assert attacks.apcer.value == 0.25
    assert attacks.apcer.interval == pytest.approx((0.0063, 0.8059), abs=5e-5)


def test_a_refused_attack_is_a_non_response_and_never_a_detected_one():
    attacks = prints(
        make_answer(Answer.REFUSED, pad=PadDecision.ATTACK_PRESENTATION),
        make_answer(Answer.UNREADABLE),
        make_answer(Answer.ATTACK),
        make_answer(Answer.INCONCLUSIVE),
        make_answer(Answer.BONA_FIDE),
    )
    assert (attacks.refused, attacks.apnrr.value) == (2, 0.4)
    alone = attacks.answered
    assert (alone.presentations, alone.bona_fide, alone.attacks, alone.doubts) == (3, 1, 1, 1)
    assert alone.taken_for_bona_fide.value == pytest.approx(1 / 3)
    regardless = attacks.readable
    assert (regardless.presentations, regardless.bona_fide, regardless.attacks) == (4, 1, 2)


def test_a_cut_between_people_is_found_but_not_refused():
    attacks = prints(make_answer(Answer.PERSON_CHANGED, pad=PadDecision.BONA_FIDE))
    assert (attacks.refused, attacks.person_changed, attacks.answered.bona_fide) == (0, 1, 1)


def test_actions_found_on_attacks_are_counted_by_clip():
    attacks = prints(
        make_answer(Answer.ATTACK, event(BLINK, 1, 1.2), event(BLINK, 2, 2.2), event(NOD, 3, 4)),
        make_answer(Answer.ATTACK, event(NOD, 3, 4)),
    )
    assert attacks.fired == {NOD: 2, MOUTH: 0, BLINK: 1}


def test_every_species_is_counted_apart_and_other_clips_not_at_all():
    summary = Summary.of(
        [
            make_result(make_clip("a.mp4", "print"), make_answer(Answer.ATTACK)),
            make_result(make_clip("b.mp4", "replay"), make_answer(Answer.ATTACK)),
            make_result(make_clip("c.mp4", "replay"), make_answer(Answer.BONA_FIDE, passed=1, shown=1)),
            make_result(make_clip("d.mp4", "other"), make_answer(Answer.BONA_FIDE, passed=1, shown=1)),
        ]
    )
    assert {kind: (one.presentations, one.accepted) for kind, one in summary.species.items()} == {
        "print": (1, 0),
        "replay": (2, 1),
    }
    assert summary.bona_fide.presentations == 0


def test_only_deliberate_mouth_openings_are_asked_for():
    clip = make_clip(
        "a.mp4",
        "bona_fide",
        Movement("mouth_open", 1.0, 2.0, is_deliberate=True),
        Movement("mouth_open", 3.0, 3.1),
    )
    found = make_answer(Answer.BONA_FIDE, event(MOUTH, 1.0, 2.0), event(MOUTH, 3.0, 3.2), event(MOUTH, 6, 7))
    assert make_result(clip, found).score(MOUTH) == Score(hits=1, false=1)
    assert make_result(clip, make_answer()).score(MOUTH) == Score(misses=1)


def test_uncertain_labels_and_halves_of_nods_and_lowered_eyes_are_neutral():
    clip = make_clip(
        "a.mp4",
        "bona_fide",
        Movement("blink", 1, 1.2, is_uncertain=True),
        Movement("eyes_lowered", 3, 4),
        Movement("pitch_down", 5, 6),
        Movement("turn_A", 8, 9),
    )
    found = make_answer(
        Answer.BONA_FIDE, event(BLINK, 1, 1.2), event(BLINK, 3, 3.2), event(NOD, 5, 6), event(NOD, 8, 9)
    )
    result = make_result(clip, found)
    assert result.score(BLINK) == Score()
    assert result.score(NOD) == Score(false=1)


def test_a_clip_is_left_out_for_actions_nobody_labelled():
    clip = make_clip("a.mp4", unlabelled={"mouth_open"})
    result = make_result(clip, make_answer(Answer.BONA_FIDE, event(MOUTH, 1, 2), event(BLINK, 1, 1.2)))
    assert result.score(MOUTH) == Score()
    assert result.score(BLINK) == Score(false=1)


def test_events_count_where_quality_refuses_but_the_clip_was_read():
    clip = make_clip("a.mp4", "bona_fide", Movement("blink", 1, 1.2))
    result = make_result(clip, make_answer(Answer.REFUSED, event(BLINK, 1, 1.2)))
    assert result.score(BLINK) == Score(hits=1)


def test_an_unread_clip_misses_its_events_unless_it_should_be_refused():
    blink = Movement("blink", 1, 1.2)
    unread = make_answer(Answer.UNREADABLE)
    assert make_result(make_clip("a.mp4", "bona_fide", blink), unread).score(BLINK) == Score(misses=1)
    expected = make_clip("a.mp4", "bona_fide", blink, expects_refusal=True)
    assert make_result(expected, unread).score(BLINK) == Score()


def test_events_of_attacks_and_other_clips_add_nothing():
    for kind in ("print", "other"):
        clip = make_clip("a.mp4", kind, Movement("blink", 1, 1.2))
        assert make_result(clip, make_answer()).score(BLINK) == Score()


def test_expected_refusals_are_told_apart_with_the_part_that_refused():
    summary = Summary.of(
        [
            make_result(make_clip("dark.mp4", expects_refusal=True), make_answer(Answer.REFUSED)),
            make_result(make_clip("far.mp4", expects_refusal=True), make_answer(Answer.BONA_FIDE)),
            make_result(make_clip("good.mp4"), make_answer(Answer.REFUSED)),
        ]
    )
    assert summary.expected == (
        ExpectedRefusal("dark.mp4", "", refused=True, by=("because.refused",)),
        ExpectedRefusal("far.mp4", "", refused=False, by=()),
    )
    assert (summary.bona_fide.refused, summary.bona_fide.expected_refusals) == (2, 1)
