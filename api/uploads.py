"""Streaming a request's body to the evidence store, piece by piece, never whole in memory."""

import math
from collections.abc import Callable

import anyio
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from api.errors import UploadTooSlow
from api.evidence.port import EvidenceRef, EvidenceStore, NewEvidence

PIECE_BYTES = 1 << 18


async def store_body(
    request: Request,
    evidence: EvidenceStore,
    *,
    head_bytes: int,
    begin: Callable[[bytes], NewEvidence],
    seconds: float = math.inf,
) -> EvidenceRef:
    """Store the body of a request. `begin` sees its first bytes and says what it is, or raises.

    The route must hold no transaction meanwhile. Raises BodyTooLarge past the limit that `begin` gave, and
    UploadTooSlow where the body has not come within some seconds.
    """
    try:
        with anyio.fail_after(seconds):
            return await _store(request, evidence, head_bytes=head_bytes, begin=begin)
    except TimeoutError:
        raise UploadTooSlow from None


async def _store(
    request: Request, evidence: EvidenceStore, *, head_bytes: int, begin: Callable[[bytes], NewEvidence]
) -> EvidenceRef:
    body = request.stream()
    held = bytearray()
    async for piece in body:
        held += piece
        if len(held) >= head_bytes:
            break
    new = begin(bytes(held[:head_bytes]))
    writer = await run_in_threadpool(evidence.begin, new)
    finished = False
    try:
        async for piece in body:
            if len(held) + len(piece) > PIECE_BYTES:
                await run_in_threadpool(writer.write, bytes(held))
                held.clear()
            held += piece
        await run_in_threadpool(writer.write, bytes(held))
        stored = await run_in_threadpool(writer.finish)
        finished = True
        return stored
    finally:
        if not finished:
            # Also where the request was cancelled, as when the phone went away.
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(writer.abandon)
