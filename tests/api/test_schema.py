import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect

from api import db
from api.db import make_engine
from api.errors import SchemaOutdated
from api.store import schema
from api.store.metadata import all_tables


@pytest.fixture
def empty(database_url: str) -> Engine:
    return make_engine(database_url)


def test_migrations_make_exactly_the_tables_of_the_code(empty: Engine) -> None:
    schema.upgrade(empty)
    with db.reading(empty) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, all_tables()) == []
    empty.dispose()


def test_upgrade_twice_is_upgrade_once(empty: Engine) -> None:
    assert schema.upgrade(empty) == schema.upgrade(empty)
    schema.check_current(empty)
    empty.dispose()


def test_database_without_tables_is_outdated(empty: Engine) -> None:
    with pytest.raises(SchemaOutdated):
        schema.check_current(empty)
    empty.dispose()


def test_every_row_of_the_work_of_an_organ_names_it() -> None:
    needed = {"cases", "certificates", "organs"} & set(all_tables().tables)
    for name in needed - {"organs"}:
        assert "organ_id" in all_tables().tables[name].columns, name


def test_check_constraints_reach_the_database(empty: Engine) -> None:
    schema.upgrade(empty)
    names = {check["name"] for check in inspect(empty).get_check_constraints("accounts")}
    assert "ck_accounts_staff_has_organ" in names
    empty.dispose()
