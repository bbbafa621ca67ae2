"""Fixtures for every test; on the clean machine (NOVISIT_ALLOW_NO_SKIP) a skip is a failure."""

import os
import tempfile
from pathlib import Path

import pytest

from models.weights import WeightStore
from tests.clips import made_clip  # noqa: F401  a fixture for every folder: made videos, each made once
from tests.databases import (  # noqa: F401  fixtures for every folder: `engine` runs a test on SQLite and PostgreSQL
    database_url,
    empty_postgres_url,
    engine,
    postgres_url,
    sqlite_engine,
    sqlite_url,
)

pytest_plugins = ["tests.skips"]

# Certificates leave as PDF alone where a test asks for nothing else; the fonts of OFD are cut once.
os.environ.setdefault("NOVISIT_CERTIFICATE_FORMS", "pdf")
os.environ.setdefault("NOVISIT_FONTS_DIR", f"{tempfile.gettempdir()}/novisit-test-fonts-{os.geteuid()}")

CHECKOUT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def weights_dir() -> Path:
    """A folder that holds every required weight; what is missing is fetched, and no test skips for it."""
    data_dir = Path(os.environ.get("NOVISIT_DATA_DIR", CHECKOUT / ".novisit"))
    folder = Path(os.environ.get("NOVISIT_WEIGHTS_DIR", data_dir / "weights"))
    WeightStore(folder).fetch()
    return folder


@pytest.fixture(scope="session")
def weights(weights_dir: Path) -> WeightStore:
    """The store over `weights_dir`."""
    return WeightStore(weights_dir)
