"""Uploads that may be interrupted, in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Row, delete, insert, select, update

from api.errors import NotFound, UploadOutOfPlace
from api.store.tables.uploads import uploads as table


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload. parts: evidence ids, in order; taken_by: the request that may go on with it."""

    id: str
    session_id: str
    account_id: str
    length: int
    expires_at: datetime
    received: int = 0
    parts: tuple[str, ...] = ()
    taken_by: str | None = None
    finished_at: datetime | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.received <= self.length:
            raise ValueError("no more is received than the upload is long")

    @property
    def is_whole(self) -> bool:
        """Whether every byte is here."""
        return self.received == self.length

    @property
    def owner(self) -> str:
        """Who the evidence of its parts belongs to."""
        return f"upload:{self.id}"


class SqlUploads:
    """Uploads, in a transaction of the caller's."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def begin(self, upload: Upload) -> tuple[str, ...]:
        """Keep a new upload in the place of any other of its session; give the parts that the other had."""
        before = self._db.execute(select(table).where(table.c.session_id == upload.session_id)).one_or_none()
        parts: tuple[str, ...] = ()
        if before is not None:
            parts = tuple(before.parts)
            self.forget(before.id)
        self._db.execute(
            insert(table).values(
                id=upload.id,
                session_id=upload.session_id,
                account_id=upload.account_id,
                length=upload.length,
                received=0,
                parts=[],
                expires_at=upload.expires_at,
            )
        )
        return parts

    def find(self, upload_id: str, *, session_id: str, account_id: str) -> Upload:
        """Give an upload of this account. Raises NotFound."""
        row = self._db.execute(
            select(table).where(
                table.c.id == upload_id, table.c.session_id == session_id, table.c.account_id == account_id
            )
        ).one_or_none()
        if row is None:
            raise NotFound
        return _upload(row)

    def take(self, upload: Upload, *, request_id: str) -> Upload:
        """Let one request go on with it; whichever had it before can add nothing more."""
        self._db.execute(update(table).where(table.c.id == upload.id).values(taken_by=request_id))
        return replace(upload, taken_by=request_id)

    def add_part(self, upload: Upload, *, evidence_id: str, size: int) -> Upload:
        """Go on by one part. Raises UploadOutOfPlace where another request has taken the upload since."""
        grown = replace(upload, received=upload.received + size, parts=(*upload.parts, evidence_id))
        changed = self._db.execute(
            update(table)
            .where(
                table.c.id == upload.id,
                table.c.received == upload.received,
                table.c.taken_by == upload.taken_by,
            )
            .values(received=grown.received, parts=list(grown.parts))
        )
        if changed.rowcount != 1:
            raise UploadOutOfPlace
        return grown

    def finish(self, upload: Upload, *, at: datetime) -> None:
        """Note that the whole is where it belongs; the parts are no longer needed."""
        self._db.execute(update(table).where(table.c.id == upload.id).values(finished_at=at, parts=[]))

    def forget(self, upload_id: str) -> None:
        """Remove an upload."""
        self._db.execute(delete(table).where(table.c.id == upload_id))

    def expired(self, *, before: datetime, limit: int = 100) -> Sequence[Upload]:
        """Give uploads whose time was over before this."""
        found = self._db.execute(select(table).where(table.c.expires_at < before).limit(limit))
        return [_upload(row) for row in found]


def _upload(row: Row[tuple[object, ...]]) -> Upload:
    values = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public name for a row as a mapping
    return Upload(**{**values, "parts": tuple(row.parts)})
