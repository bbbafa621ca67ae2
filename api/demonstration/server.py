"""A server of our own: a free port, a temporary folder, its own process, ended with the demonstration."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from api.demonstration.person import DemonstrationFailed, ServerFailed
from api.demonstration.story import Reviewer

READY_SECONDS = 90.0
STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where the demonstration's server keeps its things, and how its challenges come about.

    fonts_dir: where the fonts of OFD are cut once, for every demonstration of the machine.
    actions: the order a given recording shows; empty where the server draws one.
    """

    data_dir: Path
    weights_dir: Path
    fonts_dir: Path
    actions: tuple[str, ...] = ()

    @property
    def root_certificate(self) -> Path:
        """Where the demonstration's authority keeps its root."""
        return self.data_dir / "seals" / "root.crt"

    def environment(self) -> dict[str, str]:
        """The variables handed on to the server: ours, and of the others none of novisit's."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("NOVISIT_")}
        ours = {
            "NOVISIT_DATA_DIR": str(self.data_dir),
            "NOVISIT_WEIGHTS_DIR": str(self.weights_dir),
            "NOVISIT_FONTS_DIR": str(self.fonts_dir),
        }
        if self.actions:
            ours |= {
                "NOVISIT_CHALLENGE_SOURCE": "fixed",
                "NOVISIT_CHALLENGE_ACTIONS": ",".join(self.actions),
            }
        return {**kept, **ours}


def run_command(place: Place, arguments: Sequence[str]) -> str:
    """Run one `novisit` command in the place and give what it printed. Raises DemonstrationFailed."""
    command = [sys.executable, "-m", "api.cli", *arguments]
    done = subprocess.run(command, env=place.environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise DemonstrationFailed(f"novisit {arguments[0]}: {done.stderr.strip()[-600:]}")
    return done.stdout


def open_reviewer(place: Place, *, organ_id: str) -> Reviewer:
    """Open a reviewer's account, as an operator does."""
    printed = run_command(place, ["accounts", "add", "demo-reviewer", "--organ", organ_id, "--json"])
    account = json.loads(printed)
    return Reviewer(account["username"], account["one_time_password"])


@contextmanager
def running(place: Place) -> Iterator[str]:
    """Run `novisit serve` until the end of the block; give its address once it is ready."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log = place.data_dir.parent / "server.log"
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=place.environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            _wait_until_ready(url, process)
            yield url
        except ServerFailed as error:
            error.add_note(_tail(log))
            raise
        finally:
            _stop(process)


def free_port() -> int:
    """Ask the system for a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{url}/readyz", timeout=6, trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise ServerFailed("服务没有启动。 The server did not start.")


def _tail(log: Path) -> str:
    """The end of the server's log, which holds no personal data."""
    return log.read_text(encoding="utf-8", errors="replace")[-3000:]


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
