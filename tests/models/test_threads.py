"""A process that looks at videos does so on one thread."""

import subprocess
import sys

SCRIPT = """
import sys
from pathlib import Path

import cv2
import numpy as np
from threadpoolctl import threadpool_info

from models.loaded import load_once

cv2.setNumThreads(2)
load_once(Path(sys.argv[1]), str)
large = np.ones((900, 900))
large @ large
print(cv2.getNumThreads(), *{pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"})
"""


def test_opencv_and_numpy_work_on_one_thread_once_a_network_was_loaded(tmp_path):
    file = tmp_path / "some.onnx"
    file.write_bytes(b"one")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, file], capture_output=True, text=True, check=True, timeout=60
    )
    assert set(done.stdout.split()) == {"1"}
