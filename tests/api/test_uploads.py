"""Streaming of bodies into evidence, without a server around it."""

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.types import Message

from api.errors import UploadTooSlow
from api.uploads import PIECE_BYTES, store_body
from tests.api.evidence.conftest import MovedClock, clock, encrypted_store, folder, keyring_file, new_evidence

__all__ = ["clock", "folder", "keyring_file"]


def test_a_cancelled_upload_leaves_nothing_behind(
    sqlite_engine: Engine, folder: Path, keyring_file: Path, clock: MovedClock
) -> None:
    store = encrypted_store(sqlite_engine, folder, keyring_file, clock)
    stalled = anyio.Event()

    async def pieces() -> AsyncIterator[Message]:
        for _ in range(12):
            yield {"type": "http.request", "body": bytes(PIECE_BYTES), "more_body": True}
        stalled.set()
        await anyio.sleep_forever()

    async def upload() -> None:
        messages = pieces()
        request = Request({"type": "http", "method": "PUT", "headers": []}, messages.__anext__)
        await store_body(request, store, head_bytes=16, begin=lambda _head: new_evidence())

    async def cancel_while_it_stalls() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(upload)
            await stalled.wait()
            assert list((folder / "incoming").iterdir())
            tasks.cancel_scope.cancel()

    anyio.run(cancel_while_it_stalls)
    assert list((folder / "incoming").iterdir()) == []


def test_a_body_that_trickles_ends_when_its_time_is_over(
    sqlite_engine: Engine, folder: Path, keyring_file: Path, clock: MovedClock
) -> None:
    store = encrypted_store(sqlite_engine, folder, keyring_file, clock)

    async def trickle() -> AsyncIterator[Message]:
        while True:
            yield {"type": "http.request", "body": bytes(100), "more_body": True}
            await anyio.sleep(0.02)

    async def upload() -> None:
        request = Request({"type": "http", "method": "PUT", "headers": []}, trickle().__anext__)
        await store_body(request, store, head_bytes=16, begin=lambda _head: new_evidence(), seconds=0.2)

    with pytest.raises(UploadTooSlow):
        anyio.run(upload)
    assert list((folder / "incoming").iterdir()) == []
