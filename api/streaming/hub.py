"""All streams of this process: one a session, found again by whoever lost the connection."""

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from api.liveness_desk import desk
from api.streaming import finishing
from api.streaming.stream import LiveStream, StreamLimits
from api.streaming.workers import StreamWorkers
from liveness.errors import SessionNotFound
from liveness.sessions.session import LivenessSession

if TYPE_CHECKING:
    from api.bootstrap import Services

KEPT_SECONDS = 60.0
"""A stream that is over is remembered for so long, for those whose connection broke off at its end."""

LOOK_SECONDS = 0.5


class Streams:
    """Begins streams and gives them to those they belong to."""

    def __init__(self, services: "Services", workers: StreamWorkers, limits: StreamLimits) -> None:
        self._services = services
        self._workers = workers
        self._limits = limits
        self._streams: dict[str, LiveStream] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def of(self, session_id: str, account_id: str) -> LiveStream:
        """Give the stream of a session, begun where there is none yet.

        Raises SessionNotFound, also for another's, SessionExpired, SessionAlreadyUsed, ConsentMissing,
        TooManyAttempts, ConflictingSessionState for the second of two that begin at once, StreamsFull.
        """
        known = self._streams.get(session_id)
        if known is not None:
            if known.session.attempter.account_id != account_id:
                raise SessionNotFound
            return known
        await run_in_threadpool(self._require_open, session_id, account_id)
        # The place is taken before the session: it is not used up for a stream that finds none.
        worker = await run_in_threadpool(self._workers.take)
        stream = None
        try:
            session = await run_in_threadpool(self._begin, session_id, account_id)
            stream = LiveStream(self._services, session, worker, self._limits)
        finally:
            if stream is None:
                await run_in_threadpool(self._workers.give_back, worker)
        self._streams[session_id] = stream
        self._keep(run_in_threadpool(finishing.prepare, self._services, stream.session))
        self._services.metrics.streams_running(self._workers.busy)
        self._keep(self._look_after(stream))
        return stream

    def _keep(self, work: Coroutine[None, None, None]) -> None:
        """Let something run beside; the loop itself holds tasks only weakly."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _require_open(self, session_id: str, account_id: str) -> None:
        with self._services.reading() as db:
            session, _ = desk(db, self._services).look(session_id, account_id)
        session.require_open(self._services.clock())

    def _begin(self, session_id: str, account_id: str) -> LivenessSession:
        with self._services.transaction() as db:
            return desk(db, self._services).begin_stream(session_id, account_id)

    async def _look_after(self, stream: LiveStream) -> None:
        while not stream.over.is_set():
            stream.look_after()
            try:
                await asyncio.wait_for(stream.over.wait(), LOOK_SECONDS)
            except TimeoutError:
                continue
        await run_in_threadpool(self._workers.give_back, stream.worker)
        self._services.metrics.streams_running(self._workers.busy)
        await asyncio.sleep(KEPT_SECONDS)
        self._streams.pop(stream.session.id, None)
