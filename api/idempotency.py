"""Idempotency keys: a creating request that is sent twice has its effect once and gets the same answer.

The answer is stored in the transaction of the effect, so both exist or neither does. A route takes part by

    router = APIRouter(route_class=IdempotentRoute)
    @router.post(..., status_code=201, dependencies=[Depends(idempotent)])

and uses `Db` for its effect. Of two requests at the same moment the second waits for the first and then gets
its answer. A request that failed leaves nothing behind and may be sent again. Answers are kept sealed: they
may show an invitation's link or a one-time password.
"""

import hashlib
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite
from starlette.concurrency import run_in_threadpool

from api.dependencies import Db, FoundSignIn, ServicesDep, get_device
from api.errors import IdempotencyKeyMissing, IdempotencyKeyReused, RequestInProgress
from api.evidence.fields import FieldCipher, field_context
from api.store.tables.accounts import idempotent_answers as answers

KEY_FORM = re.compile(r"[A-Za-z0-9_-]{8,128}")
RESERVATION = "novisit_reservation"


@dataclass(frozen=True, slots=True)
class Reservation:
    """A key that this request holds until its transaction ends."""

    db: Connection
    id: str
    cipher: FieldCipher


class Replay(Exception):
    """This request was answered before."""

    def __init__(self, answer: Response) -> None:
        super().__init__("answered before")
        self.answer = answer


class IdempotentRoute(APIRoute):
    """A route that stores its answer under the key its request holds."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                response = await handler(request)
            except Replay as replay:
                return replay.answer
            reservation = request.scope.get(RESERVATION)
            if isinstance(reservation, Reservation):
                # Still inside the function-scoped transaction: it commits after this.
                await run_in_threadpool(_store, reservation, response)
            return response

        return handle


async def request_digest(request: Request) -> str:
    """Digest of what is asked: method, path, query and body."""
    digest = hashlib.sha256()
    for part in (request.method, request.url.path, request.url.query):
        digest.update(part.encode() + b"\n")
    digest.update(await request.body())
    return digest.hexdigest()


def idempotent(
    request: Request,
    # Before `db`: a body that comes slowly, or never, must not hold the one writer of the database.
    digest: Annotated[str, Depends(request_digest)],
    db: Db,
    services: ServicesDep,
    device: Annotated[str, Depends(get_device)],
    sign_in: FoundSignIn,
    idempotency_key: Annotated[
        str,
        Header(
            description="同一请求重发时保持不变。 The same for every repetition of one request.",
            examples=["5d0f6a52-6f0e-4a4e-9b8c-6d8f1f6f6c11"],
        ),
    ] = "",
) -> None:
    """Hold the key for this request, or end it with the answer it had before.

    Raises IdempotencyKeyMissing, IdempotencyKeyReused or RequestInProgress.
    """
    if not isinstance(request.scope.get("route"), IdempotentRoute):
        raise TypeError("a route with `idempotent` needs route_class=IdempotentRoute")
    if not KEY_FORM.fullmatch(idempotency_key):
        raise IdempotencyKeyMissing
    scope = f"account:{sign_in.account.id}" if sign_in else f"device:{device}"
    made = services.new_id()
    dialect = postgresql if db.dialect.name == "postgresql" else sqlite
    db.execute(
        dialect.insert(answers)
        .values(id=made, scope=scope, key=idempotency_key, request_digest=digest, created_at=services.clock())
        .on_conflict_do_nothing(index_elements=["scope", "key"])
    )
    row = db.execute(
        select(answers).where(answers.c.scope == scope, answers.c.key == idempotency_key)
    ).one_or_none()
    if row is None:
        raise RequestInProgress
    if row.id == made:
        request.scope[RESERVATION] = Reservation(db, made, services.cipher)
        return
    if row.request_digest != digest:
        raise IdempotencyKeyReused
    if row.status is None:
        raise RequestInProgress
    body = services.cipher.open(row.body, context=field_context(answers.c.body, row.id))
    headers = {"Idempotent-Replayed": "true"} | ({"Location": row.location} if row.location else {})
    raise Replay(Response(body, status_code=row.status, media_type=row.media_type, headers=headers))


def _store(reservation: Reservation, response: Response) -> None:
    # An answer may hold what is shown once: a one-time password, the link of an invitation.
    body = reservation.cipher.seal(
        bytes(response.body).decode(), context=field_context(answers.c.body, reservation.id)
    )
    reservation.db.execute(
        update(answers)
        .where(answers.c.id == reservation.id)
        .values(
            status=response.status_code,
            media_type=response.headers.get("content-type"),
            location=response.headers.get("location"),
            body=body,
        )
    )
