"""The HTTP application: routes, problems, headers, limits, logs, metrics."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from api import problems
from api.bootstrap import Services
from api.installation import takes_own_portraits
from api.middleware.guard import LimitBody, SameOrigin, SecureHeaders
from api.middleware.record import RecordRequests
from api.routes import (
    accounts,
    cases,
    certificates,
    demonstration,
    endings,
    health,
    jobs,
    liveness,
    liveness_review,
    matters,
    pages,
    parties,
    pki,
    review,
    seal_proposals,
    seals,
    stream,
    transparency,
    uploads,
)

ROUTES = (
    accounts,
    liveness,
    uploads,
    stream,
    matters,
    cases,
    parties,
    review,
    endings,
    liveness_review,
    certificates,
    seals,
    seal_proposals,
    transparency,
    pki,
    jobs,
    health,
    pages,
)
"""Modules with a `router`, in the order of the documentation."""


def create_app(services: Services) -> FastAPI:
    """Make the application over built services. It starts nothing by itself: its lifespan does."""
    app = FastAPI(
        title="novisit",
        version="1",
        summary="不见面办事 · Prove who you are from a phone and finish a filing without a visit.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=lambda _app: _lifespan(services),
    )
    app.state.services = services
    problems.install(app)
    # The one added last stands outermost.
    app.add_middleware(LimitBody)
    app.add_middleware(SameOrigin)
    settings = services.settings
    app.add_middleware(SecureHeaders, https=settings.is_https and settings.is_production)
    app.add_middleware(RecordRequests, new_id=services.new_id, metrics=services.metrics)
    for module in ROUTES:
        app.include_router(module.router)
    if takes_own_portraits(settings):
        app.include_router(demonstration.router)
    return app


@asynccontextmanager
async def _lifespan(services: Services) -> AsyncIterator[None]:
    await run_in_threadpool(services.start_work)
    services.when_ready()
    yield
    await run_in_threadpool(services.close)
