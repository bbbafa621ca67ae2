"""The fuzz target runs, and what it starts from is read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.seeds import KINDS, write_seeds
from liveness.video.reading import Video

CHECKOUT = Path(__file__).resolve().parents[3]


FROM_A_SMALL_PROCESS = ("sh", "-c", '"$@"; exit $?', "sh")
"""A program begins with the peak of memory of whoever starts it, which the fuzzer would take for its own."""


def fuzz(corpus: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fuzz.video", str(corpus), "-max_len=65536", "-rss_limit_mb=1024"]
    return subprocess.run(
        [*FROM_A_SMALL_PROCESS, *command, *options],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def test_every_seed_is_a_good_video(tmp_path: Path):
    for path in write_seeds(tmp_path):
        with Video(path) as video:
            assert [frame.time_ms for frame in video.frames()] == [0, 100, 200, 300]


@pytest.mark.slow
def test_some_hundred_changed_seeds_are_read_or_refused(tmp_path: Path):
    corpus = tmp_path / "corpus"
    write_seeds(corpus)
    run = fuzz(corpus, "-runs=300", "-seed=3", f"-artifact_prefix={tmp_path}/")
    assert run.returncode == 0, run.stderr[-2000:]
    assert "Done 300 runs" in run.stderr
    assert f"{len(KINDS)} files found" in run.stderr
