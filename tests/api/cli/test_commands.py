import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli import SUBCOMMANDS


def novisit(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "api.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=clean(environment))


def clean(extra: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NOVISIT_")}
    return {**kept, "COLUMNS": "100", "NO_COLOR": "1", **extra}


def test_help_lists_every_command_in_both_languages() -> None:
    shown = novisit("--help")
    assert shown.returncode == 0
    for name in SUBCOMMANDS:
        assert name in shown.stdout
    assert "运行服务" in shown.stdout
    assert "Run the service" in shown.stdout


@pytest.mark.parametrize("name", sorted(SUBCOMMANDS))
def test_every_command_loads_and_explains_itself(name: str) -> None:
    shown = novisit(name, "--help")
    assert shown.returncode == 0, shown.stderr
    assert f"novisit {name}" in shown.stdout


@pytest.mark.parametrize(
    "arguments", [[], ["no-such-command"], ["serve", "--port", "port"], ["--no-such-option"], ["check"]]
)
def test_bad_usage_ends_with_64_and_no_traceback(arguments: list[str]) -> None:
    ended = novisit(*arguments)
    assert ended.returncode == 64
    assert "Traceback" not in ended.stderr


def test_version_is_that_of_the_distribution() -> None:
    assert novisit("--version").stdout.startswith("novisit ")


def test_command_line_imports_nothing_heavy() -> None:
    heavy = "sqlalchemy|fastapi|dbos|cv2|av|mediapipe|pyhanko|typst|numpy|pydantic_settings"
    code = f"import sys, api.cli; print([m for m in {heavy.split('|')!r} if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_command_line_is_imported_quickly() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run([sys.executable, "-c", "import api.cli"], check=True)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 0.4


def test_missing_optional_package_is_told_with_its_remedy() -> None:
    code = (
        "import sys; sys.modules['skimage'] = None; from api.cli import main;"
        "main(['synthesize', '--actions', 'nod', 'out.mp4'])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 69, ended.stderr
    assert "novisit[synthesis]" in ended.stderr


def test_settings_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    ended = novisit("db", "upgrade", NOVISIT_PORT="http", NOVISIT_WORKERS="0", NOVISIT_DATA_DIR=str(tmp_path))
    assert ended.returncode == 78
    assert "NOVISIT_PORT" in ended.stderr
    assert "NOVISIT_WORKERS" in ended.stderr


def test_production_without_its_keys_is_refused_with_every_reason(tmp_path: Path) -> None:
    ended = novisit(
        "serve",
        NOVISIT_ENV="production",
        NOVISIT_DATA_DIR=str(tmp_path),
        NOVISIT_COMPARATOR="unsafe-constant",
        NOVISIT_CHALLENGE_SOURCE="fixed",
    )
    assert ended.returncode == 78
    for name in ("COMPARATOR", "CHALLENGE_SOURCE", "KEYRING_FILE", "PUBLIC_URL"):
        assert f"NOVISIT_{name}" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_database_that_does_not_answer_is_a_sentence(tmp_path: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    ended = novisit("db", "upgrade", NOVISIT_DATABASE_URL=url, NOVISIT_DATA_DIR=str(tmp_path))
    assert ended.returncode == 69
    assert "NOVISIT_DATABASE_URL" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_account_is_opened_with_a_one_time_password(tmp_path: Path) -> None:
    place = {"NOVISIT_DATA_DIR": str(tmp_path)}
    assert novisit("db", "upgrade", **place).returncode == 0
    opened = novisit("accounts", "add", "Zhou", "--organ", "organ-a", "--json", **place)
    account = json.loads(opened.stdout)
    assert (account["username"], account["role"], account["organ_id"]) == ("zhou", "reviewer", "organ-a")
    assert len(account["one_time_password"]) == 19
    again = novisit("accounts", "add", "zhou", "--organ", "organ-a", **place)
    assert again.returncode == 69
    assert novisit("accounts", "add", "li", **place).returncode == 64
