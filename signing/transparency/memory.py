"""The log's store in memory, for tests and demonstrations without a database. Not for threads."""

from collections.abc import Iterable, Mapping

from signing.errors import LogEntryNotFound, LogHeadNotFound
from signing.transparency.entries import Opening
from signing.transparency.heads import SignedHead
from signing.transparency.store import LogEntry, Place


class InMemoryLogStore:
    """A LogStore in lists."""

    def __init__(self) -> None:
        self._entries: list[LogEntry] = []
        self._openings: list[Opening] = []
        self._nodes: dict[Place, bytes] = {}
        self._heads: list[SignedHead] = []

    def size_to_append(self) -> int:
        return self.size()

    def size(self) -> int:
        return len(self._entries)

    def add(self, entry: LogEntry, opening: Opening, nodes: Iterable[tuple[Place, bytes]]) -> None:
        if entry.index != len(self._entries):
            raise ValueError("entries follow one another")
        self._entries.append(entry)
        self._openings.append(opening)
        self._nodes.update(nodes)

    def nodes(self, places: Iterable[Place]) -> Mapping[Place, bytes]:
        return {place: self._nodes[place] for place in places if place in self._nodes}

    def entries(self, start: int, end: int) -> tuple[LogEntry, ...]:
        return tuple(self._entries[start:end])

    def texts(self, start: int, end: int) -> tuple[tuple[int, str], ...]:
        return tuple((entry.index, entry.leaf.text) for entry in self._entries[start:end])

    def index_of(self, leaf_hash: bytes) -> int:
        for entry in self._entries:
            if entry.leaf.hash == leaf_hash:
                return entry.index
        raise LogEntryNotFound

    def of_number(self, number: str) -> tuple[tuple[LogEntry, Opening], ...]:
        kept = zip(self._entries, self._openings, strict=True)
        return tuple((entry, opening) for entry, opening in kept if opening.number == number)

    def openings(self, start: int, end: int) -> tuple[tuple[int, Opening], ...]:
        return tuple(enumerate(self._openings[start:end], start=start))

    def add_head(self, signed: SignedHead) -> None:
        self._heads.append(signed)

    def heads(self, *, after: int, limit: int) -> tuple[SignedHead, ...]:
        return tuple(self._heads[after : after + limit])

    def latest_head(self) -> SignedHead:
        if not self._heads:
            raise LogHeadNotFound
        return self._heads[-1]

    def head_of(self, tree_size: int) -> SignedHead:
        for signed in reversed(self._heads):
            if signed.head.tree_size == tree_size:
                return signed
        raise LogHeadNotFound
