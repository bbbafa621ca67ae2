"""The composition root: the only place that chooses concrete backends, reads the clock and draws randomness.

Parts are built when first asked for, so that a command pays only for what it uses.
"""

import contextlib
import os
import platform
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Generic, Self, TypeVar, overload

import anyio
import structlog
from anyio.lowlevel import RunVar
from sqlalchemy import Connection, Engine

from api import db, logging
from api.identifiers import IdSource, uuid7_source
from api.messages import Catalogue
from api.metrics import Metrics
from api.settings import Settings

if TYPE_CHECKING:
    from api.auth.passwords import Passwords
    from api.auth.sign_ins import SignIns
    from api.evidence.fields import FieldCipher
    from api.evidence.keyring import Keyring
    from api.evidence.store import EncryptedEvidence
    from api.jobs.pool import WorkPool
    from api.jobs.port import JobRunner
    from api.notices.outbox import OutboxNotifier
    from api.store.portraits import PortraitTable
    from filing.catalogue import Catalogue as MatterCatalogue
    from filing.clock import Clock as WorkingClock
    from filing.verification import PersonDigests
    from liveness.challenge import ChallengeSource
    from liveness.consent import ConsentTexts
    from models.comparison import FaceComparator
    from models.weights import WeightStore

Clock = Callable[[], datetime]
RandomBytes = Callable[[int], bytes]
Part = TypeVar("Part")


def system_clock() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251  this is the place the rule names


class lazily(Generic[Part]):  # noqa: N801  reads as a decorator
    """A part of Services that is built once, when first asked for, by one thread."""

    def __init__(self, build: Callable[["Services"], Part]) -> None:
        self.build = build
        self.__doc__ = build.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, services: None, owner: type) -> Self: ...

    @overload
    def __get__(self, services: "Services", owner: type) -> Part: ...

    def __get__(self, services: "Services | None", owner: type) -> "Self | Part":
        if services is None:
            return self
        return services.part(self.name, self.build)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """Parts that tests and demonstrations put in the place of the real ones; refused in production."""

    clock: Clock | None = None
    random_bytes: RandomBytes | None = None
    new_id: IdSource | None = None
    engine: Engine | None = None
    passwords: "Passwords | None" = None
    jobs: "JobRunner | None" = None
    comparator: "FaceComparator | None" = None

    def any_given(self) -> bool:
        return any(getattr(self, name) is not None for name in self.__dataclass_fields__)


class Services:
    """Everything the service is made of. Built by `build`; parts are attributes."""

    def __init__(self, settings: Settings, overrides: Overrides) -> None:
        self.settings = settings
        self.overrides = overrides
        self.clock: Clock = overrides.clock or system_clock
        self.random_bytes: RandomBytes = overrides.random_bytes or os.urandom
        self.new_id: IdSource = overrides.new_id or uuid7_source(
            clock=self.clock, random_bytes=self.random_bytes
        )
        self._parts: dict[str, object] = {}
        self._building = threading.RLock()
        self.when_ready: Callable[[], None] = lambda: None
        self._closing = contextlib.ExitStack()
        self._write_gate: RunVar[anyio.CapacityLimiter | None] = RunVar("novisit_write_gate")

    def part(self, name: str, build: "Callable[[Services], Part]") -> Part:
        with self._building:
            if name not in self._parts:
                self._parts[name] = build(self)
            return self._parts[name]  # type: ignore[return-value]  # each name has one builder

    def is_built(self, name: str) -> bool:
        return name in self._parts

    @lazily
    def catalogue(self) -> Catalogue:
        """Messages for people."""
        return Catalogue.load()

    @lazily
    def metrics(self) -> Metrics:
        """Figures for the operator."""
        return Metrics()

    @lazily
    def engine(self) -> Engine:
        """The database."""
        if self.overrides.engine is not None:
            return self.overrides.engine
        engine = db.make_engine(self.settings.database_url)
        self._closing.callback(engine.dispose)
        return engine

    def write_gate(self) -> anyio.CapacityLimiter:
        """How many requests may hold a write transaction at once, within one event loop."""
        gate = self._write_gate.get(None)
        if gate is None:
            gate = anyio.CapacityLimiter(1 if self.engine.dialect.name == "sqlite" else 20)
            self._write_gate.set(gate)
        return gate

    def transaction(self) -> contextlib.AbstractContextManager[Connection]:
        """A write transaction outside a request: jobs, uploads, commands."""
        return db.transaction(self.engine)

    def reading(self) -> contextlib.AbstractContextManager[Connection]:
        """A transaction that only reads."""
        return db.reading(self.engine)

    def keyring(self) -> "Keyring":
        """Keys that wrap evidence, read anew so that a rotation shows; made where development has none."""
        from api.evidence.keyring import Keyring

        file = self.settings.keyring_file
        with self._building:
            if not file.exists() and not self.settings.is_production:
                Keyring.generate(random_bytes=self.random_bytes).save_first(file)
        return Keyring.load(file, random_bytes=self.random_bytes)

    @lazily
    def cipher(self) -> "FieldCipher":
        """Seals small secrets for table columns."""
        from api.evidence.fields import FieldCipher

        return FieldCipher(self.keyring)

    @lazily
    def evidence(self) -> "EncryptedEvidence":
        """Encrypted evidence, in a folder."""
        from api.evidence.objects import FolderObjects
        from api.evidence.store import EncryptedEvidence, EvidenceParts

        return EncryptedEvidence(
            EvidenceParts(
                engine=self.engine,
                objects=FolderObjects(self.settings.data_dir / "evidence"),
                keyring=self.keyring,
                clock=self.clock,
                new_id=self.new_id,
                random_bytes=self.random_bytes,
            )
        )

    @lazily
    def person_digests(self) -> "PersonDigests":
        """Digests of persons and names, the same for the same person, telling nothing of them."""
        from filing.verification import PersonDigests

        return PersonDigests(lambda purpose, *parts: self.keyring().digest(purpose, *parts))

    @lazily
    def jobs(self) -> "JobRunner":
        """Durable jobs, with every handler registered; they run once `start_work` was called."""
        from api.jobs.handlers import register_all

        runner = self.overrides.jobs or self._durable_jobs()
        register_all(runner, self)
        self._closing.callback(runner.stop)
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
        self._closing.callback(pool.stop)
        return pool

    @lazily
    def paper_pool(self) -> "WorkPool":
        """Spawned processes that seal and verify, so that nobody waits behind a video for a paper."""
        from api.jobs.pool import WorkPool

        pool = WorkPool(
            workers=1,
            memory_mib=self.settings.worker_memory_mib,
            modules=("filing.rendering", "signing.sealing", "signing.verification"),
        )
        self._closing.callback(pool.stop)
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

    def start_work(self) -> None:
        """Begin to run jobs, first those that a dead process left, and warm the pool; `close` ends both."""
        self.jobs.start()
        self.pool.start()
        self.paper_pool.start()

    def _interrupt_work(self) -> None:
        for name in ("pool", "paper_pool"):
            if self.is_built(name):
                getattr(self, name).stop()

    def person_digest(self, document_type: str, document_number: str) -> str:
        """A digest that is the same for the same document and tells nothing of it."""
        return self.person_digests.person(document_type, document_number)

    @lazily
    def working_clock(self) -> "WorkingClock":
        """Working days and office hours."""
        from filing.calendars import ChineseCalendar
        from filing.clock import Clock, OfficeHours

        return Clock(ChineseCalendar(), OfficeHours.parse(self.settings.office_hours))

    @lazily
    def matters(self) -> "MatterCatalogue":
        """The catalogue of matters, read and checked once."""
        from filing.catalogue import load_catalogue
        from filing.matters import CatalogueProfile

        return load_catalogue(profile=CatalogueProfile(self.settings.catalogue_profile))

    @lazily
    def sign_ins(self) -> "SignIns":
        """Accounts and who is signed in."""
        from api.auth.passwords import Passwords
        from api.auth.sign_ins import SignInLimits, SignInParts, SignIns

        parts = SignInParts(
            engine=self.engine,
            cipher=self.cipher,
            passwords=self.overrides.passwords or Passwords(),
            clock=self.clock,
            new_id=self.new_id,
            random_bytes=self.random_bytes,
        )
        limits = SignInLimits(
            idle=timedelta(minutes=self.settings.session_idle_minutes),
            absolute=timedelta(hours=self.settings.session_absolute_hours),
            attempts=self.settings.sign_in_attempts_per_quarter,
        )
        return SignIns(parts, limits)

    @lazily
    def weights(self) -> "WeightStore":
        """Weights of the neural networks."""
        from models.weights import WeightStore

        return WeightStore(self.settings.weights_dir)

    @lazily
    def comparator(self) -> "FaceComparator":
        """Face comparison by the backend that the settings name, and by no other."""
        from models.registry import ComparatorConfig, build_comparator

        if self.overrides.comparator is not None:
            return self.overrides.comparator
        config = ComparatorConfig(
            weights=self.weights,
            register=self.portraits,
            options=self.settings.comparator_options,
            production=self.settings.is_production,
            clock=self.clock,
            new_id=self.new_id,
        )
        comparator = build_comparator(self.settings.comparator, config)
        close = getattr(comparator, "close", None)
        if callable(close):
            self._closing.callback(close)
        return comparator

    @lazily
    def challenges(self) -> "ChallengeSource":
        """Where challenges come from; a fixed one is refused in production by the settings."""
        from liveness.challenge import FixedChallengeSource, RandomChallengeSource
        from liveness.verdict import Action

        if self.settings.challenge_source == "system":
            return RandomChallengeSource(self.random_bytes)
        actions = [Action(name) for name in self.settings.challenge_actions] or list(Action)
        return FixedChallengeSource(actions, self.random_bytes)

    @lazily
    def consent_texts(self) -> "ConsentTexts":
        """Consent texts and the ways without the face."""
        from liveness.consent import ConsentTexts

        return ConsentTexts.load()

    @lazily
    def portraits(self) -> "PortraitTable":
        """The local register of portraits."""
        from api.store.portraits import PortraitTable

        return PortraitTable(
            self.engine,
            cipher=self.cipher,
            digest=lambda *words: self.keyring().digest("portrait", *words),
        )

    def checks(self) -> dict[str, Callable[[], None]]:
        """What /readyz asks; each returns when its backend can work and raises where not."""
        return {
            "database": self._check_database,
            "keyring": self._check_keyring,
            "evidence": self.evidence.check,
            "jobs": self.jobs.check,
            "pool": self.pool.check,
            "weights": self._check_weights,
            "comparator": lambda: self.comparator.check(),
            "seals": self._check_seals,
        }

    def _check_database(self) -> None:
        from api.store import schema

        schema.check_current(self.engine)

    def _check_keyring(self) -> None:
        self.keyring()

    def _check_seals(self) -> None:
        from signing.demonstration import open_folder

        open_folder(self.settings.seal_dir, self.clock).check()

    def _check_weights(self) -> None:
        for name in ("face_landmarker", "sface", "yunet"):
            self.weights.path(name)

    def close(self) -> None:
        """Give back what was opened."""
        self._closing.close()


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
        _refuse_demonstration_seals(services)
    return services


def _refuse_demonstration_seals(services: Services) -> None:
    """Look at the certificates themselves: a marker file can be deleted, an issuer cannot."""
    from api.errors import UnsafeForProduction
    from signing.demonstration import open_folder, refuse_demonstration
    from signing.errors import DemonstrationRefused

    folder = services.settings.seal_dir
    if not (folder / "root.crt").exists():
        return
    authority = open_folder(folder, services.clock)
    try:
        for seal in authority.seals:
            refuse_demonstration(authority.credential(seal.organ_id))
    except DemonstrationRefused as error:
        raise UnsafeForProduction([str(error)]) from None


def upgrade_database(services: Services) -> str:
    """Bring our tables and those of the job engine up to date, and give the revision ours have then."""
    from api.store import schema

    revision = schema.upgrade(services.engine)
    services.jobs.prepare()
    return revision
