"""What the track, second faces and the likeness along a clip say."""

import math
from dataclasses import replace

import numpy as np
import pytest

from liveness.continuity import ContinuityLimits, FaceSight, Sightings, judge_continuity
from liveness.continuity.findings import weakest_link
from liveness.verdict import Action, ActionEvent
from tests.liveness.builders import make_observations

LIMITS = ContinuityLimits()
ONE, OTHER = np.eye(128, dtype=np.float32)[:2]


def sight(time_ms: int, person, *, turned: float = 0.0) -> FaceSight:
    """A look at a person whose head is turned: 0 looks as always, 1 like nothing seen before."""
    away = np.eye(128, dtype=np.float32)[5]
    vector = (1 - turned) * person + turned * away
    return FaceSight(time_ms, np.asarray(vector / np.linalg.norm(vector), np.float32))


def judge(*sights, breaks_ms=(), overlooked_ms=(), matched=(), **observed):
    sightings = Sightings(sights, breaks_ms, overlooked_ms)
    return judge_continuity(make_observations(**observed), LIMITS, sightings=sightings, matched=matched)


def nod(start_ms: int, end_ms: int) -> ActionEvent:
    return ActionEvent(Action.NOD, start_ms, (start_ms + end_ms) // 2, end_ms, 15.0, 8.0, "deg")


def doubts(found) -> list[tuple[str, int | None]]:
    return [(reason.code, reason.at_ms) for reason in found.doubts]


def test_a_steady_track_of_one_face_has_no_findings():
    found = judge(*(sight(1000 * at, ONE) for at in range(6)))
    assert (found.refusals, found.breaches, found.doubts) == ((), (), ())


def test_another_person_from_some_moment_on_is_a_breach_at_that_moment():
    found = judge(*(sight(1000 * at, ONE if at < 4 else OTHER) for at in range(6)))
    assert [(reason.code, reason.at_ms) for reason in found.breaches] == [("continuity.person_changed", 4000)]


@pytest.mark.parametrize("shown", [(2,), (2, 3), (0,), (5,)], ids=str)
def test_another_person_for_a_while_is_a_breach_however_short(shown):
    found = judge(*(sight(1000 * at, OTHER if at in shown else ONE) for at in range(6)))
    assert [reason.code for reason in found.breaches] == ["continuity.person_changed"]


def test_a_head_that_turns_by_and_by_is_one_person():
    looks = [sight(500 * index, ONE, turned=index / 12) for index in range(11)]
    assert float(looks[0].vector @ looks[-1].vector) < LIMITS.least_likeness
    assert judge(*looks).breaches == ()


def test_too_few_looks_leave_open_who_was_there():
    twice = sight(0, ONE)
    for sights in ((), (twice,), (twice, twice)):
        assert math.isnan(weakest_link(sights)[0])
        found = judge(*sights)
        assert doubts(found) == [("continuity.unmeasured", None)]
        assert found.breaches == ()


@pytest.mark.parametrize("number", [math.nan, math.inf])
@pytest.mark.parametrize("wrong", [0, 1, 2])
def test_a_look_that_is_no_number_leaves_open_who_was_there(number, wrong):
    looks = [sight(1000 * at, ONE) for at in range(3)]
    looks[wrong] = replace(looks[wrong], vector=np.full(128, number, np.float32))
    found = judge(*looks)
    assert doubts(found) == [("continuity.unmeasured", None)]
    assert found.drift == ()


ALONG = tuple(sight(1000 * at, ONE) for at in range(9))


def test_a_movement_between_two_breaks_that_nobody_was_looked_at_in_leaves_the_answer_open():
    unseen = {"breaks_ms": (3100, 3900)}
    assert doubts(judge(*ALONG, **unseen, matched=[nod(3200, 3800)])) == [("continuity.unwatched", 3200)]
    assert doubts(judge(*ALONG, **unseen, matched=[nod(2500, 3200)])) == [("continuity.unwatched", 2500)]
    assert doubts(judge(*ALONG, **unseen, matched=[nod(5000, 6000)])) == []


def test_a_movement_through_breaks_that_were_looked_at_is_of_that_person():
    looks = (*ALONG, replace(sight(3100, ONE), broken=True))
    assert doubts(judge(*looks, breaks_ms=(3100,), matched=[nod(2500, 3600)])) == []


@pytest.mark.parametrize(("person", "told"), [(ONE, []), (OTHER, [("continuity.unwatched", 3200)])])
def test_a_turned_head_must_be_like_one_from_the_front_and_is_no_breach_where_it_is_not(person, told):
    turned = replace(sight(3500, person, turned=0.3), turned=True)
    found = judge(*ALONG, turned, breaks_ms=(3100, 3900), matched=[nod(3200, 3800)])
    assert doubts(found) == told
    assert found.breaches == ()


def test_breaks_that_no_look_was_left_for_leave_the_answer_open():
    found = judge(*ALONG, breaks_ms=(500, 1500, 7500), overlooked_ms=(7500,))
    assert doubts(found) == [("continuity.too_many_breaks", 7500)]


def test_the_drift_is_told_for_every_look_after_the_first():
    found = judge(sight(0, ONE), sight(1000, OTHER), sight(2000, ONE))
    assert [(item.time_ms, item.to_last, item.to_nearest) for item in found.drift] == [
        (1000, 0.0, 0.0),
        (2000, 0.0, 1.0),
    ]


def test_a_jump_is_refused():
    found = judge(jumps_ms=(1200,))
    assert [(reason.code, reason.at_ms) for reason in found.refusals] == [("continuity.jumped", 1200)]


def test_a_second_face_is_refused_once_it_stays():
    assert judge(rivals_ms=(1000, 3000)).refusals == ()
    stays = judge(rivals_ms=(1000, 1500, 2000))
    assert [reason.code for reason in stays.refusals] == ["quality.several_faces"]
