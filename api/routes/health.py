"""Whether the service lives, whether it can work, and its figures."""

import ipaddress
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import structlog
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from api import readiness
from api.bootstrap import Services
from api.dependencies import LanguageDep, ServicesDep
from api.errors import NotFound
from api.metrics import CONTENT_TYPE_LATEST
from api.problems import problem_responses
from signing.errors import KeyUnavailable
from signing.keys.ledger import KeyState

router = APIRouter(tags=["health"])
log = structlog.get_logger("novisit.health")

CHECK_SECONDS = 5.0


class Alive(BaseModel):
    """The process answers."""

    status: str = "alive"


class Check(BaseModel):
    """One backend."""

    ready: bool
    ms: float | None = Field(description="Milliseconds the check took; null where it did not end.")
    text: str = Field(default="", description="What is wrong and what to do, where a sentence says it.")


class Ready(BaseModel):
    """Every backend the service needs."""

    ready: bool
    checks: dict[str, Check]


@router.get("/healthz", summary="存活 Alive")
async def healthz() -> Alive:
    """Answer as long as the process can answer at all."""
    return Alive()


@router.get(
    "/readyz", summary="就绪 Ready", responses={503: {"model": Ready, "description": "Some backend is not."}}
)
def readyz(services: ServicesDep, response: Response, language: LanguageDep) -> Ready:
    """Ask every backend whether it can work, all at the same time."""
    checks = readiness.checks(services)
    pool = ThreadPoolExecutor(max_workers=len(checks), thread_name_prefix="readyz")

    def told(error: Exception) -> str:
        code = getattr(error, "code", "")
        return services.catalogue.text(code, language) if code in services.catalogue else ""

    pending = {name: pool.submit(_run, name, check, told) for name, check in checks.items()}
    wait(pending.values(), timeout=CHECK_SECONDS)
    pool.shutdown(wait=False, cancel_futures=True)
    late = Check(ready=False, ms=None)
    results = {name: future.result() if future.done() else late for name, future in pending.items()}
    ready = all(check.ready for check in results.values())
    response.status_code = 200 if ready else 503
    return Ready(ready=ready, checks=results)


def _run(name: str, check: Callable[[], None], told: Callable[[Exception], str]) -> Check:
    started, text = time.perf_counter(), ""
    try:
        check()
    except Exception as error:  # whatever a backend raises means that it is not ready
        text = told(error)
        log.warning("not ready", backend=name, exc_info=True)
        ready = False
    else:
        ready = True
    return Check(ready=ready, ms=round((time.perf_counter() - started) * 1000, 1), text=text)


@router.get("/metrics", summary="指标 Figures", response_class=Response, responses=problem_responses(404))
def metrics(request: Request, services: ServicesDep) -> Response:
    """Give the figures to this machine itself or to whoever holds the operator's token."""
    token = services.settings.metrics_token
    shown = request.headers.get("authorization", "").removeprefix("Bearer ")
    is_operator = token is not None and secrets.compare_digest(
        shown.encode(), token.get_secret_value().encode()
    )
    if not (is_operator or _is_local(request)):
        raise NotFound
    services.metrics.signer_seen(_keys(services))
    return Response(services.metrics.text(), media_type=CONTENT_TYPE_LATEST)


def _keys(services: Services) -> tuple[KeyState, ...] | None:
    """The state of every key that signs; None where the signer does not answer."""
    try:
        return services.keys.status().keys
    except KeyUnavailable:
        return None


def _is_local(request: Request) -> bool:
    # Behind a proxy on the same machine everybody would look local.
    if request.client is None or {"forwarded", "x-forwarded-for"} & set(request.headers):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
