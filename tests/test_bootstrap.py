"""`./novisit` on machines that lack something: a sentence that says what to do, never a traceback."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh copy of what the script reads, without .venv."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    shutil.copy(ROOT / "novisit", folder)
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(ROOT / "locks", folder / "locks")
    return folder


def run(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    base = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    return subprocess.run(
        ["sh", "./novisit", "serve"],
        cwd=checkout,
        env={**base, "PIP_CONFIG_FILE": os.devnull, "NOVISIT_PYTHON": sys.executable, **environment},
        check=False,
        capture_output=True,
        text=True,
    )


def command_folder(tmp_path: Path, *, python: str) -> str:
    """A PATH with a shell's few tools and a python3 that behaves as told."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("sh", "env", "cat", "dirname"):
        found = shutil.which(tool)
        if found:
            (folder / tool).symlink_to(found)
    script = folder / "python3"
    script.write_text(f"#!/bin/sh\n{python}\n", encoding="utf-8")
    script.chmod(0o755)
    return str(folder)


def test_an_old_python_is_named_with_the_way_out(checkout: Path, tmp_path: Path) -> None:
    old = 'case "$1" in --version) echo "Python 3.9.2";; *) exit 1;; esac'
    finished = run(checkout, PATH=command_folder(tmp_path, python=old), NOVISIT_PYTHON="")
    assert finished.returncode == 69
    assert "needs Python 3.11 or newer" in finished.stderr
    assert "Python 3.9.2" in finished.stderr
    assert "apt-get install" in finished.stderr


def test_a_python_without_venv_is_told_which_package_brings_it(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "ensurepip.py").write_text("raise ImportError", encoding="utf-8")
    finished = run(checkout, PYTHONPATH=str(tmp_path))
    assert finished.returncode == 69
    assert "-venv" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_full_disk_is_said_before_anything_is_written(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import shutil\nshutil.disk_usage = lambda path: shutil._ntuple_diskusage(1, 1, 0)\n",
        encoding="utf-8",
    )
    finished = run(checkout, PYTHONPATH=str(tmp_path))
    assert finished.returncode == 69
    assert "free some room" in finished.stderr
    assert not (checkout / ".venv").exists()


def test_the_second_of_two_waits_and_uses_what_the_first_prepared(checkout: Path) -> None:
    with (checkout / ".venv.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        second = subprocess.Popen(
            ["sh", "./novisit", "serve"],
            cwd=checkout,
            env={**os.environ, "NOVISIT_PYTHON": sys.executable},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        said = second.stderr.readline() if second.stderr else ""
        prepared_as_by_a_first_run(checkout)
    out, more = second.communicate(timeout=60)
    assert "another ./novisit is preparing .venv" in said
    assert (second.returncode, out, more) == (0, "served\n", "")


def prepared_as_by_a_first_run(checkout: Path) -> None:
    command = checkout / ".venv" / "bin" / "novisit"
    command.parent.mkdir(parents=True)
    command.write_text("#!/bin/sh\necho served\n", encoding="utf-8")
    command.chmod(0o755)
    stamp = "import runpy; made = runpy.run_path('novisit'); print(made['wanted_stamp']('serve'))"
    told = subprocess.run([sys.executable, "-c", stamp], cwd=checkout, check=True, capture_output=True)
    (checkout / ".venv" / "novisit.stamp").write_bytes(told.stdout)


@pytest.mark.slow
def test_an_index_out_of_reach_is_said_plainly_and_the_next_try_starts_clean(checkout: Path) -> None:
    finished = run(checkout, PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES="0", PIP_NO_CACHE_DIR="1")
    assert finished.returncode == 69
    assert "package index" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert not (checkout / ".venv" / "novisit.stamp").exists()


@pytest.mark.slow
def test_a_package_that_differs_from_the_lock_is_refused(checkout: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    index.mkdir()
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", index],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    built = next(index.glob("*.whl"))
    (checkout / "locks" / "serve.txt").write_text(
        f"novisit=={built.name.split('-')[1]} --hash=sha256:{'0' * 64}\n", encoding="utf-8"
    )
    finished = run(checkout, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(index))
    assert finished.returncode == 69
    assert "does not match the lock file and was refused" in finished.stderr
