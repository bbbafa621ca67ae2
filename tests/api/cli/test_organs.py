"""The operator enters the offices of an installation."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.bootstrap import build
from api.cli.organs import app
from api.settings import Settings
from api.store.metadata import all_tables
from api.store.organs import SqlOrgans

Run = Callable[..., Result]
ORGAN = ("add", "jiangan-approval", "--name", "江岸区行政审批局", "--name-en", "Approval Bureau")
DATA = ("--credit-code", "11420102MB1A000019", "--area", "420102")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("NOVISIT_DATA_DIR", str(tmp_path / "data"))
    made = build(Settings())
    all_tables().create_all(made.engine)
    made.close()

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(app, words)

    return invoke


def test_an_office_takes_every_matter_unless_some_are_named(run: Run) -> None:
    assert run(*ORGAN, *DATA).exit_code == 0
    (told,) = json.loads(run("list", "--json").stdout)["organs"]
    assert (told["id"], told["name_zh"], told["numbering_area"]) == (
        "jiangan-approval",
        "江岸区行政审批局",
        "420102",
    )
    other = ("add", "other", *ORGAN[2:], *DATA, "--matter", "enterprise-change")
    assert run(*other).exit_code == 0
    services = build(Settings())
    with services.reading() as db:
        taken = SqlOrgans(db).by_matter()
    services.close()
    assert [organ.id for organ in taken["enterprise-change"]] == ["jiangan-approval", "other"]
    assert [organ.id for organ in taken["catering-under-150"]] == ["jiangan-approval"]
    assert run("list").stdout.splitlines()[1].startswith("other\t")


def test_an_office_keeps_the_name_that_stands_in_its_certificates(run: Run) -> None:
    run(*ORGAN, *DATA)
    assert run(*ORGAN, *DATA).exit_code == 0
    renamed = run("add", "jiangan-approval", "--name", "别的局", *ORGAN[4:], *DATA)
    assert (renamed.exit_code, "江岸区行政审批局" in renamed.stderr) == (65, True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("--credit-code", "11420102MB1A000018"), "credit code"),
        (("--area", "42"), "six digits"),
        (("--matter", "no-such-matter"), "catering-under-150"),
    ],
)
def test_what_does_not_fit_is_told(run: Run, change: tuple[str, ...], words: str) -> None:
    told = run(*ORGAN, *DATA, *change)
    assert told.exit_code == 64, told.output
    assert words in told.stderr or "identifier" in told.stderr, told.stderr
    assert json.loads(run("list", "--json").stdout) == {"organs": []}
