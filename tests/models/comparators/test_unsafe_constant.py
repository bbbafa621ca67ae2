import logging
from pathlib import Path

import pytest

from models.comparators.unsafe_constant import build
from models.errors import ComparatorMisconfigured
from models.weights import WeightStore
from tests.models.comparators.people import make_config


def test_it_warns_whenever_it_is_built(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        build(make_config(WeightStore(tmp_path)))
    assert "UNSAFE" in caplog.text


def test_an_answer_it_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ComparatorMisconfigured, match="matched, not_matched, undecided, unknown"):
        build(make_config(WeightStore(tmp_path), options={"answer": "maybe"}))
