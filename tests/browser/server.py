"""A real server in its own process, over a folder of its own, for a real browser."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

READY_SECONDS = 90
STOP_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Server:
    """Where it answers, what it keeps, and the environment that commands beside it need."""

    url: str
    data_dir: Path
    environment: Mapping[str, str]

    def run(self, *command: str) -> str:
        """Run `novisit ...` over the same folder; gives what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "api.cli", *command],
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"novisit {' '.join(command)} ended {done.returncode}: {done.stderr}")
        return done.stdout


@contextmanager
def running(data_dir: Path, *, weights_dir: Path, **settings: str) -> Iterator[Server]:
    """Start `novisit serve` on a free port, wait until it is ready, and stop it as Ctrl-C does."""
    port = free_port()
    kept = ("NOVISIT_CERTIFICATE_FORMS", "NOVISIT_FONTS_DIR")
    environment = {
        name: value for name, value in os.environ.items() if name in kept or not name.startswith("NOVISIT_")
    }
    environment |= {f"NOVISIT_{name.upper()}": value for name, value in settings.items()}
    environment |= {"NOVISIT_DATA_DIR": str(data_dir), "NOVISIT_WEIGHTS_DIR": str(weights_dir)}
    server = Server(f"http://127.0.0.1:{port}", data_dir, environment)
    log = data_dir.with_suffix(".log")
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "serve", "--port", str(port)],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_ready(server.url, process, log)
            yield server
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    if not isinstance(number, int):
        raise TypeError("a port is a number")
    return number


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended {process.returncode}:\n{_tail(log)}")
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=10) as answer:  # noqa: S310  our own server
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise RuntimeError(f"the server was not ready in {READY_SECONDS} s:\n{_tail(log)}")


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-4000:]
