"""How Alembic runs here: on a connection that is given, inside the transaction that is open on it."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON, Connection

from api.store.metadata import UtcDateTime, all_tables


def is_ours(_object: object, _name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """Tables of the job engine share the database; they have a history of their own."""
    return not (kind == "table" and reflected and compare_to is None)


def render(kind: str, thing: Any, context_: AutogenContext) -> str | Literal[False]:  # noqa: ANN401  Alembic's
    """Write plain types into a migration, so that it does not change with our code."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, JSON):
        context_.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


def run() -> None:
    connection = context.config.attributes["connection"]
    if not isinstance(connection, Connection):
        raise TypeError("migrations run through api.store.schema")
    context.configure(
        connection=connection,
        target_metadata=all_tables(),
        include_object=is_ours,
        render_item=render,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
