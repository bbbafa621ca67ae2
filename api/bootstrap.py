"""The composition root: the only place that chooses concrete backends, reads the clock and draws randomness.

Parts are built when first asked for, so that a command pays only for what it uses.
"""

import contextlib
import os
import platform
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import anyio
import structlog
from anyio.lowlevel import RunVar
from sqlalchemy import Connection, Engine

from api import db, logging
from api.identifiers import IdSource, uuid7_source
from api.messages import Catalogue
from api.metrics import Metrics
from api.parts import Parts, lazily
from api.settings import Settings

if TYPE_CHECKING:
    from api.auth.passwords import Passwords
    from api.auth.sign_ins import SignIns
    from api.evidence.fields import FieldCipher
    from api.evidence.keyring import Keyring
    from api.evidence.store import EncryptedEvidence
    from api.jobs.pool import WorkPool
    from api.jobs.port import JobRunner
    from api.limits import PublicLimits
    from api.notices.outbox import OutboxNotifier
    from api.store.portraits import PortraitTable
    from api.streaming.hub import Streams
    from api.streaming.stream import StreamLimits
    from api.streaming.workers import StreamWorkers
    from filing.catalogue import Catalogue as MatterCatalogue
    from filing.clock import Clock as WorkingClock
    from filing.verification import PersonDigests
    from liveness.challenge.source import ChallengeSource
    from liveness.evidence.record import EvidenceSigner
    from liveness.pad.policy import PadPolicy
    from liveness.sessions.consent import ConsentTexts
    from models.comparison import FaceComparator
    from models.weights import WeightStore

Clock = Callable[[], datetime]
RandomBytes = Callable[[int], bytes]


def system_clock() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251  this is the place the rule names


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
    pad_policy: "PadPolicy | None" = None
    stream_limits: "StreamLimits | None" = None

    def any_given(self) -> bool:
        return any(getattr(self, name) is not None for name in self.__dataclass_fields__)


class Services(Parts):
    """Everything the service is made of. Built by `build`; parts are attributes."""

    def __init__(self, settings: Settings, overrides: Overrides) -> None:
        super().__init__()
        self.settings = settings
        self.overrides = overrides
        self.clock: Clock = overrides.clock or system_clock
        self.random_bytes: RandomBytes = overrides.random_bytes or os.urandom
        self.new_id: IdSource = overrides.new_id or uuid7_source(
            clock=self.clock, random_bytes=self.random_bytes
        )
        self.when_ready: Callable[[], None] = lambda: None
        self._write_gate: RunVar[anyio.CapacityLimiter | None] = RunVar("novisit_write_gate")

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
        self.closing.callback(engine.dispose)
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
        with self.building:
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
            workers=1,
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

    @lazily
    def pad_policy(self) -> "PadPolicy":
        """What decides about presentation attacks."""
        from liveness.pad.policy import PadPolicy

        policy = self.overrides.pad_policy or PadPolicy.load(self.settings.pad_policy)
        if self.settings.is_production:
            policy.require_fit_for_production()
        return policy

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
    def public_limits(self) -> "PublicLimits":
        """How often one address may ask for what needs no account."""
        from api.limits import PublicLimits

        return PublicLimits(times=self.settings.public_requests_per_quarter, clock=self.clock)

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
            self.closing.callback(close)
        return comparator

    @lazily
    def challenges(self) -> "ChallengeSource":
        """Where challenges come from; a fixed one is refused in production by the settings."""
        from liveness.challenge.source import FixedChallengeSource, RandomChallengeSource
        from liveness.verdict import STANDARD_ACTIONS, Action

        if self.settings.challenge_source == "system":
            return RandomChallengeSource(self.random_bytes)
        actions = [Action(name) for name in self.settings.challenge_actions] or list(STANDARD_ACTIONS)
        return FixedChallengeSource(actions, self.random_bytes)

    @lazily
    def consent_texts(self) -> "ConsentTexts":
        """Consent texts and the ways without the face."""
        from liveness.sessions.consent import ConsentTexts

        return ConsentTexts.load()

    @lazily
    def record_signer(self) -> "EvidenceSigner":
        """What signs the records of liveness decisions. Raises SealingError where nothing fit was set up."""
        from signing.errors import DemonstrationRefused
        from signing.records.demonstration import open_record_signer

        if self.settings.is_production:
            # The only key there is comes from the demonstration authority; records stay unsigned and say so.
            raise DemonstrationRefused
        return open_record_signer(self.settings.seal_dir, self.clock)

    @lazily
    def model_digests(self) -> Mapping[str, str]:
        """The networks that judge liveness, name to SHA-256, as records name them."""
        from models.weights import load_manifest

        folder = self.settings.weights_dir
        return {
            weight.name: weight.sha256
            for weight in load_manifest()
            if weight.required or (folder / weight.file).is_file()
        }

    @lazily
    def portraits(self) -> "PortraitTable":
        """The local register of portraits."""
        from api.store.portraits import PortraitTable

        return PortraitTable(
            self.engine,
            cipher=self.cipher,
            digest=lambda *words: self.keyring().digest("portrait", *words),
        )


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

        refuse_demonstration_seals(settings.seal_dir, services.clock)
    return services


def upgrade_database(services: Services) -> str:
    """Bring our tables and those of the job engine up to date, and give the revision ours have then."""
    from api.store import schema

    revision = schema.upgrade(services.engine)
    services.jobs.prepare()
    return revision
