"""The log of seals in the database."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from api.store.tables.transparency import log_entries, log_heads, log_nodes, log_openings, log_size
from signing.errors import LogBroken, LogEntryNotFound, LogHeadNotFound
from signing.transparency.entries import DocumentForm, Leaf, LoggedDocument, Opening
from signing.transparency.heads import SignedHead, TreeHead
from signing.transparency.store import LogEntry, Place

AnyRow = Row[tuple[Any, ...]]
ONLY_ROW = 1


class SqlLogStore:
    """A LogStore over one transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._upsert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert

    def size_to_append(self) -> int:
        first = {"id": ONLY_ROW, "size": 0}
        self._db.execute(self._upsert(log_size).values(first).on_conflict_do_nothing())
        query = select(log_size.c.size).where(log_size.c.id == ONLY_ROW)
        return int(self._db.execute(query.with_for_update()).scalar_one())

    def size(self) -> int:
        found = self._db.execute(
            select(log_size.c.size).where(log_size.c.id == ONLY_ROW)
        ).scalar_one_or_none()
        return found or 0

    def add(self, entry: LogEntry, opening: Opening, nodes: Iterable[tuple[Place, bytes]]) -> None:
        leaf = {"position": entry.index, "leaf": entry.leaf.text, "hash": entry.leaf.hash.hex()}
        self._db.execute(insert(log_entries).values(leaf))
        self._db.execute(
            insert(log_openings).values(
                position=entry.index,
                number=opening.number,
                event=entry.leaf.event.value,
                documents=[[document.form.value, document.sha256] for document in opening.documents],
                salt=opening.salt,
            )
        )
        rows = [{"level": level, "position": index, "hash": hash_} for (level, index), hash_ in nodes]
        self._db.execute(insert(log_nodes), rows)
        self._db.execute(
            update(log_size)
            .where(log_size.c.id == ONLY_ROW, log_size.c.size == entry.index)
            .values(size=entry.index + 1)
        )

    def nodes(self, places: Iterable[Place]) -> Mapping[Place, bytes]:
        wanted = [and_(log_nodes.c.level == level, log_nodes.c.position == index) for level, index in places]
        if not wanted:
            return {}
        return {
            (row.level, row.position): row.hash
            for row in self._db.execute(select(log_nodes).where(or_(*wanted)))
        }

    def entries(self, start: int, end: int) -> tuple[LogEntry, ...]:
        return tuple(LogEntry(index, _leaf(index, text)) for index, text in self.texts(start, end))

    def texts(self, start: int, end: int) -> tuple[tuple[int, str], ...]:
        place = log_entries.c.position
        query = select(place, log_entries.c.leaf).where(place >= start, place < end).order_by(place)
        return tuple((row.position, row.leaf) for row in self._db.execute(query))

    def index_of(self, leaf_hash: bytes) -> int:
        query = select(log_entries.c.position).where(log_entries.c.hash == leaf_hash.hex())
        found = self._db.execute(query).scalar_one_or_none()
        if found is None:
            raise LogEntryNotFound
        return int(found)

    def of_number(self, number: str) -> tuple[tuple[LogEntry, Opening], ...]:
        query = (
            select(log_entries.c.leaf, log_openings)
            .join_from(log_openings, log_entries)
            .where(log_openings.c.number == number)
            .order_by(log_openings.c.position)
        )
        return tuple(
            (LogEntry(row.position, _leaf(row.position, row.leaf)), _opening(row))
            for row in self._db.execute(query)
        )

    def openings(self, start: int, end: int) -> tuple[tuple[int, Opening], ...]:
        place = log_openings.c.position
        query = select(log_openings).where(place >= start, place < end).order_by(place)
        return tuple((row.position, _opening(row)) for row in self._db.execute(query))

    def add_head(self, signed: SignedHead) -> None:
        head = signed.head
        self._db.execute(
            insert(log_heads).values(
                tree_size=head.tree_size,
                timestamp_ms=head.timestamp_ms,
                log_id=head.log_id.hex(),
                root_hash=head.root_hash.hex(),
                signature=signed.signature,
            )
        )

    def heads(self, *, after: int, limit: int) -> tuple[SignedHead, ...]:
        query = (
            select(log_heads)
            .order_by(log_heads.c.tree_size, log_heads.c.timestamp_ms)
            .offset(after)
            .limit(limit)
        )
        return tuple(_head(row) for row in self._db.execute(query))

    def latest_head(self) -> SignedHead:
        newest = select(log_heads).order_by(log_heads.c.tree_size.desc(), log_heads.c.timestamp_ms.desc())
        return self._one_head(self._db.execute(newest.limit(1)).one_or_none())

    def head_of(self, tree_size: int) -> SignedHead:
        of_size = select(log_heads).where(log_heads.c.tree_size == tree_size)
        newest = of_size.order_by(log_heads.c.timestamp_ms.desc()).limit(1)
        return self._one_head(self._db.execute(newest).one_or_none())

    def counted(self) -> int:
        """Count the rows of entries, whatever the size says."""
        return int(self._db.execute(select(func.count()).select_from(log_entries)).scalar_one())

    def _one_head(self, row: AnyRow | None) -> SignedHead:
        if row is None:
            raise LogHeadNotFound
        return _head(row)


def _leaf(index: int, text: str) -> Leaf:
    try:
        return Leaf.parse(text)
    except ValueError as error:
        raise LogBroken(f"Entry {index} of the log cannot be read: {error}.") from None


def _opening(row: AnyRow) -> Opening:
    documents = tuple(LoggedDocument(DocumentForm(form), sha256) for form, sha256 in row.documents)
    return Opening(row.number, documents, row.salt)


def _head(row: AnyRow) -> SignedHead:
    head = TreeHead(bytes.fromhex(row.log_id), row.timestamp_ms, row.tree_size, bytes.fromhex(row.root_hash))
    return SignedHead(head, row.signature)
