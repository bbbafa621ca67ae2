"""The example of docs/guide/comparators.md, installed as another package would be, and run on real faces."""

import importlib
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.comparison import Match
from models.errors import UnsafeComparator
from models.portraits import PortraitFolder
from models.registry import build_comparator, comparators
from models.weights import WeightStore
from tests.models.comparators.people import (
    COLLINS,
    OTHER,
    astronaut,
    jpeg,
    make_config,
    make_probe,
    other_person,
    phone_take,
)

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guide" / "comparators.md"


def block(language: str) -> str:
    found = re.findall(
        rf"^```{language}\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len(found) == 1, language
    return str(found[0])


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A site folder with the example and the metadata an installer would write for it."""
    project = tomllib.loads(block("toml"))["project"]
    (tmp_path / "acme_faces.py").write_text(block("python"), encoding="utf-8")
    info = tmp_path / "acme_faces-1.0.dist-info"
    info.mkdir()
    name, version = project["name"], project["version"]
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    groups = project["entry-points"].items()
    lines = [
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
        for group, keys in groups
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    yield
    sys.modules.pop("acme_faces", None)


def test_the_example_is_short() -> None:
    assert len(block("python").splitlines()) < 30


@pytest.mark.usefixtures("acme")
def test_the_example_is_found_built_and_compares(tmp_path: Path, weights: WeightStore) -> None:
    assert "acme-mirror" in comparators()
    register = PortraitFolder(tmp_path / "register", secret=b"a secret of the office")
    register.add(COLLINS, jpeg(astronaut()))
    register.add(OTHER, jpeg(other_person()))
    comparator = build_comparator("acme-mirror", make_config(weights, register=register))
    comparator.check()
    probe = make_probe(phone_take(astronaut()), weights)
    assert comparator.compare(probe, COLLINS).match is Match.MATCHED
    assert comparator.compare(probe, OTHER).match is Match.NOT_MATCHED


@pytest.mark.usefixtures("acme")
def test_production_refuses_it_until_it_is_measured(weights: WeightStore) -> None:
    with pytest.raises(UnsafeComparator, match="acme-mirror"):
        build_comparator("acme-mirror", make_config(weights, production=True))
