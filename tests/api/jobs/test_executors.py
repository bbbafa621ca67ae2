import pytest
from sqlalchemy import Engine, text

from api.db import make_engine
from api.jobs.executors import AdvisoryLocks, ExecutorLocks, claim_slot, executor_locks


@pytest.fixture
def locks(engine: Engine) -> ExecutorLocks:
    return executor_locks(engine)


def test_a_name_is_held_by_one_until_it_is_released(locks: ExecutorLocks) -> None:
    hold = locks.claim("host-0")
    assert hold is not None
    assert hold.is_held()
    assert locks.claim("host-0") is None
    hold.release()
    again = locks.claim("host-0")
    assert again is not None
    again.release()


def test_a_process_gets_the_first_free_name_of_its_host(locks: ExecutorLocks) -> None:
    first, second = claim_slot(locks, "host"), claim_slot(locks, "host")
    other = claim_slot(locks, "other")
    assert [hold.name for hold in (first, second, other)] == ["host-0", "host-1", "other-0"]
    first.release()
    anew = claim_slot(locks, "host")
    assert anew.name == "host-0"
    for hold in (anew, second, other):
        hold.release()


@pytest.mark.postgres
def test_a_lock_that_the_database_dropped_is_known_as_lost(empty_postgres_url: str) -> None:
    engine = make_engine(empty_postgres_url)
    locks = AdvisoryLocks(engine)
    hold = locks.claim("host-0")
    assert hold is not None
    with engine.connect() as other:
        other.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        )
    assert not hold.is_held()
    anew = locks.claim("host-0")
    assert anew is not None
    hold.release()
    assert anew.is_held()
    anew.release()
    engine.dispose()
