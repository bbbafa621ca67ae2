"""One database for everything: SQLite embedded, PostgreSQL by URL, the same code on both."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text

BUSY_TIMEOUT_MS = 30_000
READING = "novisit_reading"
"""Execution option of a connection whose transaction will only read."""


def normal_url(url: str) -> URL:
    """Name the drivers this project uses: `postgresql://` means psycopg 3."""
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def make_engine(url: str) -> Engine:
    """Make an engine, and the folder of an SQLite file where it is missing."""
    parsed = normal_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, pool_size=10, max_overflow=20, hide_parameters=True)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(
        parsed,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000},
        pool_size=10,
        max_overflow=20,
        # What a person sent must not get into an error's text.
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "checkin", _leave_nothing_open)
    return engine


def _prepare_sqlite(dbapi_connection: sqlite3.Connection, _record: object) -> None:
    # The driver would begin transactions on its own, deferred and late; _begin_sqlite does it instead.
    dbapi_connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        # A wrapped key that was destroyed must not stay readable in a free page.
        "secure_delete = ON",
    ):
        dbapi_connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that reads and then writes fails at once when another wrote in between.
    reading = connection.get_execution_options().get(READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _leave_nothing_open(dbapi_connection: sqlite3.Connection | None, _record: object) -> None:
    # A COMMIT that fails (a full disk, a deferred key) leaves SQLite's transaction open, and SQLAlchemy, for
    # which it has ended, would hand the connection on like that.
    if dbapi_connection is not None and dbapi_connection.in_transaction:
        dbapi_connection.rollback()


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Run a transaction that may write; committed when the block ends, rolled back when it raises."""
    with engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Run a transaction that only reads: one consistent picture, and nobody waits for it."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection = connection.execution_options(**{READING: True})
        else:
            connection = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        yield connection
        connection.rollback()


def check(engine: Engine) -> None:
    """Return when the database answers; raise what SQLAlchemy raises where it does not."""
    with reading(engine) as connection:
        connection.execute(text("SELECT 1"))
