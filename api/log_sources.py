"""Where an audit of the log reads from: the database, row by row as kept, or a service over HTTP."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import Connection, and_, or_, select

from api.errors import LogUnreachable
from api.store.tables.filing import certificate_documents, certificate_ends, certificates
from api.store.tables.transparency import log_entries, log_nodes, log_openings
from api.store.transparency import SqlLogStore
from signing.transparency.audit import KeptCertificate, KeptEntry
from signing.transparency.entries import DocumentForm, LoggedDocument, Opening
from signing.transparency.heads import SignedHead
from signing.transparency.proofs import head_from_plain
from signing.transparency.store import Place

if TYPE_CHECKING:
    import httpx

Read = TypeVar("Read")

BATCH: Final = 1000
HIGHEST_LEVEL: Final = 62
LONGEST_WAIT_SECONDS: Final = 900.0
USUAL_WAIT_SECONDS: Final = 60.0
LARGEST_ANSWER: Final = 16 << 20
"""A thousand entries are under five megabytes."""
ATTEMPTS: Final = 20


class DatabaseSource:
    """The whole log with its openings, its tree and the certificates, over one reading transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._store = SqlLogStore(db)

    def size(self) -> int:
        return self._store.size()

    def entries(self) -> Iterator[KeptEntry]:
        last = -1
        while rows := self._rows(after=last):
            nodes = self._nodes(rows[0].position, rows[-1].position)
            for row in rows:
                yield KeptEntry(
                    index=row.position,
                    text=row.leaf,
                    hash=row.hash,
                    nodes=nodes.get(row.position, {}),
                    number=row.number or "",
                    event=row.event or "",
                    opening=_opening(row),
                )
            last = rows[-1].position

    def heads(self) -> Iterator[SignedHead]:
        after = 0
        while found := self._store.heads(after=after, limit=BATCH):
            yield from found
            after += len(found)

    def certificates(self) -> Iterator[KeptCertificate]:
        files: dict[str, list[LoggedDocument]] = {}
        for row in self._db.execute(select(certificate_documents)):
            files.setdefault(row.number, []).append(LoggedDocument(DocumentForm(row.form), row.sha256))
        query = select(
            certificates.c.number, certificates.c.log_entry, certificate_ends.c.log_entry.label("end_entry")
        ).outerjoin(certificate_ends, certificate_ends.c.id == certificates.c.number)
        for row in self._db.execute(query.order_by(certificates.c.number)):
            yield KeptCertificate(
                row.number, tuple(files.get(row.number, ())), row.log_entry, row.end_entry or ""
            )

    def _rows(self, *, after: int) -> list[Any]:
        place = log_entries.c.position
        query = (
            select(
                place,
                log_entries.c.leaf,
                log_entries.c.hash,
                log_openings.c.number,
                log_openings.c.event,
                log_openings.c.documents,
                log_openings.c.salt,
            )
            .outerjoin(log_openings, log_openings.c.position == place)
            .where(place > after)
            .order_by(place)
            .limit(BATCH)
        )
        return list(self._db.execute(query))

    def _nodes(self, first: int, last: int) -> dict[int, dict[Place, bytes]]:
        """The kept nodes that these entries complete, by the entry that completes each."""
        level, position = log_nodes.c.level, log_nodes.c.position
        spans = [
            and_(level == height, position >= (first >> height), position < ((last + 1) >> height))
            for height in range(HIGHEST_LEVEL)
            if (first >> height) < ((last + 1) >> height)
        ]
        found: dict[int, dict[Place, bytes]] = {}
        for row in self._db.execute(select(log_nodes).where(or_(*spans))):
            completed_by = ((row.position + 1) << row.level) - 1
            found.setdefault(completed_by, {})[row.level, row.position] = row.hash
        return found


def _opening(row: Any) -> Opening | None:  # noqa: ANN401  a row
    if row.number is None:
        return None
    try:
        documents = tuple(LoggedDocument(DocumentForm(form), sha256) for form, sha256 in row.documents)
        return Opening(row.number, documents, row.salt)
    except (ValueError, TypeError):
        return None


class HttpSource:
    """The public part of a log, as a service gives it to anyone."""

    def __init__(self, client: "httpx.Client", *, sleep: Callable[[float], None] = time.sleep) -> None:
        """`client` knows the address; where the service asks to wait, `sleep` does. Raises LogUnreachable."""
        self._client = client
        self._sleep = sleep
        self._size = self._read("tree-head", lambda answer: int(answer["tree_size"]))

    def size(self) -> int:
        return self._size

    def entries(self) -> Iterator[KeptEntry]:
        start = 0
        while start < self._size:
            end = min(start + BATCH, self._size) - 1
            found = self._read("entries", _entries, start=start, end=end)
            if not found:
                return
            yield from found
            start += len(found)

    def heads(self) -> Iterator[SignedHead]:
        after = 0
        while found := self._read(
            "tree-heads", lambda answer: list(answer["heads"]), after=after, limit=BATCH
        ):
            for plain in found:
                signed = head_from_plain(plain)
                if signed.head.tree_size > self._size:
                    return
                yield signed
            after += len(found)

    def certificates(self) -> Iterable[KeptCertificate] | None:
        return None

    def _read(self, what: str, reading: Callable[[Any], Read], **asked: int) -> Read:
        """What the service answers, read. Raises LogUnreachable for what cannot be read as that."""
        try:
            return reading(json.loads(self._get(what, **asked)))
        except (ValueError, TypeError, KeyError, RecursionError):
            raise LogUnreachable(f"{what}: not an answer of a log") from None

    def _get(self, what: str, **asked: int) -> bytes:
        import httpx

        for _ in range(ATTEMPTS):
            try:
                with self._client.stream("GET", f"/v1/transparency/{what}", params=asked) as answer:
                    body = _body(answer)
            except httpx.HTTPError as error:
                raise LogUnreachable(type(error).__name__) from None
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                break
            self._sleep(_seconds(answer.headers.get("Retry-After", "")))
        if answer.status_code != httpx.codes.OK:
            raise LogUnreachable(str(answer.status_code))
        return body


def _body(answer: "httpx.Response") -> bytes:
    body = bytearray()
    for piece in answer.iter_bytes():
        body += piece
        if len(body) > LARGEST_ANSWER:
            raise LogUnreachable("its answer is too long")
    return bytes(body)


def _seconds(told: str) -> float:
    """How long to wait where a service says so in seconds, and where it says anything else."""
    return min(float(told), LONGEST_WAIT_SECONDS) if told.isdecimal() else USUAL_WAIT_SECONDS


def _entries(answer: Any) -> list[KeptEntry]:  # noqa: ANN401  whatever the service answered
    return [
        KeptEntry(int(entry["index"]), str(entry["leaf"]), str(entry["leaf_hash"]))
        for entry in answer["entries"]
    ]
