"""What the track, second faces and the likeness along a clip say."""

import numpy as np
import pytest

from liveness.continuity import ContinuityLimits, FaceSight, judge_continuity
from liveness.continuity.findings import weakest_link
from tests.liveness.builders import make_observations

LIMITS = ContinuityLimits()
ONE, OTHER = np.eye(128, dtype=np.float32)[:2]


def sight(time_ms: int, person, *, turned: float = 0.0) -> FaceSight:
    """A look at a person whose head is turned: 0 looks as always, 1 like nothing seen before."""
    away = np.eye(128, dtype=np.float32)[5]
    vector = (1 - turned) * person + turned * away
    return FaceSight(time_ms, np.asarray(vector / np.linalg.norm(vector), np.float32))


def judge(*sights, **observed):
    return judge_continuity(make_observations(**observed), LIMITS, sights=sights)


def test_a_steady_track_of_one_face_has_no_findings():
    found = judge(*(sight(1000 * at, ONE) for at in range(6)))
    assert (found.refusals, found.breaches) == ((), ())


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


def test_the_weakest_link_of_too_few_looks_says_nothing():
    assert weakest_link([]) == (1.0, None)
    assert weakest_link([sight(0, ONE)]) == (1.0, None)


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
