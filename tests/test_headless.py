"""A slim server has no libGL, EGL or GLES: everything must import and run where they are hidden."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LIBRARIES = ("libGL.so*", "libGLX*.so*", "libGLdispatch.so*", "libEGL*.so*", "libGLES*.so*", "libOpenGL.so*")

IMPORT_EVERYTHING = """
import importlib, pkgutil, sys
import cv2, ai_edge_litert
for package in ("models", "liveness", "signing", "filing", "api"):
    module = importlib.import_module(package)
    for found in pkgutil.walk_packages(module.__path__, package + "."):
        if not found.name.startswith(("liveness.synthesis", "api.store.migrations")):
            importlib.import_module(found.name)
maps = open("/proc/self/maps").read()
graphics = [name for name in ("libGL.so", "libGLX", "libEGL", "libGLES") if name in maps]
sys.exit(f"loaded {graphics}" if graphics else 0)
"""


def graphics_libraries() -> list[Path]:
    folders = [
        folder for folder in (Path("/usr/lib"), Path("/lib"), Path("/usr/local/lib")) if folder.is_dir()
    ]
    found = {path.resolve() for folder in folders for pattern in LIBRARIES for path in folder.rglob(pattern)}
    return sorted(path for path in found if path.is_file() and "chromium" not in path.parts)


@pytest.mark.slow
def test_everything_imports_and_loads_no_graphics_library() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", IMPORT_EVERYTHING], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stderr[-2000:]


@pytest.mark.slow
def test_everything_imports_where_the_graphics_libraries_are_hidden() -> None:
    hidden = graphics_libraries()
    script = "".join(f"mount --bind /dev/null '{library}' && " for library in hidden)
    namespace = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    if subprocess.run([*namespace, "true"], check=False, capture_output=True).returncode:
        pytest.skip("hardware: this kernel allows no mount namespace, so libGL cannot be hidden")
    finished = subprocess.run(
        [*namespace, "sh", "-c", f"{script} exec '{sys.executable}' -c \"$PROGRAM\""],
        cwd=ROOT,
        env={**os.environ, "PROGRAM": IMPORT_EVERYTHING},
        check=False,
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
