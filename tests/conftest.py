"""Fixtures for every test, and the rule of the clean machine: where NOVISIT_ALLOW_NO_SKIP is set, a skip fails."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

ALLOWED_SKIPS = ("hardware:", "clips:")
"""A skip may start with one of these on the clean machine: absent hardware, absent recordings of people."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and os.environ.get("NOVISIT_ALLOW_NO_SKIP") and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if not reason.startswith(ALLOWED_SKIPS):
            report.outcome = "failed"
            report.longrepr = f"skipped where nothing may be missing: {reason}"
    return report


def labelled_folder(variable: str) -> Path:
    """The folder an environment variable names; skips where it is unset, fails where it is wrong."""
    value = os.environ.get(variable)
    if not value:
        pytest.skip(f"clips: set {variable} to a folder of labelled recordings to measure on real people")
    folder = Path(value)
    if not folder.is_dir():
        pytest.fail(f"{variable} names {folder}, which is no folder")
    return folder


@pytest.fixture(scope="session")
def clips_dir() -> Path:
    """Recordings of real people with labels.json; never copied, never published."""
    return labelled_folder("NOVISIT_CLIPS_DIR")


@pytest.fixture(scope="session")
def faces_dir() -> Path:
    """Portraits of real people with pairs.csv; never copied, never published."""
    return labelled_folder("NOVISIT_FACES_DIR")
