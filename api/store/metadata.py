"""The one metadata of all tables, and the column types they share.

Each area keeps its tables in api/store/tables/<area>.py; `all_tables()` imports them all. Ids are strings
made by the injected id source (36 characters at most), times are aware and in UTC.
"""

import importlib
import pkgutil
from datetime import UTC, datetime

from sqlalchemy import JSON, DateTime, Dialect, MetaData, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = String(36)
"""An id made by the id source."""
Digest = String(64)
"""A SHA-256 or HMAC-SHA-256 in lower-case hexadecimal."""
Json = JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC; SQLite keeps no zone, so it is put back on reading. A naive time is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  SQLAlchemy's signature
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times are aware; this one has no zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  SQLAlchemy's signature
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def all_tables() -> MetaData:
    """Import every table module and give the metadata, whole."""
    package = importlib.import_module("api.store.tables")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"api.store.tables.{module.name}")
    return metadata
