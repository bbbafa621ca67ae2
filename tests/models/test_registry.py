import importlib.metadata
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from models import registry
from models.errors import ComparatorMisconfigured, DuplicateComparator, UnknownComparator
from models.weights import WeightStore
from tests.models.comparators.people import make_config


def entry(name: str, value: str) -> EntryPoint:
    return EntryPoint(name=name, value=value, group=registry.GROUP)


def test_the_shipped_comparators_are_installed() -> None:
    assert {"sface", "authority", "unsafe-constant"} <= set(registry.comparators())


def test_two_packages_with_one_name_are_refused() -> None:
    with pytest.raises(DuplicateComparator, match=r"'acme'.*one:build.*other:build"):
        registry.by_name([entry("acme", "one:build"), entry("acme", "other:build")])


def test_one_package_seen_twice_is_one() -> None:
    assert list(registry.by_name([entry("acme", "one:build")] * 2)) == ["acme"]


def test_an_unknown_name_lists_the_installed(tmp_path: Path) -> None:
    with pytest.raises(UnknownComparator, match=r"'arcface'.*authority.*sface"):
        registry.build_comparator("arcface", make_config(WeightStore(tmp_path)))


@pytest.mark.parametrize("name", ["sface", "unsafe-constant", "authority"])
def test_an_option_nobody_knows_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ComparatorMisconfigured, match="Unknown options: treshold"):
        registry.build_comparator(name, make_config(WeightStore(tmp_path), options={"treshold": "0.1"}))


def test_the_installed_distribution_names_the_group() -> None:
    groups = {point.group for point in importlib.metadata.distribution("novisit").entry_points}
    assert registry.GROUP in groups
