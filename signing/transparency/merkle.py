"""The Merkle tree of RFC 9162, section 2.1: roots, inclusion proofs and consistency proofs.

Leaves are numbered from 0. A hash is 32 bytes of SHA-256. Nodes are read through `Nodes`, one per complete
subtree, so that a log of a million entries answers from some twenty rows and never hashes its past again.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from signing.errors import ProofRefused

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash of a leaf: SHA-256 of 0x00 and the entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256 of 0x01, the left and the right hash."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Nodes(Protocol):
    """The hashes of complete subtrees: level 0 are the leaves, node `index` of level n spans 2^n of them."""

    def node(self, level: int, index: int) -> bytes:
        """Give one hash. Raises LookupError for a subtree that is not complete."""
        ...


class MemoryNodes:
    """Nodes in lists, one per level."""

    def __init__(self) -> None:
        self._levels: list[list[bytes]] = []

    def node(self, level: int, index: int) -> bytes:
        return self._levels[level][index]

    def add(self, level: int, index: int, hash_: bytes) -> None:
        """Keep the next node of a level."""
        while len(self._levels) <= level:
            self._levels.append([])
        if index != len(self._levels[level]):
            raise ValueError(f"node {index} of level {level} does not follow the last")
        self._levels[level].append(hash_)


class Frontier:
    """A tree that only grows: one node per level is enough to go on and to tell the root at any moment."""

    def __init__(self) -> None:
        self.size = 0
        self._newest: dict[int, bytes] = {}

    def node(self, level: int, index: int) -> bytes:  # noqa: ARG002  the newest of its level is the one asked for
        return self._newest[level]

    def append(self, leaf: bytes) -> tuple[tuple[int, int, bytes], ...]:
        """Take the next leaf; give every node it completes."""
        completed = tuple(completed_by(self, self.size, leaf))
        self._newest.update((level, hash_) for level, _, hash_ in completed)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Root of the leaves so far."""
        return root(self, self.size)


def completed_by(nodes: Nodes, size: int, leaf: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Give (level, index, hash) of every subtree that leaf number `size` completes, from the leaf upward."""
    level, index, hash_ = 0, size, leaf
    yield level, index, hash_
    while index % 2 == 1:
        hash_ = node_hash(nodes.node(level, index - 1), hash_)
        level, index = level + 1, index // 2
        yield level, index, hash_


def root(nodes: Nodes, size: int) -> bytes:
    """Root of the first `size` leaves."""
    if size < 0:
        raise ValueError("a tree has no negative size")
    return _subtree(nodes, 0, size) if size else EMPTY_ROOT


def inclusion_proof(nodes: Nodes, index: int, size: int) -> tuple[bytes, ...]:
    """The audit path of a leaf in the tree of `size` leaves (2.1.3.1), from the leaf upward.

    Raises ValueError where that tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} has no leaf {index}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_subtree(nodes, middle, end))
            end = middle
        else:
            path.append(_subtree(nodes, start, middle))
            start = middle
    return tuple(reversed(path))


def consistency_proof(nodes: Nodes, first: int, second: int) -> tuple[bytes, ...]:
    """The proof that the tree of `second` leaves begins with that of `first` (2.1.4.1).

    Empty for equal sizes. Raises ValueError unless 0 < first <= second.
    """
    if not 0 < first <= second:
        raise ValueError(f"no proof from {first} to {second} leaves")
    path: list[bytes] = []
    start, end, known = 0, second, True
    while first < end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(_subtree(nodes, middle, end))
            end = middle
        else:
            path.append(_subtree(nodes, start, middle))
            start, known = middle, False
    if not known:
        path.append(_subtree(nodes, start, end))
    return tuple(reversed(path))


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root_hash: bytes) -> None:
    """Check an audit path (2.1.3.2). Raises ProofRefused unless it leads from the leaf to the root."""
    if not 0 <= index < size:
        raise ProofRefused
    _require_hashes(proof)
    place, last, hash_ = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofRefused
        if place % 2 == 1 or place == last:
            hash_ = node_hash(sibling, hash_)
            place, last = _above_lone(place, last)
        else:
            hash_ = node_hash(hash_, sibling)
        place, last = place // 2, last // 2
    if last or hash_ != root_hash:
        raise ProofRefused


def verify_consistency(
    *, first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the second tree begins with the first (2.1.4.2). Raises ProofRefused unless it does."""
    if not 0 < first <= second:
        raise ProofRefused
    _require_hashes(proof)
    if first == second:
        if proof or first_root != second_root:
            raise ProofRefused
        return
    path = [*proof] if first & (first - 1) else [first_root, *proof]
    if not path:
        raise ProofRefused
    place, last = first - 1, second - 1
    while place % 2 == 1:
        place, last = place // 2, last // 2
    old = new = path[0]
    for hash_ in path[1:]:
        if last == 0:
            raise ProofRefused
        if place % 2 == 1 or place == last:
            old, new = node_hash(hash_, old), node_hash(hash_, new)
            place, last = _above_lone(place, last)
        else:
            new = node_hash(new, hash_)
        place, last = place // 2, last // 2
    if last or old != first_root or new != second_root:
        raise ProofRefused


def _above_lone(place: int, last: int) -> tuple[int, int]:
    """Go up past the levels at which the node at the right edge has no sibling."""
    while place % 2 == 0 and place:
        place, last = place // 2, last // 2
    return place, last


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _subtree(nodes: Nodes, start: int, end: int) -> bytes:
    """Root of the leaves from `start` up to `end`, where `start` is where a subtree of that size begins."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return nodes.node(level, start >> level)
    middle = start + _split(size)
    return node_hash(_subtree(nodes, start, middle), _subtree(nodes, middle, end))


def _require_hashes(proof: Sequence[bytes]) -> None:
    if any(len(hash_) != HASH_BYTES for hash_ in proof):
        raise ProofRefused
