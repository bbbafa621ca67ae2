"""What a browser is told not to do, where a request may come from, and how large it may be."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.error_answers import answer_for
from api.errors import BodyTooLarge, ForeignOrigin
from api.problems import problem_response

MEBIBYTE = 1 << 20
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}

BODY_LIMITS: Mapping[str, int] = {
    r"/v1/liveness-sessions/[^/]+/video": 64 * MEBIBYTE,
    r"/v1/liveness-sessions/[^/]+/uploads/[^/]+": 64 * MEBIBYTE,
    r"/v1/cases/[^/]+/materials/[^/]+": 20 * MEBIBYTE,
    r"/v1/seal-verifications": 32 * MEBIBYTE,
    r"/v1/demonstration/portraits": 14 * MEBIBYTE,
}
"""Paths that take more than DEFAULT_LIMIT. The routes check what they take by themselves as well."""
DEFAULT_LIMIT = MEBIBYTE


class SecureHeaders:
    """Adds the headers that keep a page to this site, and answers of the API out of caches."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        self.headers = dict(HEADERS)
        if https:
            self.headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/v1/"):
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)


class SameOrigin:
    """Refuses a changing request that a browser sends from another site's page (Fetch Metadata, Origin)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Opening a WebSocket has the method of a reading request, and all the powers of a changing one.
        changes = scope["type"] == "websocket" or (
            scope["type"] == "http" and scope["method"] not in SAFE_METHODS
        )
        if changes and is_foreign(Headers(scope=scope)):
            response = problem_response(HTTPConnection(scope), answer_for(ForeignOrigin()))
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send)


def is_foreign(headers: Headers) -> bool:
    """Whether a browser says that another site's page sent this. A client that is no browser says nothing."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return False
    return urlsplit(origin).netloc != headers.get("host", "")


class LimitBody:
    """Refuses a body that is larger than its path takes, by its stated length or as it comes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.limits = tuple((re.compile(path), limit) for path, limit in BODY_LIMITS.items())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        stated = Headers(scope=scope).get("content-length", "0")
        if not stated.isdigit() or int(stated) > limit:
            response = problem_response(
                Request(scope), answer_for(BodyTooLarge()), headers={"Connection": "close"}
            )
            await response(scope, receive, send)
            return
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > limit:
                    raise BodyTooLarge
            return message

        await self.app(scope, receive_within_limit, send)

    def _limit(self, path: str) -> int:
        return next((limit for form, limit in self.limits if form.fullmatch(path)), DEFAULT_LIMIT)
