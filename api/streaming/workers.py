"""The processes of streams: warm ones wait, so that no applicant waits for what they must load."""

import importlib
import multiprocessing
import queue
import threading
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import structlog

from api.errors import StreamsFull, WorkerLost
from api.streaming.pipe import FromWorker, Setup, ToWorker

CLOSING_SECONDS = 2.0

RENEW_SECONDS = 2.0
"""To warm a process takes a second of a processor; those that began together with the stream that is over are
about to be answered, and come first."""

log = structlog.get_logger(__name__)


Inbox = queue.SimpleQueue[ToWorker | None]


def _enter(pipe: Connection, setup: Setup) -> None:
    """What the process begins with. The networks are imported there and not where this module is."""
    inbox: Inbox = queue.SimpleQueue()
    threading.Thread(target=_drain, args=(pipe, inbox), daemon=True).start()
    from api.streaming.work import work

    work(pipe, inbox, setup)


def _drain(pipe: Connection, inbox: Inbox) -> None:
    """Take what comes at once, so that the service never waits for a process that is busy or still loads."""
    try:
        while True:
            inbox.put(pipe.recv())
    except (EOFError, OSError):
        inbox.put(None)


class StreamWorker:
    """The service's side of one process. Threads of its own write and read, so that nobody waits for it."""

    def __init__(self, setup: Setup) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=_enter, args=(theirs, setup), daemon=True, name="stream"
        )
        self._process.start()
        theirs.close()
        self._outbox: queue.SimpleQueue[ToWorker | None] = queue.SimpleQueue()
        self._is_lost = threading.Event()
        threading.Thread(target=self._write, daemon=True).start()

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def listen(self, hear: Callable[[FromWorker], None], lost: Callable[[], None]) -> None:
        """Hand over what the process says, in a thread, and at its end say that it is gone."""
        threading.Thread(target=_read, args=(self._pipe, hear, lost), daemon=True).start()

    def send(self, message: ToWorker) -> None:
        """Say something, whether or not it listens now. Raises WorkerLost where it is known to be gone."""
        if self._is_lost.is_set():
            raise WorkerLost
        self._outbox.put(message)

    def stop(self) -> None:
        """End the process at once; harmless where it is gone."""
        self._is_lost.set()
        self._outbox.put(None)
        self._process.kill()
        self._process.join(CLOSING_SECONDS)
        self._pipe.close()

    def _write(self) -> None:
        try:
            while (message := self._outbox.get()) is not None:
                self._pipe.send(message)
        except (OSError, ValueError):
            self._is_lost.set()


def _read(pipe: Connection, hear: Callable[[FromWorker], None], lost: Callable[[], None]) -> None:
    try:
        while True:
            hear(pipe.recv())
    except (EOFError, OSError, TypeError):
        # TypeError: the pipe was closed in the middle of a message.
        lost()


class StreamWorkers:
    """Gives out processes, never more than `most` at once, and keeps `spares` of them warm."""

    def __init__(self, setup: Setup, *, most: int, spares: int) -> None:
        self._setup = setup
        self._most = most
        self._spares = spares
        self._waiting: deque[StreamWorker] = deque()
        self._busy: set[StreamWorker] = set()
        self._stopped = False
        self._lock = threading.Lock()

    @property
    def busy(self) -> int:
        """How many streams run."""
        return len(self._busy)

    def start(self) -> None:
        """Begin to warm the spare processes, and to import what their answers are, without waiting."""
        with self._lock:
            self._replenish()
        threading.Thread(target=importlib.import_module, args=("liveness.analysis",), daemon=True).start()

    def take(self) -> StreamWorker:
        """Give a process for one stream. Raises StreamsFull."""
        with self._lock:
            if self._stopped or len(self._busy) >= self._most:
                raise StreamsFull
            worker = self._spare()
            self._busy.add(worker)
            self._replenish()
            return worker

    def give_back(self, worker: StreamWorker) -> None:
        """End the process of a stream that is over, and replace it, a little later where others wait warm."""
        worker.stop()
        with self._lock:
            self._busy.discard(worker)
            if not self._waiting:
                self._replenish()
                return
        renewal = threading.Timer(RENEW_SECONDS, self._renew)
        renewal.daemon = True
        renewal.start()

    def stop(self) -> None:
        """End every process."""
        with self._lock:
            self._stopped = True
            workers = [*self._waiting, *self._busy]
            self._waiting.clear()
            self._busy.clear()
        for worker in workers:
            worker.stop()

    def _renew(self) -> None:
        with self._lock:
            self._replenish()

    def _spare(self) -> StreamWorker:
        while self._waiting:
            worker = self._waiting.popleft()
            if worker.is_alive:
                return worker
            log.warning("a spare process of streams was lost")
            worker.stop()
        return StreamWorker(self._setup)

    def _replenish(self) -> None:
        wanted = min(self._spares, self._most - len(self._busy))
        while not self._stopped and len(self._waiting) < wanted:
            self._waiting.append(StreamWorker(self._setup))
