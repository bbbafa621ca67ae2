import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from api import db


@pytest.fixture
def counter(engine: Engine) -> Callable[[], int]:
    with db.transaction(engine) as connection:
        connection.execute(text("CREATE TABLE counter (n INTEGER NOT NULL)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))

    def read() -> int:
        with db.reading(engine) as connection:
            return int(connection.execute(text("SELECT n FROM counter")).scalar_one())

    return read


def test_transaction_commits_when_its_block_ends(engine: Engine, counter: Callable[[], int]) -> None:
    with db.transaction(engine) as connection:
        connection.execute(text("UPDATE counter SET n = 7"))
    assert counter() == 7


def test_transaction_is_undone_when_its_block_raises(engine: Engine, counter: Callable[[], int]) -> None:
    def fail_half_way() -> None:
        with db.transaction(engine) as connection:
            connection.execute(text("UPDATE counter SET n = 7"))
            raise LookupError

    with pytest.raises(LookupError):
        fail_half_way()
    assert counter() == 0


def test_reading_never_waits_for_a_writer(engine: Engine, counter: Callable[[], int]) -> None:
    with db.transaction(engine) as connection:
        connection.execute(text("UPDATE counter SET n = 7"))
        assert counter() == 0
    assert counter() == 7


def test_reading_keeps_nothing(engine: Engine, counter: Callable[[], int]) -> None:
    if engine.dialect.name == "sqlite":
        with db.reading(engine) as connection:
            connection.execute(text("UPDATE counter SET n = 7"))
    else:
        with pytest.raises(Exception, match="read-only"), db.reading(engine) as connection:
            connection.execute(text("UPDATE counter SET n = 7"))
    assert counter() == 0


def test_no_read_then_write_is_lost_between_threads_on_sqlite(sqlite_engine: Engine) -> None:
    with db.transaction(sqlite_engine) as connection:
        connection.execute(text("CREATE TABLE counter (n INTEGER NOT NULL)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))

    def add_many() -> None:
        for _ in range(25):
            with db.transaction(sqlite_engine) as connection:
                n = connection.execute(text("SELECT n FROM counter")).scalar_one()
                connection.execute(text("UPDATE counter SET n = :n"), {"n": n + 1})

    threads = [threading.Thread(target=add_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.reading(sqlite_engine) as connection:
        assert connection.execute(text("SELECT n FROM counter")).scalar_one() == 100


def test_sqlite_keeps_a_log_checks_keys_and_syncs_fully(sqlite_engine: Engine) -> None:
    with db.reading(sqlite_engine) as connection:
        values = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000}


def test_plain_postgresql_address_means_psycopg_3() -> None:
    assert db.normal_url("postgresql://u@h/d").drivername == "postgresql+psycopg"


def test_check_passes_on_a_database_that_answers(engine: Engine) -> None:
    db.check(engine)
