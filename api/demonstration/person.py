"""One person at a browser, played by a plain HTTP client."""

import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import httpx

PASSWORD = "three-quiet-rivers"  # noqa: S105  of made-up accounts in a temporary folder
POLL_SECONDS = 0.2
ANALYSIS_SECONDS = 180.0
FINAL_STATES = frozenset({"passed", "failed", "undecided", "expired"})


class DemonstrationFailed(Exception):
    """The main job came to an answer that it should not have come to."""


class ServerFailed(DemonstrationFailed):
    """The server did not start, or met an error of its own; the end of its log says more."""


class Person:
    """Someone with a browser of their own: cookies, and an idempotency key on every POST."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(
            base_url=url, timeout=60, trust_env=False, headers={"Accept-Language": "zh"}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str) -> Any:  # noqa: ANN401  JSON
        return self._answer(self._http.get(path)).json()

    def post(self, path: str, body: object | None = None) -> Any:  # noqa: ANN401  JSON
        key = {"Idempotency-Key": str(uuid.uuid4())}
        return self._json(self._http.post(path, json={} if body is None else body, headers=key))

    def patch(self, path: str, body: object) -> Any:  # noqa: ANN401  JSON
        return self._json(self._http.patch(path, json=body))

    def put(self, path: str, body: object) -> Any:  # noqa: ANN401  JSON
        return self._json(self._http.put(path, json=body))

    def send_file(self, path: str, content: bytes | Path, media_type: str) -> Any:  # noqa: ANN401  JSON
        """Send a file's bytes as the body."""
        data = content if isinstance(content, bytes) else content.read_bytes()
        return self._json(self._http.put(path, content=data, headers={"Content-Type": media_type}))

    def post_file(self, path: str, content: bytes, media_type: str) -> Any:  # noqa: ANN401  JSON
        """Send bytes as the body of a POST."""
        return self._json(self._http.post(path, content=content, headers={"Content-Type": media_type}))

    def download(self, path: str) -> bytes:
        """Fetch a file."""
        return self._answer(self._http.get(path)).content

    def sign_up(self, username: str) -> None:
        """Open an account and sign in."""
        self.post("/v1/accounts", {"username": username, "password": PASSWORD})
        self.post("/v1/sign-ins", {"username": username, "password": PASSWORD})

    def wait_for(self, path: str, *, until: Callable[[Any], bool]) -> Any:  # noqa: ANN401  JSON
        """Ask again until the answer is final. Raises DemonstrationFailed after three minutes."""
        deadline = time.monotonic() + ANALYSIS_SECONDS
        while not until(answer := self.get(path)):
            if time.monotonic() > deadline:
                raise DemonstrationFailed(f"{path} 三分钟内没有结果。 no answer within three minutes.")
            time.sleep(POLL_SECONDS)
        return answer

    def _json(self, response: httpx.Response) -> Any:  # noqa: ANN401  JSON
        answer = self._answer(response)
        return answer.json() if answer.content else None

    def _answer(self, response: httpx.Response) -> httpx.Response:
        if response.is_success:
            return response
        path = response.request.url.path
        try:
            problem = response.json()
        except ValueError:
            problem = {"code": "", "detail": response.text[:300]}
        faults = "；".join(str(fault.get("where", fault)) for fault in problem.get("faults", []))
        kind = ServerFailed if response.is_server_error else DemonstrationFailed
        raise kind(
            f"{response.request.method} {path}: {response.status_code} {problem.get('code')} "
            f"{problem.get('detail')} {faults}".strip()
        )
