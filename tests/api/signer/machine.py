"""A machine with two users as production has it: each command is a real process of its user.

The interpreter or the checkout may lie below a folder that only root enters. Processes run in a mount
namespace of their own, in which such a folder shows nothing but them; the machine itself is not changed.
"""

import compileall
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.api.signer.users import SERVICE_UID, SHARED_GID, SIGNER_UID

CHECKOUT: Final = Path(__file__).resolve().parents[3]
PACKAGES: Final = ("api", "filing", "liveness", "models", "signing")
SECONDS: Final = 90

ENTER: Final = """
set -e
stage=$1; closed=$2; shift 2
mkdir "$stage"
number=0
for folder; do
    [ "$folder" = -- ] && break
    number=$((number + 1))
    mkdir "$stage/$number"
    mount --rbind "$folder" "$stage/$number"
done
if [ -n "$closed" ]; then mount -t tmpfs -o mode=755 tmpfs "$closed"; fi
number=0
while [ "$1" != -- ]; do
    number=$((number + 1))
    mkdir -p "$1"
    mount --rbind "$stage/$number" "$1"
    shift
done
shift
exec "$@"
"""


SEVERAL: Final = """
import contextlib, io, json, sys
from api.cli import main
told = []
for words in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        try:
            main(words)
        except SystemExit as ended:
            if ended.code:
                raise
    told.append(printed.getvalue())
sys.stdout.write(json.dumps(told))
"""
"""Runs commands one after another in one process: most of the time of each goes into its imports."""


def can_part_users() -> bool:
    """Whether this machine lets us be other users with a view of their own on its folders."""
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("setpriv") is None:
        return False
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    return tried.returncode == 0


@dataclass(frozen=True)
class Machine:
    """Folders of the signer and of the service, and commands run as either."""

    root: Path
    settings: Mapping[str, str]

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    def command(self, uid: int, *words: str) -> list[str]:
        """What runs Python as a user, with the group that may reach the socket for the service."""
        needed = _needed()
        closed = {_closed_above(folder) for folder in needed} - {None}
        if len(closed) > 1:
            raise RuntimeError(f"too many closed folders: {closed}")
        stage = tempfile.mkdtemp(prefix="view-", dir=self.root) + "/mounts"
        shown = [str(folder) for folder in needed if closed and _closed_above(folder) is not None]
        groups = f"--groups={SHARED_GID}" if uid == SERVICE_UID else "--clear-groups"
        return [
            *("unshare", "--mount", "sh", "-c", ENTER, "sh"),
            *(stage, str(next(iter(closed), "")), *shown, "--"),
            *("setpriv", f"--reuid={uid}", f"--regid={uid}", groups, "--no-new-privs"),
            *("--inh-caps=-all", "--bounding-set=-all"),
            *(sys.executable, *words),
        ]

    def environment(self, **changes: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("NOVISIT_")}
        given = {f"NOVISIT_{name.upper()}": value for name, value in {**self.settings, **changes}.items()}
        return {**kept, "COLUMNS": "200", "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1", **given}

    def ended(self, uid: int, *words: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        """Run `novisit ...` to its end, however that is."""
        return self._ended(uid, "-m", "api.cli", *words, **changes)

    def python(self, uid: int, *words: str, **changes: str) -> str:
        """Run Python, which must end well; what it printed."""
        done = self._ended(uid, *words, **changes)
        assert done.returncode == 0, f"{words[:3]}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _ended(self, uid: int, *words: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(uid, *words),
            cwd=CHECKOUT,
            env=self.environment(**changes),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def run(self, uid: int, *commands: Sequence[str], **changes: str) -> list[str]:
        """Run commands that must succeed; what each printed."""
        told: list[str] = json.loads(self.python(uid, "-c", SEVERAL, json.dumps(commands), **changes))
        return told

    @contextmanager
    def running(self, uid: int, *words: str, **changes: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run `novisit ...` until the end of the block; what it wrote lies in NAME.log."""
        with (self.root / f"{words[0]}.log").open("wb") as output:
            process = subprocess.Popen(
                self.command(uid, "-m", "api.cli", *words),
                cwd=CHECKOUT,
                env=self.environment(**changes),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def log(self, name: str) -> str:
        return (self.root / f"{name}.log").read_text(errors="replace")


@contextmanager
def made_machine(weights: Path, **settings: str) -> Iterator[Machine]:
    """Folders as the units in deploy/ make them, gone at the end."""
    # Users who may write nowhere in the checkout would compile all of it for each command.
    for package in PACKAGES:
        compileall.compile_dir(CHECKOUT / package, quiet=2)
    # Not below pytest's own folder, which no other user may enter.
    root = Path(tempfile.mkdtemp(prefix="novisit-production-"))
    root.chmod(0o711)
    try:
        for name, uid, gid, mode in (
            ("keys", SIGNER_UID, SIGNER_UID, 0o700),
            ("run", SIGNER_UID, SHARED_GID, 0o2750),
            ("data", SERVICE_UID, SERVICE_UID, 0o700),
            ("public", 0, 0, 0o755),
        ):
            folder = root / name
            folder.mkdir()
            os.chown(folder, uid, gid)
            folder.chmod(mode)
        secret = root / "keys" / "passphrase"
        secret.write_bytes(os.urandom(24).hex().encode())
        os.chown(secret, SIGNER_UID, SIGNER_UID)
        secret.chmod(0o600)
        shutil.copytree(weights, root / "public" / "weights")
        for path in (root / "public").rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        places = {
            "env": "production",
            "data_dir": str(root / "data"),
            "weights_dir": str(root / "public" / "weights"),
            "signer_dir": str(root / "keys"),
            "signer_socket": str(root / "run" / "signer.sock"),
            "signer_user": str(SIGNER_UID),
            "signer_clients": str(SERVICE_UID),
            # Nobody shows a face here, so no process is kept warm for one.
            "streams": "0",
            "spare_streams": "0",
        }
        yield Machine(root, places | settings)
    finally:
        shutil.rmtree(root)


def _needed() -> tuple[Path, ...]:
    """Folders without which no command runs: interpreter, environment, checkout."""
    found = {Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), CHECKOUT}
    return tuple(
        sorted(one for one in found if not any(one != other and one.is_relative_to(other) for other in found))
    )


def _closed_above(path: Path) -> Path | None:
    """The highest folder on the way to a path that other users may not enter."""
    for folder in (*reversed(path.parents), path):
        if not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None
