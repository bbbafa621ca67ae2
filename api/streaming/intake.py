"""The bytes of one stream on their way to the evidence: each once, in their order, over whichever socket."""

import asyncio
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool

from api.errors import StreamOutOfPlace
from api.evidence.port import EvidenceRef, EvidenceWriter
from liveness.errors import VideoTooShort

HEAD_BYTES = 16


class Intake:
    """Stores bytes and hands them on. Lives on the event loop; what writes runs in threads, one at a time.

    offset: how many bytes are stored.
    """

    def __init__(
        self, begin: Callable[[bytes], EvidenceWriter], hand_on: Callable[[bytes, float], None]
    ) -> None:
        """`begin` sees the first bytes; `hand_on` is given every piece, and when it came, in ms."""
        self.offset = 0
        self._begin = begin
        self._hand_on = hand_on
        self._one_at_a_time = asyncio.Lock()
        self._writer: EvidenceWriter | None = None
        self._head = bytearray()
        self._repeated = 0
        self._is_over = False

    def resume(self, offset: int) -> None:
        """Go on at an offset that was acknowledged before. Raises StreamOutOfPlace."""
        if offset > self.offset:
            raise StreamOutOfPlace
        self._repeated = self.offset - offset

    async def settled(self) -> None:
        """Wait until no bytes are on their way, so that the offset can be told to another socket."""
        async with self._one_at_a_time:
            self._repeated = 0

    async def take(self, data: bytes, *, arrived_ms: float, is_wanted: Callable[[], bool]) -> bool:
        """Store the next bytes; false where they are not wanted any more when their turn has come."""
        async with self._one_at_a_time:
            if self._is_over or not is_wanted():
                return False
            repeated = min(self._repeated, len(data))
            self._repeated -= repeated
            piece = data[repeated:]
            if piece:
                await run_in_threadpool(self._store, piece, arrived_ms)
                self.offset += len(piece)
            return True

    async def finish(self) -> EvidenceRef:
        """Make the whole durable. Raises VideoTooShort where hardly anything came."""
        async with self._one_at_a_time:
            self._is_over = True
            if self._writer is None:
                raise VideoTooShort
            return await run_in_threadpool(self._writer.finish)

    async def abandon(self) -> None:
        """Forget what was not finished."""
        async with self._one_at_a_time:
            self._is_over = True
            if self._writer is not None:
                await run_in_threadpool(self._writer.abandon)

    def _store(self, piece: bytes, arrived_ms: float) -> None:
        if self._writer is not None:
            self._writer.write(piece)
        else:
            self._head += piece
            if len(self._head) >= HEAD_BYTES:
                head = bytes(self._head)
                self._writer = self._begin(head)
                self._writer.write(head)
        self._hand_on(piece, arrived_ms)
