"""Bytes of a stream are stored once and in order, whatever its sockets do at the same time."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import pytest

from api.errors import StreamOutOfPlace
from api.evidence.memory import InMemoryEvidenceStore
from api.evidence.port import EvidenceKind, EvidenceWriter, NewEvidence
from api.streaming.intake import Intake
from liveness.errors import VideoTooShort

NEW = NewEvidence(owner="o", kind=EvidenceKind.VIDEO, media_type="video/webm", limit_bytes=1000)
PIECES = [bytes([number]) * 20 for number in range(5)]


class Stored:
    """An intake over evidence in memory; what it hands on waits while `go_on` is not set."""

    def __init__(self) -> None:
        self.evidence = InMemoryEvidenceStore(
            clock=lambda: datetime(2026, 3, 2, tzinfo=UTC), new_id=lambda: "1"
        )
        self.intake = Intake(self._begin, self._hand_on)
        self.handed_on: list[bytes] = []
        self.entered, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    async def take(self, data: bytes, is_wanted: Callable[[], bool] = lambda: True) -> bool:
        return await self.intake.take(data, arrived_ms=0.0, is_wanted=is_wanted)

    async def whole(self) -> bytes:
        ref = await self.intake.finish()
        return b"".join(self.evidence.open(ref.id, owner="o"))

    def _begin(self, _head: bytes) -> EvidenceWriter:
        return self.evidence.begin(NEW)

    def _hand_on(self, piece: bytes, _arrived_ms: float) -> None:
        self.entered.set()
        assert self.go_on.wait(5)
        self.handed_on.append(piece)


def play(scene: Callable[[Stored], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        await scene(Stored())

    asyncio.run(run())


def test_bytes_come_out_as_they_went_in() -> None:
    async def scene(stored: Stored) -> None:
        for piece in (b"few", *PIECES):
            assert await stored.take(piece)
        assert stored.intake.offset == 103
        assert await stored.whole() == b"".join(stored.handed_on) == b"few" + b"".join(PIECES)
        assert not await stored.take(b"late")

    play(scene)


def test_the_place_is_told_only_when_what_an_older_socket_sent_is_stored() -> None:
    """Else the new socket sends again what is being written, and it stands in the video twice."""

    async def scene(stored: Stored) -> None:
        await stored.take(PIECES[0])
        stored.entered.clear()
        stored.go_on.clear()
        older = asyncio.create_task(stored.take(PIECES[1]))
        await asyncio.to_thread(stored.entered.wait, 5)
        settled = asyncio.create_task(stored.intake.settled())
        await asyncio.sleep(0.05)
        assert not settled.done()
        stored.go_on.set()
        await settled
        assert stored.intake.offset == 40
        assert await older
        await stored.take(PIECES[2])
        assert await stored.whole() == b"".join(PIECES[:3])

    play(scene)


def test_what_waits_of_a_socket_that_was_replaced_is_not_stored() -> None:
    async def scene(stored: Stored) -> None:
        await stored.take(PIECES[0])
        stored.entered.clear()
        stored.go_on.clear()
        here = True
        first = asyncio.create_task(stored.take(PIECES[1], lambda: here))
        await asyncio.to_thread(stored.entered.wait, 5)
        second = asyncio.create_task(stored.take(PIECES[2], lambda: here))
        await asyncio.sleep(0)
        here = False
        stored.go_on.set()
        assert [await first, await second] == [True, False]
        assert await stored.whole() == b"".join(PIECES[:2])

    play(scene)


def test_what_is_sent_again_is_left_out() -> None:
    async def scene(stored: Stored) -> None:
        for piece in PIECES[:3]:
            await stored.take(piece)
        stored.intake.resume(30)
        await stored.take(bytes(20))
        await stored.take(bytes(10) + PIECES[3])
        assert await stored.whole() == b"".join(PIECES[:4])

    play(scene)


def test_no_place_beyond_what_came_can_be_resumed_from() -> None:
    async def scene(stored: Stored) -> None:
        await stored.take(PIECES[0])
        with pytest.raises(StreamOutOfPlace):
            stored.intake.resume(21)

    play(scene)


def test_hardly_anything_is_no_video_and_what_was_abandoned_takes_nothing() -> None:
    async def scene(stored: Stored) -> None:
        await stored.take(b"few")
        with pytest.raises(VideoTooShort):
            await stored.intake.finish()

    play(scene)

    async def abandoned(stored: Stored) -> None:
        await stored.take(PIECES[0])
        await stored.intake.abandon()
        assert not await stored.take(PIECES[1])
        assert stored.evidence.kept == {}

    play(abandoned)
