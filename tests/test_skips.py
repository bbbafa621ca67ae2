"""On the clean machine a skip is a failure, unless it is for recordings or machinery."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
SOURCES = {
    "call": "def test_one():\n    pytest.skip('no browser here')",
    "module": "pytest.importorskip('nosuchmodule')",
    "mark": "@pytest.mark.skipif(True, reason='not today')\ndef test_one(): ...",
    "recordings": "def test_one():\n    pytest.skip('clips: no folder of recordings')",
    "expected": "@pytest.mark.xfail\ndef test_one():\n    raise ValueError",
}


@pytest.mark.slow
@pytest.mark.parametrize(("strict", "failing"), [(True, {"call", "module", "mark"}), (False, set())])
def test_skip_fails_where_nothing_may_skip(tmp_path: Path, strict: bool, failing: set[str]):
    for name, source in SOURCES.items():
        (tmp_path / f"test_{name}.py").write_text(f"import pytest\n{source}\n", encoding="utf-8")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("NOVISIT", "PYTEST"))
    }
    if strict:
        environment["NOVISIT_ALLOW_NO_SKIP"] = "1"
    options = ["-rfE", "-p", "tests.skips", "-p", "no:cacheprovider", "-c", os.devnull]
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--continue-on-collection-errors", str(tmp_path)],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    named = set(re.findall(r"^(?:FAILED|ERROR) \S*test_(\w+)\.py", finished.stdout, re.MULTILINE))
    assert named == failing, finished.stdout
