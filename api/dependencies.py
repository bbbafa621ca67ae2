"""What routes ask for: the services, a transaction, the account that is signed in, an idempotency key."""

from collections.abc import AsyncIterator
from typing import Annotated

import anyio
from fastapi import Depends, Request
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.bootstrap import Services
from api.messages import Language
from api.problems import request_language


def get_services(request: Request) -> Services:
    """The services this application was made with."""
    services = request.app.state.services
    if not isinstance(services, Services):
        raise TypeError("the application was not made by create_app")
    return services


ServicesDep = Annotated[Services, Depends(get_services)]


def get_language(request: Request) -> Language:
    """The language to answer in."""
    return request_language(request)


LanguageDep = Annotated[Language, Depends(get_language)]


async def get_db(services: ServicesDep) -> AsyncIterator[Connection]:
    """One write transaction for the request, committed before the answer leaves; use it as `Db`.

    The gate lets as many requests in as can hold a transaction at once. Without it the threads that wait for
    SQLite's one writer would leave no thread for the writer itself.
    """
    async with services.write_gate:
        connection = await run_in_threadpool(services.engine.connect)
        try:
            await run_in_threadpool(connection.begin)
            yield connection
            await run_in_threadpool(connection.commit)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(connection.close)


Db = Annotated[Connection, Depends(get_db, scope="function")]
"""A write transaction. A route that streams a body must not ask for it: it would hold the database."""
