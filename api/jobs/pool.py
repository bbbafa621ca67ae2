"""A bounded pool of spawned processes for heavy work: a process that dies or hangs fails only what it did.

Spawned, not forked: a face landmarker that was inherited across a fork hangs.
"""

import importlib
import math
import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, TimeoutError
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any, ParamSpec, TypeVar

import structlog
from pebble import ProcessExpired, ProcessFuture, ProcessPool

from api.errors import WorkerLost, WorkTimedOut

MIB = 1 << 20
ORPHAN_CHECK_SECONDS = 1.0

_ENDED_BY_PROCESSOR_TIME = {signal.SIGXCPU, -signal.SIGXCPU}

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
log = structlog.get_logger(__name__)


class WorkPool:
    """Runs functions in processes of their own. Functions, arguments and answers must be picklable."""

    def __init__(self, *, workers: int, memory_mib: int, modules: Sequence[str] = ()) -> None:
        """Make a pool that starts when it is first used.

        memory_mib bounds the private memory of each process; each imports the modules before its first work.
        """
        self._workers = workers
        self._memory_mib = memory_mib
        self._modules = tuple(modules)
        self._pool: ProcessPool | None = None
        self._stopped = False
        self._waited_for: set[ProcessFuture[Any]] = set()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the processes and let them import what they need, without waiting for them."""
        with self._lock:
            pool = self._running_pool()
            for _ in range(self._workers):
                pool.schedule(_nothing)

    def run(
        self,
        function: Callable[..., Answer],
        *args: object,
        timeout_seconds: float,
        cpu_seconds: float | None = None,
    ) -> Answer:
        """Run a function in a process and give its answer, or raise what it raised.

        The time counts from when a process takes the work; cpu_seconds bounds its processor time too, which a
        busy machine does not stretch. Raises WorkTimedOut where either is over, or WorkerLost where the
        process died, ran out of memory or was stopped.
        """
        work = partial(_within, cpu_seconds, partial(function, *args))
        with self._lock:
            future = self._running_pool().schedule(work, timeout=timeout_seconds)
            self._waited_for.add(future)
        try:
            return future.result()
        except TimeoutError:
            raise WorkTimedOut from None
        except ProcessExpired as error:
            if error.exitcode in _ENDED_BY_PROCESSOR_TIME:
                raise WorkTimedOut from None
            log.warning("a process of the pool was lost", cause=type(error).__name__)
            raise WorkerLost from error
        except (BrokenProcessPool, CancelledError, MemoryError) as error:
            log.warning("a process of the pool was lost", cause=type(error).__name__)
            raise WorkerLost from error
        finally:
            with self._lock:
                self._waited_for.discard(future)

    def check(self) -> None:
        """Return when work can be taken. Raises WorkerLost."""
        with self._lock:
            self._running_pool()

    def stop(self) -> None:
        """End every process at once; work that runs raises WorkerLost in its caller."""
        with self._lock:
            self._stopped = True
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it bare
            pool.join()
        with self._lock:
            left = tuple(self._waited_for)
        for future in left:
            # What a process took in the moment of the stop is settled by nobody else.
            future.cancel()  # type: ignore[no-untyped-call]  # pebble leaves it bare

    def _running_pool(self) -> ProcessPool:
        """The pool, made where there is none; the caller holds the lock."""
        if self._stopped:
            raise WorkerLost
        if self._pool is None or not self._pool.active:
            self._pool = ProcessPool(
                max_workers=self._workers,
                context=multiprocessing.get_context("spawn"),
                initializer=prepare_process,
                initargs=(os.getpid(), self._memory_mib, self._modules),
            )
        return self._pool


def prepare_process(parent: int, memory_mib: int, modules: Sequence[str]) -> None:
    """Bound a spawned process: no core dump, so much private memory, an end with the service; import."""
    # A core dump would hold faces and names.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limit = memory_mib * MIB
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()
    for module in modules:
        importlib.import_module(module)


def _within(cpu_seconds: float | None, work: Callable[[], Answer]) -> Answer:
    """Do some work, and be ended by the system where it takes more processor time than it may."""
    if cpu_seconds is None:
        return work()
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime + cpu_seconds), most))
    try:
        return work()
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))


def _end_with_parent(parent: int) -> None:
    """End this process when the service was killed, though it is in the middle of its work."""
    while os.getppid() == parent:
        time.sleep(ORPHAN_CHECK_SECONDS)
    os._exit(1)


def _nothing() -> None:
    """Work that only proves that a process is ready."""
