"""Where everything is installed, a test that skips is a defect: it stands for a check that was not made.

`.ci/run` sets NOVISIT_ALLOW_NO_SKIP. Only what no package can bring may then skip, and says so by how its
reason begins: labelled recordings (`clips:`) and machinery (`hardware:`).
"""

import os
from collections.abc import Generator
from typing import Any

import pytest

ALLOWED = ("clips:", "hardware:")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report: Any = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    report: Any = yield
    _refuse_skip(report)
    return report


def _refuse_skip(report: Any) -> None:
    """Turn a skip that is not allowed into a failure which tells its reason."""
    if not os.environ.get("NOVISIT_ALLOW_NO_SKIP") or not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    if not reason.startswith(ALLOWED):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may skip: {reason}"
