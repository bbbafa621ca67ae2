"""The periodic job that signs heads of the log of seals: those that were missed, and one a day."""

from datetime import timedelta
from typing import TYPE_CHECKING

from api.jobs.port import RunningJob
from api.transparency import publish_head

if TYPE_CHECKING:
    from api.bootstrap import Services

TREE_HEADS = "tree-heads"
EVERY = timedelta(minutes=5)


def handle(services: "Services", job: RunningJob) -> None:  # noqa: ARG001  every handler is given its job
    """Sign a head if one is due; safe to repeat."""
    publish_head(services)
