"""The five packages have common names: they must come from this distribution and from no other."""

import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ["api", "filing", "liveness", "models", "signing"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


@pytest.mark.slow
def test_wheel_is_the_only_distribution_of_each_package(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    owners = packages_distributions()
    assert {name: set(owners[name]) for name in PACKAGES} == {name: {"novisit"} for name in PACKAGES}


@pytest.mark.slow
def test_wheel_carries_every_data_file_of_the_checkout(wheel: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", *PACKAGES], cwd=ROOT, check=False, capture_output=True, text=True
    ).stdout.split()
    if not tracked:
        tracked = [
            str(path.relative_to(ROOT))
            for package in PACKAGES
            for path in (ROOT / package).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        ]
    with zipfile.ZipFile(wheel) as archive:
        assert set(tracked) <= set(archive.namelist())


def test_lock_files_pin_every_package_by_digest_and_name_no_host() -> None:
    for lock in sorted((ROOT / "locks").glob("*.txt")):
        text = lock.read_text(encoding="utf-8")
        entries = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert entries
        assert all("==" in entry for entry in entries), lock.name
        assert text.count("--hash=sha256:") >= len(entries)
        assert "://" not in text


def test_larger_lock_files_hold_the_same_versions() -> None:
    def pins(name: str) -> set[str]:
        lines = (ROOT / "locks" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        return {line.rstrip(" \\") for line in lines if line and not line.startswith((" ", "#"))}

    assert pins("serve") < pins("demo") < pins("test")


def test_mediapipe_serves_tests_alone_and_in_a_version_that_sends_no_usage_data() -> None:
    for lock in sorted((ROOT / "locks").glob("*.txt")):
        text = lock.read_text(encoding="utf-8")
        assert ("mediapipe" in text) is (lock.stem == "test")
        assert "mediapipe==" not in text or "mediapipe==0.10.30 " in text
