from models.comparators.authority.breaker import CircuitBreaker


def make_breaker(now_s: list[float]) -> CircuitBreaker:
    return CircuitBreaker(failures=3, rest_s=30, monotonic_s=lambda: now_s[0])


def fail(breaker: CircuitBreaker, times: int) -> None:
    for _ in range(times):
        breaker.failed()


def test_it_opens_after_failures_in_a_row() -> None:
    breaker = make_breaker([0.0])
    fail(breaker, 2)
    assert breaker.allows()
    fail(breaker, 1)
    assert not breaker.allows()


def test_a_success_between_failures_starts_the_count_anew() -> None:
    breaker = make_breaker([0.0])
    fail(breaker, 2)
    breaker.succeeded()
    fail(breaker, 2)
    assert breaker.allows()


def test_after_the_rest_one_caller_may_try() -> None:
    now_s = [0.0]
    breaker = make_breaker(now_s)
    fail(breaker, 3)
    now_s[0] = 29.9
    assert not breaker.allows()
    now_s[0] = 30.0
    assert breaker.allows()
    assert not breaker.allows()


def test_a_failed_try_rests_again_and_a_good_one_closes() -> None:
    now_s = [0.0]
    breaker = make_breaker(now_s)
    fail(breaker, 3)
    now_s[0] = 30.0
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()
    now_s[0] = 60.0
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
