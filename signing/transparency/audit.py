"""The audit: walk a whole log and name the first thing that is not as it should be.

1. entries follow one another without a gap, each in the one spelling, with its own hash, never back in time;
2. a certificate is issued once, ends at most once, after its issue, and is replaced by one that was issued;
3. every signed head is that of a trusted key, heads never shrink nor go back in time, and each has the root
   that its entries give: so every head begins with the one before;
4. the log begins with what a head kept elsewhere says of it;
5. where the openings are at hand: each opens its entry;
6. where the certificates are at hand: each is in the log exactly once, with its files, and each end as well,
   and the log holds none besides.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from signing.errors import HeadRefused
from signing.transparency.entries import Leaf, LogEvent, LoggedDocument, Opening
from signing.transparency.heads import SignedHead, TreeHead, log_id, verify_head
from signing.transparency.merkle import Frontier


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """An entry as it is kept: nothing of it is believed.

    `nodes`, None where only the public part is at hand, are those of the tree that the entry completes.
    """

    index: int
    text: str
    hash: str
    nodes: Mapping[tuple[int, int], bytes] | None = None
    number: str = ""
    event: str = ""
    opening: Opening | None = None


@dataclass(frozen=True, slots=True)
class KeptCertificate:
    """A certificate of the store: its files, the entry it names, and the entry that ended it, if any."""

    number: str
    documents: tuple[LoggedDocument, ...]
    log_entry: str
    end_entry: str = ""


class AuditSource(Protocol):
    """Where an audit reads a log from."""

    def size(self) -> int:
        """How many entries the log says it has."""
        ...

    def entries(self) -> Iterable[KeptEntry]:
        """Every entry in its order."""
        ...

    def heads(self) -> Iterable[SignedHead]:
        """Every signed head in its order."""
        ...

    def certificates(self) -> Iterable[KeptCertificate] | None:
        """Every issued certificate; None where only the public part of the log is at hand."""
        ...


@dataclass(frozen=True, slots=True)
class AuditFault:
    """The first thing that is wrong: a code of the catalogue of messages, and where."""

    code: str
    where: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was walked. `pending` entries wait for a head; `fault` is None where all is as it should be."""

    entries: int
    issued: int
    ended: int
    heads: int
    certificates: int | None
    latest: TreeHead | None
    fault: AuditFault | None

    @property
    def pending(self) -> int:
        return self.entries - (self.latest.tree_size if self.latest else 0)


class _Found(Exception):
    """Ends the walk."""

    def __init__(self, code: str, where: str) -> None:
        super().__init__(code)
        self.fault = AuditFault(code, where)


def audit(
    source: AuditSource,
    *,
    trusted: Collection[bytes],
    known: Iterable[SignedHead] = (),
    progress: Callable[[int], None] = lambda _: None,
) -> AuditReport:
    """Walk a log under the keys (DER) that the auditor trusts, and the heads that were kept elsewhere.

    `progress` is told the number of entries now and then.
    """
    walk = _Walk({log_id(key): key for key in trusted}, progress)
    fault = None
    try:
        walk.whole(source, tuple(known))
    except _Found as found:
        fault = found.fault
    return AuditReport(
        entries=walk.tree.size,
        issued=len(walk.issued),
        ended=len(walk.ended),
        heads=walk.heads,
        certificates=walk.certificates,
        latest=walk.latest,
        fault=fault,
    )


_TELL_EVERY = 500


@dataclass
class _Walk:
    """How far an audit has come."""

    keys: Mapping[bytes, bytes]
    progress: Callable[[int], None]
    tree: Frontier = field(default_factory=Frontier)
    issued: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    openings: dict[str, list[tuple[str, Leaf, Opening]]] = field(default_factory=dict)
    last_at: datetime | None = None
    heads: int = 0
    latest: TreeHead | None = None
    certificates: int | None = None

    def whole(self, source: AuditSource, known: tuple[SignedHead, ...]) -> None:
        """Take every step; the first that does not hold raises."""
        heads = self._checked(source.heads())
        waiting = next(heads, None)
        known_roots: dict[int, set[bytes]] = {}
        for signed in known:
            known_roots.setdefault(signed.head.tree_size, set()).add(signed.head.root_hash)
        for kept in source.entries():
            self._entry(kept)
            size = self.tree.size
            while waiting is not None and waiting.tree_size <= size:
                self._head(waiting)
                waiting = next(heads, None)
            if size in known_roots and known_roots[size] != {self.tree.root()}:
                raise _Found("log.audit.known_head", str(size))
            if size % _TELL_EVERY == 0:
                self.progress(size)
        self.progress(self.tree.size)
        if source.size() != self.tree.size:
            raise _Found("log.audit.size", f"{self.tree.size}, {source.size()}")
        if waiting is not None:
            raise _Found("log.audit.head_beyond", f"{waiting.tree_size} > {self.tree.size}")
        longest = max(known_roots, default=0)
        if longest > self.tree.size:
            raise _Found("log.audit.shorter", f"{self.tree.size} < {longest}")
        self._store(source.certificates())

    def _checked(self, heads: Iterable[SignedHead]) -> Iterator[TreeHead]:
        """Heads with their signatures checked, in an order that never goes back."""
        before: TreeHead | None = None
        for signed in heads:
            head, where = signed.head, f"{signed.head.tree_size}, {signed.head.at:%Y-%m-%dT%H:%M:%SZ}"
            key = self.keys.get(head.log_id)
            if key is None:
                raise _Found("log.audit.head_key", where)
            try:
                verify_head(signed, public_key_info=key)
            except HeadRefused:
                raise _Found("log.audit.head_signature", where) from None
            if before and (head.tree_size < before.tree_size or head.timestamp_ms < before.timestamp_ms):
                raise _Found("log.audit.head_order", where)
            before = head
            yield head

    def _entry(self, kept: KeptEntry) -> None:
        index = self.tree.size
        where = str(index)
        if kept.index != index:
            raise _Found("log.audit.entry_missing", where)
        try:
            leaf = Leaf.parse(kept.text)
        except ValueError:
            raise _Found("log.audit.entry_unreadable", where) from None
        if leaf.hash.hex() != kept.hash:
            raise _Found("log.audit.entry_hash", where)
        if self.last_at is not None and leaf.at < self.last_at:
            raise _Found("log.audit.entry_time", where)
        self.last_at = leaf.at
        completed = self.tree.append(leaf.hash)
        if kept.nodes is not None and kept.nodes != {
            (level, place): hash_ for level, place, hash_ in completed
        }:
            raise _Found("log.audit.nodes", where)
        self._life(leaf, where)
        if kept.nodes is None:
            return  # the public part alone
        if kept.opening is None or not kept.opening.opens(leaf) or kept.event != leaf.event:
            raise _Found("log.audit.opening", where)
        self.openings.setdefault(kept.number, []).append((kept.hash, leaf, kept.opening))

    def _life(self, leaf: Leaf, where: str) -> None:
        """Issued once, ended once and later, replaced by one that stands."""
        of = leaf.certificate
        if leaf.event is LogEvent.ISSUED:
            if of in self.issued:
                raise _Found("log.audit.issued_twice", where)
            self.issued[of] = self.tree.size - 1
            return
        if of not in self.issued:
            raise _Found("log.audit.ended_before_issue", where)
        if of in self.ended:
            raise _Found("log.audit.ended_twice", where)
        self.ended[of] = self.tree.size - 1
        if leaf.event is LogEvent.REPLACED and leaf.successor not in self.issued:
            raise _Found("log.audit.successor", where)

    def _head(self, head: TreeHead) -> None:
        """A head over as many entries as were walked; one over fewer comes only where heads go back."""
        if head.tree_size != self.tree.size or head.root_hash != self.tree.root():
            raise _Found("log.audit.head_root", str(head.tree_size))
        self.heads += 1
        self.latest = head

    def _store(self, certificates: Iterable[KeptCertificate] | None) -> None:
        if certificates is None:
            return
        self.certificates = 0
        for certificate in certificates:
            entries = self.openings.pop(certificate.number, [])
            if not entries:
                raise _Found("log.audit.not_in_log", certificate.number)
            (issued_hash, _, opening), *ends = entries
            if issued_hash != certificate.log_entry or set(opening.documents) != set(certificate.documents):
                raise _Found("log.audit.certificate_differs", certificate.number)
            if [hash_ for hash_, *_ in ends] != [certificate.end_entry] * bool(certificate.end_entry):
                raise _Found("log.audit.end_differs", certificate.number)
            self.certificates += 1
        for number in self.openings:
            raise _Found("log.audit.no_certificate", number)
