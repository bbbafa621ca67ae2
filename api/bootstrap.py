"""The composition root: the only place that chooses concrete backends, reads the clock and draws randomness.

Parts are built when first asked for, so that a command pays only for what it uses.
"""

import os
import platform
import secrets
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from api import logging
from api.composition.foundation import Clock, Overrides, RandomBytes
from api.composition.office import Office
from api.composition.parts import lazily
from api.composition.recognition import Recognition
from api.composition.sealing import Sealing
from api.identifiers import IdSource, uuid7_source
from api.settings import Settings

if TYPE_CHECKING:
    from api.jobs.pool import WorkPool
    from api.jobs.port import JobRunner
    from api.notices.outbox import OutboxNotifier
    from api.streaming.hub import Streams
    from api.streaming.workers import StreamWorkers

__all__ = ["Overrides", "Services", "build", "system_clock", "upgrade_database"]


def system_clock() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251  this is the place the rule names


class Services(Recognition, Sealing, Office):
    """Everything the service is made of. Built by `build`; parts are attributes."""

    def __init__(self, settings: Settings, overrides: Overrides) -> None:
        super().__init__()
        self.settings = settings
        self.overrides = overrides
        self.clock: Clock = overrides.clock or system_clock
        self.random_bytes: RandomBytes = overrides.random_bytes or secrets.token_bytes
        self.new_id: IdSource = overrides.new_id or uuid7_source(
            clock=self.clock, random_bytes=self.random_bytes
        )
        self.when_ready: Callable[[], None] = lambda: None

    @lazily
    def jobs(self) -> "JobRunner":
        """Durable jobs, with every handler registered; they run once `start_work` was called."""
        from api.jobs.handlers import register_all

        runner = self.overrides.jobs or self._durable_jobs()
        register_all(runner, self)
        self.closing.callback(runner.stop)
        return runner

    def _durable_jobs(self) -> "JobRunner":
        from api.jobs.durable import DurableJobRunner, DurableParts

        return DurableJobRunner(
            DurableParts(
                engine=self.engine,
                clock=self.clock,
                new_id=self.new_id,
                host=self.settings.executor_name or platform.node() or "host",
                concurrency=self.settings.job_concurrency,
                interrupt=self._interrupt_work,
            )
        )

    @lazily
    def pool(self) -> "WorkPool":
        """Spawned processes for heavy work."""
        from api.jobs.pool import WorkPool

        pool = WorkPool(
            workers=self.settings.workers,
            memory_mib=self.settings.worker_memory_mib,
            modules=("liveness.analysis",),
        )
        self.closing.callback(pool.stop)
        return pool

    @lazily
    def paper_pool(self) -> "WorkPool":
        """Spawned processes that seal and verify, so that nobody waits behind a video for a paper."""
        from api.jobs.pool import WorkPool

        pool = WorkPool(
            workers=self.settings.paper_workers,
            memory_mib=self.settings.worker_memory_mib,
            modules=("filing.rendering", "signing.sealing", "signing.verification"),
        )
        self.closing.callback(pool.stop)
        return pool

    @lazily
    def notifier(self) -> "OutboxNotifier":
        """Notices to people, by the log."""
        from api.notices.log_channel import LogChannel
        from api.notices.outbox import OutboxNotifier

        return OutboxNotifier(
            engine=self.engine,
            jobs=self.jobs,
            channel=LogChannel(),
            clock=self.clock,
            new_id=self.new_id,
        )

    @lazily
    def stream_workers(self) -> "StreamWorkers":
        """Spawned processes, each for one video that is judged while it is recorded."""
        from api.streaming.pipe import Setup
        from api.streaming.workers import StreamWorkers

        setup = Setup(
            parent=os.getpid(),
            memory_mib=self.settings.worker_memory_mib,
            cpu_seconds=self.settings.stream_cpu_seconds,
            weights=self.weights,
            policy=self.pad_policy,
        )
        workers = StreamWorkers(setup, most=self.settings.streams, spares=self.settings.spare_streams)
        self.closing.callback(workers.stop)
        return workers

    @lazily
    def streams(self) -> "Streams":
        """Videos that are judged while they are recorded."""
        from api.streaming.hub import Streams
        from api.streaming.stream import StreamLimits

        return Streams(self, self.stream_workers, self.overrides.stream_limits or StreamLimits())

    def start_work(self) -> None:
        """Begin to run jobs, first those that a dead process left, and warm processes; `close` ends all."""
        self.jobs.start()
        self.pool.start()
        self.paper_pool.start()
        self.stream_workers.start()
        self._warm_answers()

    def _warm_answers(self) -> None:
        from api.streaming.finishing import warm

        threading.Thread(target=warm, args=(self,), daemon=True).start()

    def _interrupt_work(self) -> None:
        for name in ("pool", "paper_pool"):
            if self.is_built(name):
                getattr(self, name).stop()


def build(settings: Settings, *, overrides: Overrides | None = None) -> Services:
    """Choose the backends that the settings name. Raises UnsafeForProduction.

    Logs are set up as well where nobody did: what structlog does by itself prints every local variable.
    """
    settings.require_safe()
    if not structlog.is_configured():
        logging.configure(level=settings.log_level, stream=sys.stderr)
    given = overrides or Overrides()
    if settings.is_production and given.any_given():
        from api.errors import UnsafeForProduction

        raise UnsafeForProduction(["parts were replaced by overrides"])
    services = Services(settings, given)
    if settings.is_production:
        from api.production import refuse_demonstration_seals

        refuse_demonstration_seals(settings.seal_dir)
    return services


def upgrade_database(services: Services) -> str:
    """Bring our tables and those of the job engine up to date, and give the revision ours have then."""
    from api.store import schema

    revision = schema.upgrade(services.engine)
    services.jobs.prepare()
    return revision
