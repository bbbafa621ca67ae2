"""People at a real server over HTTP, and the licensed authorities that it asks, as real servers too."""

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import httpx
import pyotp
from cryptography import x509

from signing.certificates import TIME_STAMP, issue, subject
from signing.keys import EncryptedKeyFolder
from signing.timestamps import LocalTimeStampAuthority
from tests.signing.licensed import PEM, LicensedAuthority

PASSWORD: Final = "three-quiet-rivers"
A_DAY: Final = timedelta(days=1)
AN_HOUR: Final = timedelta(hours=1)
_numbers = itertools.count(1)


@dataclass
class Browser:
    """Somebody who comes through a proxy that speaks HTTPS to the world: cookies are carried by hand."""

    http: httpx.Client
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if method == "POST":
            headers["Idempotency-Key"] = f"production-{next(_numbers):08}"
        answer = self.http.request(method, path, headers=headers | given.pop("headers", {}), **given)
        for cookie in answer.headers.get_list("set-cookie"):
            assert "Secure" in cookie, cookie
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def done(self, method: str, path: str, **given: Any) -> Any:
        """What it answers, where it does what was asked."""
        answer = self.ask(method, path, **given)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.headers.get("content-type", "").endswith("json") else answer.content

    def sign_in_as_staff(self, opened: Mapping[str, str], clock: Callable[[], datetime]) -> None:
        """Change the one-time password and confirm an authenticator app, as the first sign-in asks."""
        credentials = {"username": opened["username"], "password": opened["one_time_password"]}
        self.done("POST", "/v1/sign-ins", json=credentials)
        change = {"current": opened["one_time_password"], "new": PASSWORD}
        self.done("POST", "/v1/accounts/me/password", json=change)
        secret = self.done("POST", "/v1/accounts/me/totp")["secret"]
        self.done("PUT", "/v1/accounts/me/totp", json={"code": pyotp.TOTP(secret).at(clock())})

    def sign_in_as_applicant(self, username: str) -> None:
        credentials = {"username": username, "password": PASSWORD}
        self.done("POST", "/v1/accounts", json=credentials)
        self.done("POST", "/v1/sign-ins", json=credentials)


@dataclass
class Authorities:
    """A licensed authority with a time-stamp authority under it, and where both answer."""

    licensed: LicensedAuthority
    stamps: LocalTimeStampAuthority
    url: str = ""

    @property
    def root(self) -> bytes:
        return self.licensed.root.public_bytes(PEM)


@contextmanager
def authorities(folder: Path, clock: Callable[[], datetime]) -> Iterator[Authorities]:
    """Lists by GET at /root.crl and /issuing.crl, time stamps by POST."""
    licensed = LicensedAuthority(clock() - A_DAY)
    keys = EncryptedKeyFolder(folder, b"of the time-stamp authority")
    keys.generate("tsa")
    certificate = issue(
        TIME_STAMP,
        subject("Licensed time stamps", organization=licensed.name),
        keys.public_key("tsa"),
        issuer=licensed.issuer(),
        now=licensed.now,
    )
    serials = itertools.count(1)
    stamps = LocalTimeStampAuthority(
        certificate=_der(certificate),
        chain=(_der(licensed.issuing),),
        keys=keys,
        key_name="tsa",
        clock=clock,
        serials=lambda: next(serials),
    )
    made = Authorities(licensed, stamps)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made, clock))
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def _handler(made: Authorities, clock: Callable[[], datetime]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            lists = dict(
                zip(("/root.crl", "/issuing.crl"), made.licensed.crls(clock() - AN_HOUR), strict=True)
            )
            self._say(lists.get(self.path), "application/pkix-crl")

        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["content-length"]))
            self._say(made.stamps.respond(asked), "application/timestamp-reply")

        def _say(self, content: bytes | None, kind: str) -> None:
            self.send_response(404 if content is None else 200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


def _der(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.DER)
