"""Seal many certificates at once: those of approved cases that wait, in as many processes as there are.

Each goes the way of the job `seal-certificate`: none is issued without its entries in docket and log, and
none twice, whoever else seals at the same time. A run that was ended anywhere is begun again and goes on with
what is left. At most twice as many as there are processes are under way, however many wait.
"""

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy.exc import OperationalError

from api.errors import BatchRunning
from api.jobs.executors import executor_locks
from api.jobs.port import failure_code
from api.jobs.sealing import MAY_PASS, seal_case
from api.store.certificates import Waiting, case_of_number, waiting
from api.transparency import publish_soon, require_unbroken

if TYPE_CHECKING:
    from api.bootstrap import Services

LOCK: Final = "sealing-batch"
PAUSES_SECONDS: Final = (0.2, 2.0)
"""How long to wait before each further try of a certificate whose fault may pass."""
MOST_IN_VAIN: Final = 10
"""After so many in a row that could not be sealed now, the others need not try."""
PAGE: Final = 100

log = structlog.get_logger(__name__)


class Outcome(StrEnum):
    """What came of one certificate. `POSTPONED`: it waits on, as for a signer that is away."""

    ISSUED = "issued"
    EARLIER = "earlier"
    REFUSED = "refused"
    POSTPONED = "postponed"


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One certificate of a batch. `code` is a key of the message catalogue, where it was not issued."""

    number: str
    outcome: Outcome
    code: str = ""


class SealingBatch:
    """Seals what it is given in the processes of the service's pool for papers."""

    def __init__(self, services: "Services") -> None:
        self._services = services
        self._workers = services.settings.paper_workers
        self._ended = threading.Event()

    def run(self, numbers: Iterable[str]) -> Iterator[BatchItem]:
        """Seal the certificates of these numbers; gives each as it is done, in no order.

        One that cannot be sealed does not keep the others from it, unless many in a row could not be sealed
        now: then no more are begun. Raises LogBroken, where nothing may be issued at all.
        """
        require_unbroken(self._services)
        try:
            yield from self._run(iter(numbers))
        finally:
            publish_soon(self._services)

    def _run(self, numbers: Iterator[str]) -> Iterator[BatchItem]:
        in_vain = 0
        under_way: set[Future[BatchItem]] = set()
        with ThreadPoolExecutor(self._workers, thread_name_prefix="sealing") as threads:
            try:
                while True:
                    room = 2 * self._workers - len(under_way) if in_vain < MOST_IN_VAIN else 0
                    under_way.update(threads.submit(self._seal, number) for number in islice(numbers, room))
                    if not under_way:
                        return
                    done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                    for future in done:
                        item = future.result()
                        in_vain = in_vain + 1 if item.outcome is Outcome.POSTPONED else 0
                        yield item
            finally:
                self._ended.set()
                for future in under_way:
                    future.cancel()

    def _seal(self, number: str) -> BatchItem:
        item = self._try(number)
        for pause_seconds in PAUSES_SECONDS:
            if item.outcome is not Outcome.POSTPONED or self._ended.wait(pause_seconds):
                break
            item = self._try(number)
        if item.code:
            log.warning("certificate was not sealed", number=number, outcome=item.outcome, reason=item.code)
        return item

    def _try(self, number: str) -> BatchItem:
        try:
            with self._services.reading() as db:
                case_id = case_of_number(db, number)
            issued = seal_case(self._services, case_id)
        except (*MAY_PASS, OperationalError) as error:
            return BatchItem(number, Outcome.POSTPONED, failure_code(error))
        except Exception as error:
            log.exception("certificate cannot be sealed", number=number)
            return BatchItem(number, Outcome.REFUSED, failure_code(error))
        return BatchItem(number, Outcome.ISSUED if issued else Outcome.EARLIER)


def waiting_numbers(services: "Services", organ_id: str | None) -> Iterator[str]:
    """Every number that waits, the newest first: the queue of the service takes the oldest first."""
    last: Waiting | None = None
    while True:
        with services.reading() as db:
            page = waiting(db, organ_id=organ_id, after=last, limit=PAGE)
        if not page:
            return
        yield from (found.number for found in page)
        last = page[-1]


@contextmanager
def only_batch(services: "Services") -> Iterator[None]:
    """Let one batch run at a time over a database; its end ends this, a kill too. Raises BatchRunning."""
    hold = executor_locks(services.engine).claim(LOCK)
    if hold is None:
        raise BatchRunning
    try:
        yield
    finally:
        hold.release()
