"""What the log needs of a store, and one in memory for tests and demonstrations. Not for threads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from signing.transparency.entries import Leaf, Opening
from signing.transparency.heads import SignedHead

Place = tuple[int, int]
"""Level and index of a node in the tree."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A leaf and its place, counted from 0."""

    index: int
    leaf: Leaf


class LogStore(Protocol):
    """Keeps leaves, what opens them, the tree's nodes and the signed heads, for one transaction.

    Nothing is ever changed or taken away.
    """

    def size_to_append(self) -> int:
        """Count the entries in order to append: nobody else appends until the transaction ends."""
        ...

    def size(self) -> int:
        """Count the entries."""
        ...

    def add(self, entry: LogEntry, opening: Opening, nodes: Iterable[tuple[Place, bytes]]) -> None:
        """Keep the next entry with its opening and every node of the tree that it completes."""
        ...

    def nodes(self, places: Iterable[Place]) -> Mapping[Place, bytes]:
        """Read nodes of the tree; what is not there is left out."""
        ...

    def entries(self, start: int, end: int) -> tuple[LogEntry, ...]:
        """Read the entries from `start` up to `end`, which is left out."""
        ...

    def texts(self, start: int, end: int) -> tuple[tuple[int, str], ...]:
        """Read index and spelling of entries as they are kept, unread."""
        ...

    def index_of(self, leaf_hash: bytes) -> int:
        """Find an entry by its hash. Raises LogEntryNotFound."""
        ...

    def of_number(self, number: str) -> tuple[tuple[LogEntry, Opening], ...]:
        """Read every entry about a certificate, the oldest first; none where it was never issued."""
        ...

    def openings(self, start: int, end: int) -> tuple[tuple[int, Opening], ...]:
        """Read what opens the entries from `start` up to `end`."""
        ...

    def add_head(self, signed: SignedHead) -> None:
        """Keep a signed head."""
        ...

    def heads(self, *, after: int, limit: int) -> tuple[SignedHead, ...]:
        """Read signed heads in the order in which they were made, without the first `after` of them."""
        ...

    def latest_head(self) -> SignedHead:
        """Read the newest head. Raises LogHeadNotFound."""
        ...

    def head_of(self, tree_size: int) -> SignedHead:
        """Read the newest head of this size. Raises LogHeadNotFound."""
        ...
