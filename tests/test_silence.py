"""The service and its libraries call nobody: watched from outside, where a C++ uploader shows too."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clips import MadeClip

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_judging_a_video_never_opens_a_network_socket(
    made_clip: MadeClip, weights_dir: Path, tmp_path: Path
) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is absent: apt-get install strace")
    trace, clip = tmp_path / "trace", made_clip().path
    finished = subprocess.run(
        [
            "strace", "-f", "-qq", "-e", "trace=socket,connect,sendto,sendmsg", "-o", trace,
            sys.executable, "-m", "api.cli", "check", clip, "--actions", "nod,mouth,blink", "--json",
        ],
        cwd=ROOT,
        env={**os.environ, "NOVISIT_WEIGHTS_DIR": str(weights_dir)},
        check=False,
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert json.loads(finished.stdout)["actions"], finished.stderr[-2000:]
    calls = trace.read_text(encoding="utf-8", errors="replace").splitlines()
    assert [line for line in calls if "AF_INET" in line or "AF_NETLINK" in line] == []


@pytest.mark.slow
def test_judging_a_video_needs_no_network(made_clip: MadeClip, weights_dir: Path) -> None:
    namespace = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    if subprocess.run([*namespace, "true"], check=False, capture_output=True).returncode:
        pytest.skip("hardware: this kernel allows no network namespace")
    command = [
        sys.executable,
        "-m",
        "api.cli",
        "check",
        made_clip().path,
        "--actions",
        "nod,mouth,blink",
        "--json",
    ]
    environment = {**os.environ, "NOVISIT_WEIGHTS_DIR": str(weights_dir)}
    finished = subprocess.run(
        [*namespace, *command], cwd=ROOT, env=environment, check=False, capture_output=True, text=True
    )
    assert json.loads(finished.stdout)["actions"], finished.stderr[-2000:]
