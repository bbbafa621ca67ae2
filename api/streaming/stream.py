"""One stream: bytes go to the evidence and to its process, what that process sees goes to the person.

The stream outlives its socket: for a while it waits for the person to come back, at the byte that was stored
last. All but what runs in threads happens on the event loop, so nothing here needs a lock.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ParamSpec

import structlog
from starlette.concurrency import run_in_threadpool

from api.error_answers import answer_for
from api.errors import (
    ApiError,
    BodyTooLarge,
    EvidenceDamaged,
    StreamTooSlow,
    WorkerLost,
    WorkTimedOut,
)
from api.evidence.port import EvidenceRef, EvidenceWriter
from api.jobs.port import Transient
from api.streaming import finishing
from api.streaming.audience import Audience, Line
from api.streaming.clock import Steps, clock_ms
from api.streaming.intake import Intake
from api.streaming.messages import close_code, problem
from api.streaming.pipe import (
    Attended,
    Begin,
    Consumed,
    End,
    FromWorker,
    Judged,
    Piece,
    Refused,
    Seen,
    Told,
)
from api.streaming.workers import StreamWorker
from liveness.challenge.schedule import PromptSchedule
from liveness.errors import LivenessError, SessionExpired, VideoError, VideoTooLarge
from liveness.sessions.session import LivenessSession
from models.errors import ModelsError

if TYPE_CHECKING:
    from api.bootstrap import Services

Given = ParamSpec("Given")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """How long a stream may take.

    grace_s: without a socket. still_s: without a byte, while there is one. total_s: from the first socket to
    the last byte. lag_bytes: how far the process may lie behind before the phone has to wait.
    """

    grace_s: float = 30.0
    still_s: float = 15.0
    total_s: float = 120.0
    lag_bytes: int = 4 << 20


class LiveStream:
    """The stream of one session, from its first socket to its answer."""

    def __init__(
        self, services: "Services", session: LivenessSession, worker: StreamWorker, limits: StreamLimits
    ) -> None:
        self.session = session
        self.over = asyncio.Event()
        self._services = services
        self.worker = worker
        self._limits = limits
        self._audience = Audience(services.catalogue)
        self._schedule: PromptSchedule | None = None
        self._intake = Intake(self._begin_video, self._hand_on)
        self._consumed = 0
        self._caught_up = asyncio.Event()
        self._holding = False
        self._began_ms = self._moved_ms = clock_ms()
        loop = asyncio.get_running_loop()
        self._seen: asyncio.Future[Seen | Refused] = loop.create_future()
        self._judged: asyncio.Future[Judged | Refused] = loop.create_future()
        self._ending: asyncio.Task[None] | None = None
        worker.listen(_on(loop, self._hear), _on(loop, self._lost))
        worker.send(Begin(session.asked))

    # the person's side

    async def attach(self, line: Line) -> None:
        """Speak over this line from now on; one that was there before is not heard any more."""
        self._moved_ms = clock_ms()
        self._audience.replace()
        await self._intake.settled()
        self._audience.join(
            line, {"type": "ready", "offset": self._intake.offset, "profile": self.session.profile.value}
        )
        self._attend(present=True)

    def detach(self, line: Line) -> None:
        """Forget a line that is gone."""
        if self._audience.leave(line):
            self._attend(present=False)

    def resume(self, line: Line, offset: int) -> None:
        """Go on at an offset that was acknowledged before. Raises StreamOutOfPlace."""
        if self._audience.line is line:
            self._intake.resume(offset)

    async def receive(self, line: Line, data: bytes) -> None:
        """Store the next bytes, acknowledge them, and wait where the process is far behind."""
        if self._audience.line is not line:
            return
        self._holding = True
        try:
            await self._receive(line, data)
        finally:
            self._holding, self._moved_ms = False, clock_ms()

    async def _receive(self, line: Line, data: bytes) -> None:
        if self._ending is not None:
            return
        try:
            taken = await self._intake.take(
                data, arrived_ms=clock_ms(), is_wanted=lambda: self._audience.line is line
            )
        except BodyTooLarge:
            self._stop(VideoTooLarge())
            return
        except (VideoError, WorkerLost) as error:
            self._stop(error)
            return
        if not taken:
            return
        line.say({"type": "ack", "offset": self._intake.offset})
        while self._intake.offset - self._consumed > self._limits.lag_bytes and self._ending is None:
            self._caught_up.clear()
            await self._caught_up.wait()

    def end(self, line: Line) -> None:
        """All bytes are here: answer."""
        if self._audience.line is line:
            self._begin_ending(self._finish)

    def look_after(self) -> None:
        """End what was left, stands still or takes too long. Called now and then."""
        now_ms = clock_ms()
        if self._audience.line is None:
            if now_ms - self._audience.left_ms > 1000 * self._limits.grace_s:
                self._stop(SessionExpired())
        elif not self._holding and now_ms - self._moved_ms > 1000 * self._limits.still_s:
            self._stop(StreamTooSlow())
        if now_ms - self._began_ms > 1000 * self._limits.total_s:
            self._stop(StreamTooSlow())

    def _begin_video(self, head: bytes) -> EvidenceWriter:
        return self._services.evidence.begin(finishing.new_video(self.session.id, head))

    def _hand_on(self, piece: bytes, arrived_ms: float) -> None:
        self.worker.send(Piece(piece, arrived_ms))

    def _attend(self, *, present: bool) -> None:
        with suppress(WorkerLost):
            self.worker.send(Attended(present))

    # the process's side

    def _hear(self, message: FromWorker) -> None:
        match message:
            case Consumed(offset=offset):
                self._consumed = offset
                self._caught_up.set()
            case Told(happenings=happenings, schedule=schedule):
                self._schedule = schedule
                for happening in happenings:
                    self._audience.tell(happening)
            case Seen(schedule=schedule):
                self._schedule = schedule
                self._seen.set_result(message)
            case Judged():
                self._judged.set_result(message)
            case Refused():
                for future in (self._seen, self._judged):
                    if not future.done():
                        future.set_result(message)
                self._begin_ending(self._finish)

    def _lost(self) -> None:
        for future in (self._seen, self._judged):
            if not future.done():
                future.set_exception(WorkerLost())
                future.exception()  # as nobody may wait for it
        self._stop(WorkerLost())

    # the end

    def _begin_ending(self, how: Callable[[], Coroutine[None, None, None]]) -> None:
        if self._ending is None:
            self._ending = asyncio.create_task(how())
            self._caught_up.set()

    def _stop(self, error: Exception) -> None:
        """End without the rest of the video."""
        self._begin_ending(lambda: self._give_up(error))

    async def _finish(self) -> None:
        """File the answer. The bytes are made durable while the process looks at the last frames."""
        ended_ms = clock_ms()
        try:
            async with asyncio.timeout(self._services.settings.analysis_timeout_seconds):
                await self._answer()
        except TimeoutError:
            await self._give_up(WorkTimedOut())
        except (Transient, ModelsError) as error:
            self._leave_to_the_job(error)
        except (LivenessError, ApiError) as error:
            await self._give_up(error)
        except Exception as error:  # whoever waits is told, whatever went wrong
            log.exception("stream failed", session=self.session.id, error=type(error).__name__)
            await self._give_up(WorkerLost())
        else:
            self._services.metrics.verdict_came(seconds=(clock_ms() - ended_ms) / 1000)
        finally:
            await self._close()

    def _leave_to_the_job(self, error: Exception) -> None:
        """The video is safe, and the job enqueued with it answers."""
        log.info("stream left to its job", session=self.session.id, error=type(error).__name__)
        self._audience.say_last(lambda _language: {"type": "pending"})

    async def _answer(self) -> None:
        steps = Steps()
        with suppress(WorkerLost):
            self.worker.send(End())
        ref = await self._intake.finish()
        steps.done("stored")
        with suppress(WorkerLost):
            await self._seen
        steps.done("seen")
        bound = await run_in_threadpool(finishing.bind, self._services, self.session, ref, self._schedule)
        steps.done("bound")
        try:
            judged = await self._judged
            steps.done("judged")
        except WorkerLost as error:
            self._leave_to_the_job(error)
            return
        decided = await run_in_threadpool(finishing.file, self._services, bound, _whole(judged, ref))
        self._audience.say_last(lambda language: finishing.view(self._services, decided, language))
        log.info("stream answered", session=self.session.id, **steps.done("filed"))

    async def _give_up(self, error: Exception) -> None:
        answer = answer_for(error)
        log.info("stream given up", session=self.session.id, code=answer.code)
        try:
            await run_in_threadpool(
                finishing.give_up, self._services, self.session, error, counts=self._is_try(error)
            )
        finally:
            self._audience.say_last(
                lambda language: problem(answer, self._services.catalogue, language), code=close_code(answer)
            )
            await self._close()

    def _is_try(self, error: Exception) -> bool:
        """Whether the person, and not the service, ended this after they were asked for a movement."""
        by_person = isinstance(error, SessionExpired | StreamTooSlow | VideoError)
        return by_person and self._schedule is not None and bool(self._schedule.prompts)

    async def _close(self) -> None:
        if not self.over.is_set():
            self.over.set()
            await self._intake.abandon()


def _whole(judged: Judged | Refused, ref: EvidenceRef) -> Judged | Refused:
    """What was judged, where it was every byte that was stored. Raises EvidenceDamaged."""
    if isinstance(judged, Judged) and judged.analysis.verdict.video_sha256 != ref.sha256:
        raise EvidenceDamaged
    return judged


def _on(loop: asyncio.AbstractEventLoop, call: Callable[Given, None]) -> Callable[Given, None]:
    """The same call from another thread; nothing happens where the loop is gone."""

    def from_thread(*args: Given.args, **kwargs: Given.kwargs) -> None:
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(partial(call, *args, **kwargs))

    return from_thread
