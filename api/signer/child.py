"""The signer of a demonstration: a child of `novisit serve`, started again where it dies."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final

import structlog

from api.errors import SignerLost
from api.settings import Settings
from signing.errors import KeyUnavailable
from signing.signer.client import SignerKeyStore

START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 5.0
POLL_SECONDS: Final = 0.05
REST_SECONDS: Final = 1.0
"""How long a signer that died is left dead, so that one that cannot start does not keep the machine busy."""

log = structlog.get_logger("novisit.signer")


class SignerChild:
    """Runs `novisit signer` under our own user, which only a demonstration may, and ends it with us."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._watch = threading.Thread(target=self._keep_alive, name="novisit-signer", daemon=True)

    def start(self) -> None:
        """Start it and wait until it answers, unless one answers already. Raises SignerLost."""
        if self._answers():
            return
        self._process = self._spawn()
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise SignerLost
            time.sleep(POLL_SECONDS)
        self._watch.start()

    def stop(self) -> None:
        """End it."""
        with self._lock:
            self._stopped.set()
            process = self._process
        if process is None:
            return
        _close_input(process)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _keep_alive(self) -> None:
        process = self._process
        while process is not None:
            code = process.wait()
            if self._stopped.wait(REST_SECONDS):
                return
            _close_input(process)
            with self._lock:
                if self._stopped.is_set():
                    return
                log.warning("the signer died and is started again", code=code)
                process = self._process = self._spawn()

    def _answers(self) -> bool:
        keys = SignerKeyStore(self._settings.signer_socket, signer_uid=os.geteuid())
        try:
            keys.status()
        except KeyUnavailable:
            return False
        finally:
            keys.close()
        return True

    def _spawn(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "api.cli", "signer", "--demonstration", "--end-with-stdin"],
            env=_environment(self._settings),
            stdin=subprocess.PIPE,
            # Ctrl-C is for us: the signer ends after what still seals.
            start_new_session=True,
        )


def _close_input(process: "subprocess.Popen[bytes]") -> None:
    """Close our end of its input, which tells it to end."""
    if process.stdin is not None:
        process.stdin.close()


def _environment(settings: Settings) -> dict[str, str]:
    """Where the child finds its keys; no secret stands in it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NOVISIT_")}
    given = {
        "SIGNER_DIR": settings.signer_dir,
        "SIGNER_SOCKET": settings.signer_socket,
        "SIGNER_SECRET_FILE": settings.signer_secret_file,
        "SIGNER_TOKEN": settings.signer_token,
        # Its every signature is of interest to who audits a real one.
        "LOG_LEVEL": "warning" if settings.log_level == "info" else settings.log_level,
        "DATA_DIR": settings.data_dir,
    }
    if settings.signer_library != Path():
        given["SIGNER_LIBRARY"] = settings.signer_library
    return {**kept, **{f"NOVISIT_{name}": str(value) for name, value in given.items()}}
