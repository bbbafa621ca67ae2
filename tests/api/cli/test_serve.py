"""The real command in a real process: first start, second start, a taken port, HTTPS, and its end."""

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from api.demonstration.server import free_port

pytestmark = pytest.mark.slow
READY_SECONDS = 60


@contextmanager
def serving(folder: Path, weights_dir: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NOVISIT_")}
    place = {
        "NOVISIT_DATA_DIR": str(folder / "data"),
        "NOVISIT_WEIGHTS_DIR": str(weights_dir),
        "COLUMNS": "100",
    }
    log = folder / "serve.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "serve", *arguments],
            env={**kept, **place, "COLUMNS": "100"},
            stdout=output,
            stderr=output,
            text=True,
        )
        try:
            yield process, log
        finally:
            process.kill()
            process.wait()


def wait_ready(client: httpx.Client, process: subprocess.Popen[str], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if client.get("/readyz", timeout=10).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(f"not ready:\n{log.read_text()}")


def test_first_start_prepares_everything_and_ctrl_c_ends_it(tmp_path: Path, weights_dir: Path) -> None:
    port = free_port()
    with (
        serving(tmp_path, weights_dir, "--port", str(port)) as (process, log),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        wait_ready(client, process, log)
        shown = log.read_text()
        password = re.search(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}", shown)
        assert password is not None, shown
        credentials = {"username": "reviewer", "password": password[0]}
        view = client.post("/v1/sign-ins", json=credentials).json()
        assert (view["role"], view["next_step"]) == ("reviewer", "change_password")
        process.send_signal(signal.SIGINT)
        assert process.wait(15) in (0, 130)
    assert "Traceback" not in log.read_text()
    modes = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "data").iterdir()}
    assert set(modes.values()) == {0}, modes

    with (
        serving(tmp_path, weights_dir, "--port", str(port)) as (process, log),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        wait_ready(client, process, log)
        assert "one-time" not in log.read_text()
        process.terminate()
        assert process.wait(15) in (0, -signal.SIGTERM, 143)


def test_taken_port_is_told_before_anything_is_made(tmp_path: Path, weights_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with serving(tmp_path, weights_dir, "--port", str(port)) as (process, log):
            assert process.wait(30) == 69
    assert f"--port {port + 1}" in log.read_text()
    assert not (tmp_path / "data").exists()


def test_phone_gets_https_under_the_demonstration_authority(tmp_path: Path, weights_dir: Path) -> None:
    port = free_port()
    arguments = ("--phone", "--host", "127.0.0.1", "--port", str(port))
    with serving(tmp_path, weights_dir, *arguments) as (process, log):
        root = tmp_path / "data" / "seals" / "root.crt"
        deadline = time.monotonic() + READY_SECONDS
        while not root.exists() and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.1)
        pem = x509.load_der_x509_certificate(root.read_bytes()).public_bytes(Encoding.PEM).decode()
        trust = ssl.create_default_context(cadata=pem)
        with httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=trust, trust_env=False) as client:
            wait_ready(client, process, log)
            credentials = {"username": "wang.fang", "password": "three-quiet-rivers"}
            key = {"Idempotency-Key": "open-an-account"}
            client.post("/v1/accounts", json=credentials, headers=key).raise_for_status()
            cookie = client.post("/v1/sign-ins", json=credentials).headers["set-cookie"]
            assert "secure" in cookie.lower()
