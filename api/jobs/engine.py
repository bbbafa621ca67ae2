"""How dbos, the engine of durable jobs, is set up."""

import logging

from dbos import DBOSClient, DBOSConfig, DBOSPortableJSONSerializer

APPLICATION = "novisit"
APPLICATION_VERSION = "1"
"""Fixed: dbos would else digest the source, and a deployment would orphan the jobs of the one before."""


def make_client(url: str) -> DBOSClient:
    """What enqueues; it opens the database, a SQLAlchemy URL, when it is first used."""
    quieten()
    return DBOSClient(
        system_database_url=url,
        serializer=DBOSPortableJSONSerializer(),
        application_name=APPLICATION,
        lazy=True,
    )


def configuration(url: str, *, executor_id: str, concurrency: int) -> DBOSConfig:
    """What runs jobs, at most `concurrency` at once, as one named executor. Sends nothing to anybody."""
    return {
        "name": APPLICATION,
        "system_database_url": url,
        "application_version": APPLICATION_VERSION,
        "executor_id": executor_id,
        "serializer": DBOSPortableJSONSerializer(),
        "sys_db_pool_size": concurrency + 6,
        "notification_listener_polling_interval_sec": 0.5,
        "enable_otlp": False,
        "log_level": "WARNING",
    }


def quieten() -> None:
    """Let dbos log through our own chain; with no handler of ours it would write to the terminal itself."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.setLevel(logging.WARNING)
