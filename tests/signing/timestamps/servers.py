"""The reference authority as a real HTTP server on this machine, and servers that break in every way."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Respond = Callable[[bytes], bytes]


class StampServer(ThreadingHTTPServer):
    """Answers every POST with what `respond` makes of it, and counts them."""

    daemon_threads = True

    def __init__(self, respond: Respond, *, status: int = 200, seconds: float = 0, drip: float = 0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.respond = respond
        self.status = status
        self.seconds = seconds
        self.drip = drip
        self.asked = 0
        self.types: set[str | None] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/tsa"


class _Handler(BaseHTTPRequestHandler):
    server: StampServer

    def do_POST(self) -> None:
        self.server.asked += 1
        self.server.types.add(self.headers["content-type"])
        answer = self.server.respond(self.rfile.read(int(self.headers["content-length"])))
        time.sleep(self.server.seconds)
        self.send_response(self.server.status)
        self.send_header("content-type", "application/timestamp-reply")
        if self.server.status == 302:
            self.send_header("location", answer.decode())
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        try:
            self._send(answer)
        except OSError:
            # The client hung up, as it should where the answer takes too long.
            self.close_connection = True

    def _send(self, answer: bytes) -> None:
        if not self.server.drip:
            self.wfile.write(answer)
            return
        for byte in answer:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(self.server.drip)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(
    respond: Respond, *, status: int = 200, seconds: float = 0, drip: float = 0
) -> Iterator[StampServer]:
    server = StampServer(respond, status=status, seconds=seconds, drip=drip)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
