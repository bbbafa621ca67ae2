"""`novisit log audit --url` against real servers: a whole log, one written anew, and no log at all."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import text

from api.cli import main
from api.server import open_sockets
from api.store.filing import seal_log
from api.transparency import as_pem, log_keys, publish_head
from tests.api.transparency.conftest import Logged
from tests.signing.transparency.builders import issue as issue_elsewhere

Audit = Callable[..., tuple[int, str]]


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The application under uvicorn on a port of this machine, without its background work."""
    (listener,) = open_sockets(("127.0.0.1",), 0)
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < until
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


@pytest.fixture
def audit(logged: Logged, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Audit:
    """Run the command as an auditor who got the key from elsewhere; exit code and what it said."""
    key = tmp_path / "log.pem"
    key.write_text("".join(map(as_pem, log_keys(logged.services).public())))

    def run(url: str, *heads: Path) -> tuple[int, str]:
        named = [word for head in heads for word in ("--head", str(head))]
        with pytest.raises(SystemExit) as ended:
            main(["log", "audit", "--url", url, "--key", str(key), *named])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return int(ended.value.code or 0), told.out + told.err

    return run


def remembered(url: str, file: Path) -> Path:
    """The newest head, kept by somebody who goes away with it."""
    file.write_bytes(httpx.get(f"{url}/v1/transparency/tree-head").raise_for_status().content)
    return file


def write_anew(logged: Logged, entries: int) -> None:
    """What an operator can do who holds the key of the log: another history, rightly signed."""
    signer = log_keys(logged.services).signer()
    with logged.services.transaction() as db:
        for table in ("certificate_ends", "certificate_documents", "certificates", "log_openings"):
            db.execute(text(f"DELETE FROM {table}"))  # noqa: S608  names from this very line
        for table in ("log_entries", "log_nodes", "log_heads"):
            db.execute(text(f"DELETE FROM {table}"))  # noqa: S608  as above
        db.execute(text("UPDATE log_size SET size = 0"))
        forged = seal_log(db, logged.services)
        for _ in range(entries):
            issue_elsewhere(forged)
        forged.sign_head(signer)


def test_a_log_that_grew_extends_the_head_that_was_kept(
    app: FastAPI, logged: Logged, audit: Audit, tmp_path: Path
) -> None:
    with serving(app) as url:
        head = remembered(url, tmp_path / "yesterday.json")
        logged.issue()
        publish_head(logged.services)
        code, told = audit(url, head)
    assert code == 0, told
    assert "全部相符" in told


@pytest.mark.parametrize("entries", [7, 9], ids=["as long", "longer"])
def test_a_log_written_anew_is_convicted_by_the_head_that_was_kept_and_by_nothing_else(
    app: FastAPI, logged: Logged, audit: Audit, tmp_path: Path, entries: int
) -> None:
    with serving(app) as url:
        head = remembered(url, tmp_path / "yesterday.json")
        write_anew(logged, entries)
        assert audit(url)[0] == 0
        code, told = audit(url, head)
    assert (code, "log.audit.known_head" in told) == (1, True), told


def test_a_log_that_lost_entries_is_convicted_by_a_longer_head(
    app: FastAPI, logged: Logged, audit: Audit, tmp_path: Path
) -> None:
    with serving(app) as url:
        head = remembered(url, tmp_path / "yesterday.json")
        write_anew(logged, 3)
        code, told = audit(url, head)
    assert code == 1, told


def test_a_service_that_is_not_there_leaves_it_undecided(audit: Audit) -> None:
    code, told = audit("http://127.0.0.1:9")
    assert (code, "could not be read there" in told) == (2, True)


ANSWERS = {
    "no JSON": b"<html>it works</html>",
    "another JSON": b"[]",
    "no number": json.dumps({"tree_size": "many"}).encode(),
    "an abyss": b"[" * 100_000,
    "too much": b" " * (17 << 20),
}


@pytest.mark.parametrize("body", ANSWERS.values(), ids=ANSWERS)
def test_whatever_is_no_log_leaves_it_undecided(audit: Audit, body: bytes) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                # It hung up, as it should on an answer without end.
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        code, told = audit(f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
    assert (code, "could not be read there" in told) == (2, True), told
