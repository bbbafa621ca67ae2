"""Uploads that go on where they were interrupted: the core behind the tus protocol.

Every piece of some megabytes, and whatever had come when a connection broke, is stored as evidence of its
own before it is acknowledged: encrypted, on any host, across a restart of the service. The whole is put
together at the end and goes on as a file sent in one piece does.

Decided against tuspyserver 4.4: its storage can be replaced, but is asked by an upload's id alone, keeps how
far it is apart from the bytes and in no transaction, and knows nothing of accounts, of one upload a session,
or of an end of the time; every route would have had to be wrapped.
"""

import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import chain
from typing import Final, Protocol

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from api import liveness_intake
from api.bootstrap import Services
from api.errors import (
    EvidenceError,
    EvidenceNotFound,
    UploadChecksumWrong,
    UploadInTooManyParts,
    UploadOutOfPlace,
    UploadTooSlow,
)
from api.evidence.port import EvidenceKind, EvidenceWriter, NewEvidence
from api.jobs.analysis import UPLOAD_GRACE
from api.store.uploads import SqlUploads, Upload
from liveness.errors import LivenessError, SessionExpired, VideoTooLarge
from liveness.video.container import sniff_head
from liveness.video.limits import MAX_BYTES

PART_BYTES: Final = 4 << 20
MAX_PARTS: Final = 256
_WRITE_BYTES: Final = 1 << 18
_HEAD_BYTES: Final = 16
_KEPT_LONGER: Final = timedelta(hours=1)


class Checksum(Protocol):
    """What the bytes of one request must come to."""

    def update(self, piece: bytes, /) -> None: ...

    def is_right(self) -> bool: ...


def create(services: Services, *, session_id: str, account_id: str, length: int) -> Upload:
    """Begin the one upload of a session; an earlier one of it ends.

    Raises VideoTooLarge, and whatever `liveness_intake.require_open` does.
    """
    if length > MAX_BYTES:
        raise VideoTooLarge
    liveness_intake.require_open(services, session_id, account_id)
    session = liveness_intake.find(services, session_id, account_id)
    upload = Upload(
        id=services.new_id(),
        session_id=session_id,
        account_id=account_id,
        length=length,
        expires_at=session.expires_at + UPLOAD_GRACE,
    )
    with services.transaction() as db:
        dropped = SqlUploads(db).begin(upload)
    _delete_parts(services, dropped)
    return upload


def find(services: Services, upload_id: str, *, session_id: str, account_id: str) -> Upload:
    """Give an upload of this account. Raises NotFound, SessionExpired."""
    with services.reading() as db:
        upload = SqlUploads(db).find(upload_id, session_id=session_id, account_id=account_id)
    if services.clock() >= upload.expires_at:
        raise SessionExpired
    return upload


def terminate(services: Services, upload: Upload) -> None:
    """Forget an upload and what came of it."""
    with services.transaction() as db:
        SqlUploads(db).forget(upload.id)
    _delete_parts(services, upload.parts)


def take(services: Services, upload: Upload, *, offset: int) -> Upload:
    """Go on with an upload from where it is; a request that still has it can add nothing more.

    Raises UploadOutOfPlace, UploadInTooManyParts.
    """
    if offset != upload.received:
        raise UploadOutOfPlace
    if len(upload.parts) >= MAX_PARTS:
        raise UploadInTooManyParts
    with services.transaction() as db:
        return SqlUploads(db).take(upload, request_id=services.new_id())


async def receive(
    services: Services, upload: Upload, body: AsyncIterator[bytes], *, checksum: Checksum | None = None
) -> Upload:
    """Take the body of one request, for as long as the upload may take; give how far it is then.

    Where the connection breaks, or the time is over, what had come is kept; with a checksum only the whole
    body is. Raises UploadTooSlow, UploadOutOfPlace, UploadChecksumWrong, NotAVideo, BodyTooLarge.
    """
    left_s = (upload.expires_at - services.clock()).total_seconds()
    receiving = _Receiving(services, upload, checksum)
    in_time = False
    try:
        with anyio.move_on_after(left_s), suppress(ClientDisconnect):
            async for piece in body:
                await receiving.take(piece)
            await receiving.end()
            in_time = True
    finally:
        with anyio.CancelScope(shield=True):
            await receiving.keep_rest()
    if not in_time and services.clock() >= upload.expires_at:
        raise UploadTooSlow
    return receiving.upload


class _Receiving:
    """The body of one request on its way into parts."""

    def __init__(self, services: Services, upload: Upload, checksum: Checksum | None) -> None:
        self.upload = upload
        self._services = services
        self._checksum = checksum
        self._held = bytearray()
        self._writer: EvidenceWriter | None = None
        self._written = 0
        self._is_kept = True

    async def take(self, piece: bytes) -> None:
        """Take some bytes."""
        self._is_kept = False
        if self._checksum is not None:
            self._checksum.update(piece)
        self._held += piece
        if self.upload.received + self._written + len(self._held) > self.upload.length:
            self._held.clear()
            raise UploadOutOfPlace
        if len(self._held) >= _WRITE_BYTES:
            await run_in_threadpool(self._write)
        if self._written >= PART_BYTES and self._checksum is None:
            await run_in_threadpool(self._close_part)

    async def end(self) -> None:
        """Keep what came. Raises UploadChecksumWrong."""
        if self._checksum is not None and not self._checksum.is_right():
            raise UploadChecksumWrong
        self._checksum = None
        await run_in_threadpool(self._close_part)

    async def keep_rest(self) -> None:
        """Keep what had come of a body that broke off, but for one that had to be whole or went wrong."""
        if self._checksum is None and not self._is_kept:
            with suppress(UploadOutOfPlace, LivenessError):
                await run_in_threadpool(self._close_part)
        if self._writer is not None:
            await run_in_threadpool(self._writer.abandon)

    def _write(self) -> None:
        if self._writer is None:
            if self.upload.received == 0 and len(self._held) >= _HEAD_BYTES:
                head = bytes(self._held[:_HEAD_BYTES])
                try:
                    sniff_head(head)
                except LivenessError:
                    self._held.clear()
                    raise
            self._writer = self._services.evidence.begin(
                NewEvidence(
                    owner=self.upload.owner,
                    kind=EvidenceKind.VIDEO,
                    media_type="application/octet-stream",
                    limit_bytes=self.upload.length,
                    delete_after=self.upload.expires_at + _KEPT_LONGER,
                )
            )
        self._writer.write(bytes(self._held))
        self._written += len(self._held)
        self._held.clear()

    def _close_part(self) -> None:
        self._is_kept = True
        if self._held:
            self._write()
        if self._writer is None:
            return
        stored = self._writer.finish()
        self._writer, self._written = None, 0
        try:
            with self._services.transaction() as db:
                self.upload = SqlUploads(db).add_part(self.upload, evidence_id=stored.id, size=stored.size)
        except UploadOutOfPlace:
            self._services.evidence.delete(stored.id, reason="upload taken over")
            raise


def finish(services: Services, upload: Upload) -> None:
    """Put a whole upload together and send it on its way, once; its parts go.

    Raises NotAVideo, SessionAlreadyUsed, ConsentMissing, TooManyAttempts: then the upload is over as well.
    """
    if upload.finished_at is not None or not upload.is_whole:
        return
    pieces = chain.from_iterable(services.evidence.open(part, owner=upload.owner) for part in upload.parts)
    try:
        head, whole = _headed(pieces)
        stored = services.evidence.put(whole, liveness_intake.new_video(upload.session_id, head))
        liveness_intake.bind(services, upload.session_id, upload.account_id, stored)
    except LivenessError:
        terminate(services, upload)
        raise
    except EvidenceNotFound:
        if not _is_finished(services, upload):
            raise
        return  # another request came first: its parts are gone because they are no longer needed
    with services.transaction() as db:
        SqlUploads(db).finish(upload, at=services.clock())
    _delete_parts(services, upload.parts)


def end_overdue(services: Services) -> int:
    """Forget uploads whose time is over, and their parts; give how many."""
    with services.reading() as db:
        found = SqlUploads(db).expired(before=services.clock())
    for upload in found:
        terminate(services, upload)
    return len(found)


def _is_finished(services: Services, upload: Upload) -> bool:
    with services.reading() as db:
        found = SqlUploads(db).find(upload.id, session_id=upload.session_id, account_id=upload.account_id)
    return found.finished_at is not None


def _headed(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes of a stream, and all of it."""
    begun = bytearray()
    for piece in pieces:
        begun += piece
        if len(begun) >= _HEAD_BYTES:
            break
    return bytes(begun[:_HEAD_BYTES]), chain([bytes(begun)], pieces)


def _delete_parts(services: Services, parts: tuple[str, ...]) -> None:
    """Delete stored parts; one that cannot be is left to its time."""
    for part in parts:
        with suppress(EvidenceError):
            services.evidence.delete(part, reason="upload over")


class DigestChecksum:
    """A digest that a request announced. Comparing it is no secret's business."""

    def __init__(self, algorithm: str, wanted: bytes) -> None:
        self._digest = hashlib.new(algorithm, usedforsecurity=False)
        self._wanted = wanted

    def update(self, piece: bytes, /) -> None:
        self._digest.update(piece)

    def is_right(self) -> bool:
        return self._digest.digest() == self._wanted
