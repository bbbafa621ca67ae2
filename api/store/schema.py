"""The state of the database's tables: bring it up to date, or say that it is not."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from api import db
from api.errors import SchemaOutdated

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
LOCK = 0x6E6F7669736974
"""Advisory lock of PostgreSQL under which one host at a time brings the tables up to date."""


def upgrade(engine: Engine) -> str:
    """Bring the tables to the newest revision, whole or not at all, and give its name."""
    with db.transaction(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        command.upgrade(_config(connection), "head")
        return _head()


def check_current(engine: Engine) -> None:
    """Return when the tables are those of this version. Raises SchemaOutdated."""
    with db.reading(engine) as connection:
        if MigrationContext.configure(connection).get_current_revision() != _head():
            raise SchemaOutdated


def write_revision(engine: Engine, message: str, *, revision: str) -> Path:
    """Write a migration from what the database has to what the code wants; read it before use."""
    with db.transaction(engine) as connection:
        script = command.revision(_config(connection), message=message, rev_id=revision, autogenerate=True)
    if script is None or isinstance(script, list):
        raise SchemaOutdated
    return Path(script.path)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _head() -> str:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    head = ScriptDirectory.from_config(config).get_current_head()
    return head or ""
