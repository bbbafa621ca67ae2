"""What readiness asks of the log of seals: is it still what was signed, entry by entry?"""

import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from api.store.filing import seal_log
from api.transparency import kept_head
from signing.errors import LogBroken, LogHeadNotFound
from signing.transparency.merkle import Frontier, leaf_hash

if TYPE_CHECKING:
    from api.bootstrap import Services
    from signing.transparency.heads import SignedHead
    from signing.transparency.log import SealLog

ANEW_EVERY: Final = timedelta(hours=1)
BATCH: Final = 5000


class LogWatch:
    """Hashes the entries anew, all of them at the start and every hour, in between those that were added."""

    def __init__(self, services: "Services") -> None:
        self._services = services
        self._tree = Frontier()
        self._began: datetime | None = None
        self._alone = threading.Lock()

    def check(self) -> None:
        """Return where the entries give the roots that were signed.

        Raises LogBroken where entries were changed or lost, where the log forks from its head, or where the
        database is older than the head that is kept beside it.
        """
        with self._alone:
            self._check(self._services.clock())

    def _check(self, now: datetime) -> None:
        if self._began is None or now - self._began >= ANEW_EVERY:
            self._tree, self._began = Frontier(), now
        try:
            with self._services.reading() as db:
                self.walk(seal_log(db, self._services))
        except LogBroken:
            self._began = None  # once it is mended, look at all of it
            raise

    def walk(self, known: "SealLog") -> None:
        """Go on from where it stands, over a transaction; `check` is for all who do not hold one."""
        signed = [head for head in (self._newest(known), kept_head(self._services).read()) if head]
        longest = max((head.head.tree_size for head in signed), default=0)
        if longest > known.store.size() or longest < self._tree.size:
            raise LogBroken
        while self._tree.size < longest:
            start = self._tree.size
            for index, text in known.store.texts(start, min(start + BATCH, longest)):
                if index != self._tree.size:
                    raise LogBroken(f"Entry {self._tree.size} of the log is missing.")
                self._tree.append(leaf_hash(text.encode()))
                self._compare(signed)
            if self._tree.size == start:
                raise LogBroken(f"Entry {start} of the log is missing.")
        self._compare(signed)

    def _compare(self, signed: "list[SignedHead]") -> None:
        for kept in signed:
            if kept.head.tree_size == self._tree.size and kept.head.root_hash != self._tree.root():
                raise LogBroken(f"The first {self._tree.size} entries are not those that were signed.")

    @staticmethod
    def _newest(known: "SealLog") -> "SignedHead | None":
        try:
            return known.store.latest_head()
        except LogHeadNotFound:
            return None


def log_watch(services: "Services") -> LogWatch:
    """The watch of this process."""
    return services.part("log_watch", LogWatch)
