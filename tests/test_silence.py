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


FACE_NETWORKS = """
import sys
from pathlib import Path
import numpy as np
from models.landmarks import FaceLandmarker
picture = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)
with FaceLandmarker(Path(sys.argv[1])) as landmarker:
    for at_ms in range(0, 1200, 400):
        landmarker.detect(picture, at_ms)
maps = open("/proc/self/maps").read()
sys.exit(0 if "litert" in maps and "mediapipe" not in maps else "not run by LiteRT alone")
"""


@pytest.mark.slow
def test_the_face_networks_open_no_socket_and_say_nothing(weights_dir: Path, tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is absent: apt-get install strace")
    trace = tmp_path / "trace"
    finished = subprocess.run(
        [
            "strace", "-f", "-qq", "-e", "trace=socket,connect,sendto,sendmsg", "-o", trace,
            sys.executable, "-c", FACE_NETWORKS, weights_dir / "face_landmarker.task",
        ],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")
    assert trace.read_text(encoding="utf-8", errors="replace") == ""


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
