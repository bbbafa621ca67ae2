"""The commands themselves: production does not start without a signer out of its reach."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.evidence.keyring import Keyring
from tests.signers import PASSPHRASE

pytestmark = pytest.mark.slow


def novisit(folder: Path, *arguments: str, **given: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NOVISIT_")}
    place = {"NOVISIT_DATA_DIR": str(folder / "data"), "COLUMNS": "200", **given}
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        env={**kept, **place},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def lay_out(folder: Path) -> Path:
    """A folder of keys with its passphrase."""
    signer = folder / "data" / "signer"
    signer.mkdir(parents=True, mode=0o700)
    (signer / "passphrase").touch(mode=0o600)
    (signer / "passphrase").write_bytes(PASSPHRASE)
    return signer


def test_production_does_not_start_without_a_signer(tmp_path: Path):
    keyring = tmp_path / "data" / "keys" / "keyring.json"
    Keyring.generate().save_first(keyring)
    done = novisit(
        tmp_path,
        "serve",
        "--port",
        "0",
        NOVISIT_ENV="production",
        NOVISIT_PUBLIC_URL="https://office.example",
    )
    assert done.returncode == 78, done.stderr
    assert "NOVISIT_SIGNER_USER is not set" in done.stderr
    assert "start `novisit signer` first" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data" / "signer").exists()


def test_signer_in_production_makes_no_keys_for_others(tmp_path: Path):
    lay_out(tmp_path)
    done = novisit(tmp_path, "signer", "--demonstration", NOVISIT_ENV="production")
    assert done.returncode == 69
    assert "novisit keys generate" in done.stderr


@pytest.mark.parametrize(
    ("mode", "text"), [(0o755, "chmod 700"), (0o770, "chmod 700")], ids=["readable", "writable"]
)
def test_signer_does_not_start_over_open_keys(tmp_path: Path, mode: int, text: str):
    lay_out(tmp_path).chmod(mode)
    done = novisit(tmp_path, "signer")
    assert (done.returncode, text in done.stderr) == (69, True), done.stderr
    assert "Traceback" not in done.stderr


def test_signer_does_not_start_with_a_passphrase_that_opens_nothing(tmp_path: Path):
    signer = lay_out(tmp_path)
    assert novisit(tmp_path, "keys", "generate", "log").returncode == 0
    (signer / "passphrase").write_bytes(b"another")
    done = novisit(tmp_path, "signer")
    assert done.returncode == 69
    assert "does not open the key log" in done.stderr
    assert "another" not in done.stderr


def test_signer_names_a_client_that_does_not_exist(tmp_path: Path):
    lay_out(tmp_path)
    done = novisit(tmp_path, "signer", "--clients", "no-such-user")
    assert done.returncode == 78
    assert "no-such-user" in done.stderr


def test_passphrase_stands_in_no_help_and_no_option(tmp_path: Path):
    shown = novisit(tmp_path, "signer", "--help").stdout
    assert "--passphrase" not in shown
    assert "--secret-file" in shown
    assert "--demonstration" not in shown
