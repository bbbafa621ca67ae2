"""The log of seals: append an entry, sign what the tree is, prove what it holds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from signing.errors import LogBroken, LogEntryNotFound, LogRangeInvalid
from signing.transparency import merkle
from signing.transparency.entries import SALT_BYTES, Leaf, LogEvent, LoggedDocument, Opening
from signing.transparency.heads import HeadSigner, SignedHead, TreeHead
from signing.transparency.store import LogEntry, LogStore, Place

Result = TypeVar("Result")

FRESH_FOR: Final = timedelta(hours=24)
"""A log that grows no more still says so every day: an old head could be kept to hide a newer one."""


@dataclass(frozen=True, slots=True)
class Inclusion:
    """An entry, and the path from its leaf to the root of the tree of `tree_size` entries."""

    entry: LogEntry
    tree_size: int
    path: tuple[bytes, ...]


class SealLog:
    """The log over one transaction of its store. Time and randomness are given."""

    def __init__(
        self,
        store: LogStore,
        *,
        now: Callable[[], datetime],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self.store = store
        self._now = now
        self._random_bytes = random_bytes

    def issue(self, number: str, *, organ_id: str, documents: Sequence[LoggedDocument]) -> LogEntry:
        """Enter a certificate that is issued in these files. Raises LogBroken where it is entered already."""
        size = self.store.size_to_append()
        if self.store.of_number(number):
            raise LogBroken(f"The certificate {number} is in the log already.")
        opening = Opening(number, tuple(documents), self._random_bytes(SALT_BYTES).hex())
        return self._append(
            size, opening, opening.leaf(LogEvent.ISSUED, organ_id=organ_id, at=self._time(size))
        )

    def revoke(self, number: str, *, successor: str = "") -> LogEntry:
        """Enter that a certificate holds no more; `successor` is the number of the one in its place, if any.

        Raises LogEntryNotFound where either was not issued, LogBroken where either has ended already.
        """
        size = self.store.size_to_append()
        issued, opening = self._standing(number)
        follows = self._standing(successor)[0].leaf.certificate if successor else ""
        event = LogEvent.REPLACED if follows else LogEvent.REVOKED
        leaf = opening.leaf(event, organ_id=issued.leaf.organ_id, at=self._time(size), successor=follows)
        return self._append(size, opening, leaf)

    def root(self, size: int) -> bytes:
        """Root of the first `size` entries."""
        return self._with_nodes(lambda nodes: merkle.root(nodes, size))

    def sign_head(self, signer: HeadSigner) -> SignedHead | None:
        """Sign and keep a head where the log has grown or the newest head is a day old, else give None.

        Raises LogBroken where the log no longer begins with what its newest head says.
        """
        size = self.store.size_to_append()
        known = self.store.heads(after=0, limit=1)
        if not size:
            if known:
                raise LogBroken
            return None
        at = self._time(size)
        if known:
            newest = self.store.latest_head().head
            self.require_extends(newest)
            at = max(at, newest.at)
            if newest.tree_size == size and at - newest.at < FRESH_FOR:
                return None
        signed = signer.sign(at=at, tree_size=size, root_hash=self.root(size))
        self.store.add_head(signed)
        return signed

    def require_extends(self, head: TreeHead) -> None:
        """Return where the log begins with what a head says of it. Raises LogBroken."""
        size = self.store.size()
        if size < head.tree_size:
            raise LogBroken(
                f"The log holds {size} entries, but its head was signed over {head.tree_size}: some are lost."
            )
        if self.root(head.tree_size) != head.root_hash:
            raise LogBroken(
                f"The first {head.tree_size} entries of the log are not those over which its head was signed."
            )

    def inclusion(self, index: int, *, tree_size: int) -> Inclusion:
        """Prove that an entry stands in the tree of this size. Raises LogRangeInvalid, LogEntryNotFound."""
        self._require_size(tree_size)
        if not 0 <= index < tree_size:
            raise LogEntryNotFound
        path = self._with_nodes(lambda nodes: merkle.inclusion_proof(nodes, index, tree_size))
        return Inclusion(self.store.entries(index, index + 1)[0], tree_size, path)

    def consistency(self, first: int, second: int) -> tuple[bytes, ...]:
        """Prove that the tree of one size begins with that of a smaller one. Raises LogRangeInvalid."""
        self._require_size(second)
        if not 0 < first <= second:
            raise LogRangeInvalid
        return self._with_nodes(lambda nodes: merkle.consistency_proof(nodes, first, second))

    def _require_size(self, size: int) -> None:
        if not 0 < size <= self.store.size():
            raise LogRangeInvalid

    def _standing(self, number: str) -> tuple[LogEntry, Opening]:
        """The issue of a certificate that still holds."""
        known = self.store.of_number(number)
        if not known:
            raise LogEntryNotFound
        if len(known) > 1:
            raise LogBroken(f"The certificate {number} has ended already.")
        return known[0]

    def _time(self, size: int) -> datetime:
        """The time of the entry that follows `size` others: clocks of several hosts differ a little."""
        now = self._now()
        return max(now, self.store.entries(size - 1, size)[0].leaf.at) if size else now

    def _append(self, size: int, opening: Opening, leaf: Leaf) -> LogEntry:
        entry = LogEntry(size, leaf)
        completed = self._with_nodes(lambda nodes: tuple(merkle.completed_by(nodes, size, leaf.hash)))
        self.store.add(entry, opening, (((level, index), hash_) for level, index, hash_ in completed))
        return entry

    def _with_nodes(self, work: Callable[[merkle.Nodes], Result]) -> Result:
        """Do work on the tree with the few nodes it needs, read at once."""
        wanted = _Wanted()
        work(wanted)
        return work(_Held(self.store.nodes(wanted.places)))


class _Wanted:
    """Notes which nodes are asked for."""

    def __init__(self) -> None:
        self.places: set[Place] = set()

    def node(self, level: int, index: int) -> bytes:
        self.places.add((level, index))
        return bytes(merkle.HASH_BYTES)


class _Held:
    """Nodes that were read."""

    def __init__(self, nodes: Mapping[Place, bytes]) -> None:
        self._nodes = nodes

    def node(self, level: int, index: int) -> bytes:
        try:
            return self._nodes[level, index]
        except KeyError:
            raise LogBroken(f"The tree of the log lacks node {index} of level {level}.") from None
