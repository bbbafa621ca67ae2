from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveness.errors import TooManyAttempts
from liveness.sessions.attempts import AttemptLimits, History, locked_until
from tests.liveness.sessions.builders import NOW

LIMITS = AttemptLimits()
WINDOW = LIMITS.window


def minutes(*values: float) -> list[datetime]:
    return [NOW + timedelta(minutes=value) for value in values]


def make_history(**times: list[datetime]) -> History:
    def of(name: str) -> list[datetime]:
        return times.get(name, [])

    return History(
        failed_by_account=of("failed_by_account"),
        failed_by_device=of("failed_by_device"),
        failed_by_address=of("failed_by_address"),
        opened_by_account=of("opened_by_account"),
        opened_by_device=of("opened_by_device"),
        opened_by_address=of("opened_by_address"),
    )


def test_two_failures_leave_one_try() -> None:
    history = make_history(failed_by_account=minutes(0, 1))
    history.require_open(LIMITS, NOW + timedelta(minutes=2))
    assert history.attempts_left(LIMITS, NOW + timedelta(minutes=2)) == 1


@pytest.mark.parametrize("name", ["failed_by_account", "failed_by_device"])
def test_the_third_failure_locks_for_half_an_hour_after_it(name: str) -> None:
    history = make_history(**{name: minutes(0, 10, 20)})
    with pytest.raises(TooManyAttempts) as raised:
        history.require_open(LIMITS, NOW + timedelta(minutes=49))
    assert raised.value.retry_after_seconds == 61
    history.require_open(LIMITS, NOW + timedelta(minutes=50))


def test_an_address_is_shared_by_many_and_locks_later() -> None:
    make_history(failed_by_address=minutes(*range(19))).require_open(LIMITS, NOW + timedelta(minutes=20))
    with pytest.raises(TooManyAttempts):
        make_history(failed_by_address=minutes(*range(20))).require_open(LIMITS, NOW + timedelta(minutes=20))


def test_drawing_challenges_without_end_is_locked() -> None:
    history = make_history(opened_by_account=minutes(0, 3, 6, 9, 12, 15))
    with pytest.raises(TooManyAttempts):
        history.require_open(LIMITS, NOW + timedelta(minutes=16))


def test_failures_far_apart_do_not_lock() -> None:
    assert locked_until(minutes(0, 15, 30), 3, WINDOW) is None
    assert locked_until(minutes(0, 15, 29.9), 3, WINDOW) == NOW + timedelta(minutes=59.9)


def test_after_a_lock_one_may_fail_again() -> None:
    history = make_history(failed_by_account=minutes(0, 1, 2))
    assert history.attempts_left(LIMITS, NOW + timedelta(minutes=3)) == 0
    assert history.attempts_left(LIMITS, NOW + timedelta(minutes=33)) == 3


@given(st.lists(st.integers(0, 100), max_size=12), st.integers(0, 200))
def test_locked_and_tries_left_never_contradict(failed: list[int], now: int) -> None:
    history = make_history(failed_by_account=minutes(*(value for value in failed if value <= now)))
    moment = NOW + timedelta(minutes=now)
    if history.attempts_left(LIMITS, moment) == 0:
        with pytest.raises(TooManyAttempts):
            history.require_open(LIMITS, moment)
