"""Request ids, one log line and one measurement a request, and the answer of last resort."""

import re
import time
from collections.abc import Callable

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.error_answers import UNEXPECTED
from api.metrics import Metrics
from api.problems import problem_response

REQUEST_ID_FORM = re.compile(r"[A-Za-z0-9-]{8,64}")
HEADER = "x-request-id"
QUIET = ("/healthz", "/readyz", "/metrics", "/static")
CLIENT_CLOSED = 499

log = structlog.get_logger("novisit.requests")


class RecordRequests:
    """Outermost of ours. Logs the route's template, never the path itself: a path may carry a secret link."""

    def __init__(self, app: ASGIApp, *, new_id: Callable[[], str], metrics: Metrics) -> None:
        self.app = app
        self.new_id = new_id
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        request_id = given if REQUEST_ID_FORM.fullmatch(given) else self.new_id()
        scope.setdefault("state", {})["request_id"] = request_id
        status = CLIENT_CLOSED
        started = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_id)
            except Exception:
                log.exception("unexpected error", route=route_template(scope), method=scope["method"])
                if status == CLIENT_CLOSED:
                    response = problem_response(Request(scope), UNEXPECTED)
                    await response(scope, receive, send_with_id)
            finally:
                self._record(scope, status, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        template = route_template(scope)
        self.metrics.observe(method=scope["method"], route=template, status=status, seconds=seconds)
        write = log.debug if template.startswith(QUIET) else log.info
        write("request", method=scope["method"], route=template, status=status, ms=round(seconds * 1000, 1))


def route_template(scope: Scope) -> str:
    """The route that answered, with its parameters unfilled; "-" where none did."""
    route = scope.get("route")
    path = getattr(route, "path_format", None) or getattr(route, "path", None)
    return path if isinstance(path, str) else "-"
