"""The public log of seals: signed heads, proofs and entries, for anyone (RFC 9162, section 5)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.dependencies import ServicesDep
from api.errors import RequestError
from api.limits import limited
from api.problems import problem_responses
from api.store.filing import seal_log
from api.transparency import as_pem, log_keys, prove, prove_entry
from api.views.transparency import (
    HASH,
    ConsistencyView,
    EntriesView,
    EntryView,
    LogKeysView,
    LogKeyView,
    ProofView,
    TreeHeadsView,
    TreeHeadView,
)
from signing.errors import LogRangeInvalid
from signing.transparency.heads import log_id
from signing.transparency.log import SealLog

router = APIRouter(
    prefix="/v1/transparency", tags=["transparency"], dependencies=[Depends(limited("transparency"))]
)

MOST_ENTRIES = 1000
MOST_HEADS = 1000
SOON = "public, max-age=30"
"""For what the next head changes."""
LASTING = "public, max-age=86400, immutable"
"""For what can never change."""

Size = Annotated[int, Query(ge=1, le=2**62)]


class AskOneThing(RequestError):
    """An inclusion proof is asked for by hash or by number, not by both or neither."""

    code = "log.ask_one"


def get_log(services: ServicesDep) -> Iterator[SealLog]:
    """The log over a transaction that only reads."""
    with services.reading() as db:
        yield seal_log(db, services)


LogDep = Annotated[SealLog, Depends(get_log, scope="function")]


@router.get("/tree-head", summary="签名日志头 A signed tree head", responses=problem_responses(404, 422, 429))
def read_tree_head(
    log: LogDep,
    response: Response,
    tree_size: Annotated[
        Size | None, Query(description="缺省为最新 Of this size; by default the newest.")
    ] = None,
) -> TreeHeadView:
    """Give the newest signed head of the log, or the newest of one size. Keep it: it binds the log."""
    response.headers["Cache-Control"] = SOON
    return TreeHeadView.of(log.store.latest_head() if tree_size is None else log.store.head_of(tree_size))


@router.get("/tree-heads", summary="全部签名日志头 Every signed head", responses=problem_responses(422, 429))
def list_tree_heads(
    log: LogDep,
    response: Response,
    after: Annotated[
        int, Query(ge=0, le=2**62, description="跳过几个 How many to leave out at the start.")
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_HEADS)] = 100,
) -> TreeHeadsView:
    """List signed heads in the order in which they were made; none is ever changed."""
    response.headers["Cache-Control"] = SOON
    return TreeHeadsView(
        heads=[TreeHeadView.of(signed) for signed in log.store.heads(after=after, limit=limit)]
    )


@router.get(
    "/consistency", summary="一致性证明 A consistency proof", responses=problem_responses(404, 422, 429)
)
def read_consistency(
    log: LogDep,
    response: Response,
    first: Annotated[Size, Query(description="较小的大小 The smaller size.", examples=[40])],
    second: Annotated[Size, Query(description="较大的大小 The larger size.", examples=[57])],
) -> ConsistencyView:
    """Prove that the tree of the larger size begins with that of the smaller; both under a signed head."""
    if second > log.store.latest_head().head.tree_size:
        raise LogRangeInvalid
    path = log.consistency(first, second)
    response.headers["Cache-Control"] = LASTING
    return ConsistencyView(first=first, second=second, path=[hash_.hex() for hash_ in path])


@router.get(
    "/inclusion", summary="包含证明 An inclusion proof", responses=problem_responses(400, 404, 422, 429, 503)
)
def read_inclusion(
    log: LogDep,
    services: ServicesDep,
    response: Response,
    leaf_hash: Annotated[
        str | None,
        Query(alias="hash", pattern="^[0-9a-f]{64}$", description="叶摘要 Of a leaf.", examples=[HASH]),
    ] = None,
    number: Annotated[
        str | None,
        Query(
            pattern="^[A-Z]{1,8}[0-9]{6,30}$",
            description="证书编号 Of a certificate: every entry about it.",
            examples=["JY24201020000018"],
        ),
    ] = None,
) -> ProofView:
    """Prove that an entry, or every entry about a certificate, stands under the newest head.

    What opens the entries is given only to whoever verifies the certificate itself.
    """
    if (leaf_hash is None) == (number is None):
        raise AskOneThing
    keys = log_keys(services)
    if number is not None:
        proof = replace(prove(log, keys, number), opening=None)
    else:
        proof = prove_entry(log, keys, bytes.fromhex(leaf_hash or ""))
    response.headers["Cache-Control"] = SOON
    return ProofView.of(proof)


@router.get("/entries", summary="日志条目 Entries of the log", responses=problem_responses(404, 422, 429))
def list_entries(
    log: LogDep,
    response: Response,
    start: Annotated[int, Query(ge=0, le=2**62, description="第一条（从 0 起）The first, from 0.")] = 0,
    end: Annotated[
        int | None,
        Query(ge=0, le=2**62, description=f"最后一条（含），一次最多 {MOST_ENTRIES} 条 The last, included."),
    ] = None,
) -> EntriesView:
    """List entries as they were hashed, at most 1000 at once; fewer where the newest head covers no more."""
    size = log.store.latest_head().head.tree_size
    last = start + MOST_ENTRIES - 1 if end is None else end
    if not start <= last < start + MOST_ENTRIES or start >= size:
        raise LogRangeInvalid
    found = log.store.entries(start, min(last + 1, size))
    response.headers["Cache-Control"] = LASTING if last < size else SOON
    return EntriesView(
        tree_size=size,
        entries=[
            EntryView(index=entry.index, leaf=entry.leaf.text, leaf_hash=entry.leaf.hash.hex())
            for entry in found
        ],
    )


@router.get("/keys", summary="日志公钥 The keys of the log", responses=problem_responses(429, 503))
def list_keys(services: ServicesDep, response: Response) -> LogKeysView:
    """Give the public keys that sign heads. Whoever audits takes them once and keeps them."""
    response.headers["Cache-Control"] = "public, max-age=3600"
    return LogKeysView(
        keys=[LogKeyView(log_id=log_id(key).hex(), pem=as_pem(key)) for key in log_keys(services).public()]
    )
