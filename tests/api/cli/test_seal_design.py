"""The operator sets how an organ's next seal looks, and looks at it."""

import json
from collections.abc import Callable
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from api.bootstrap import build
from api.cli.seal import app
from api.settings import Settings
from api.store.metadata import all_tables
from api.store.organs import SqlOrgans, seed_organs
from filing.organs import demonstration_organs
from signing.design import SealCentre, SealDesign, SealRank

ORGAN = demonstration_organs()[0]
EMBLEM = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="3"/></svg>'
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("NOVISIT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "emblem.svg").write_text(EMBLEM)
    (tmp_path / "scripted.svg").write_text(EMBLEM.replace("<circle", "<script/><circle"))
    made = build(Settings())
    all_tables().create_all(made.engine)
    with made.transaction() as db:
        seed_organs(db, [ORGAN], [])
    made.close()

    def invoke(command: str, *words: str, organ: str = ORGAN.id) -> Result:
        return CliRunner().invoke(app, [command, "--organ", organ, *words])

    return invoke


def kept() -> SealDesign:
    services = build(Settings())
    try:
        with services.reading() as db:
            return SqlOrgans(db).organ(ORGAN.id).seal_design
    finally:
        services.close()


def test_what_is_set_is_kept_and_what_is_not_named_stays(run: Run):
    assert run("design", "--line", "行政审批专用章", "--diameter", "40").exit_code == 0
    assert run("design", "--short-name", "江岸审批局").exit_code == 0
    told = json.loads(run("design", "--json").stdout)
    assert (told["name"], told["line"], told["diameter_mm"]) == ("江岸审批局", "行政审批专用章", 40)
    assert kept() == SealDesign(diameter_mm=40, line="行政审批专用章", short_name="江岸审批局")
    assert run("design", "--line", "", "--short-name", "").exit_code == 0
    assert kept() == SealDesign(diameter_mm=40)


def test_a_rank_brings_its_diameter_and_an_emblem_its_middle(run: Run):
    assert run("design", "--rank", "district", "--emblem", "emblem.svg").exit_code == 0
    found = kept()
    assert (found.rank, found.diameter_mm, found.centre) == (SealRank.DISTRICT, 45, SealCentre.EMBLEM)
    assert "circle" in found.emblem
    assert run("design", "--rank", "department", "--centre", "star").exit_code == 0
    assert kept() == SealDesign()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--rank", "district"], 1, "carries the emblem"),
        (["--emblem", "emblem.svg"], 1, "carries a star"),
        (["--rank", "other", "--emblem", "scripted.svg"], 1, "<script>"),
        (["--rank", "other", "--centre", "star", "--emblem", "emblem.svg"], 1, "and to no other"),
        (["--diameter", "20", "--line", "行政审批业务专用章"], 1, "Shorten it or give a larger"),
        (["--diameter", "60"], 1, "20 to 58 mm"),
        (["--line", "\U0001f600"], 1, "can be printed"),
        (["--rank", "emperor"], 2, "emperor"),
        (["--emblem", "nowhere.svg"], 2, "nowhere.svg"),
    ],
)
def test_a_seal_that_may_not_look_so_is_refused_and_nothing_kept(
    run: Run, words: list[str], code: int, said: str
):
    answer = run("design", *words)
    assert (answer.exit_code, said in answer.stderr.replace("\n", " ")) == (code, True), answer.stderr
    assert kept() == SealDesign()


def test_a_preview_is_as_wide_as_the_seal_and_changes_nothing(run: Run):
    words = ["--rank", "district", "--emblem", "emblem.svg"]
    for form in ("svg", "png", "pdf"):
        answer = run("preview", *words, "--output", f"seal.{form}")
        assert (answer.exit_code, "45" in answer.stdout) == (0, True), answer.stderr
    assert Path("seal.svg").read_text().startswith("<svg")
    with Image.open("seal.png") as shown:
        assert shown.width == pytest.approx(45 / 25.4 * 300, abs=1)
    assert pdfium.PdfDocument("seal.pdf")[0].get_width() == pytest.approx(45 / 25.4 * 72, abs=0.1)
    assert kept() == SealDesign()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--output", "seal.jpg"], 64, ".svg, .png, .pdf"),
        (["--output", "emblem.svg"], 73, "already"),
        (["--output", "seal.svg", "--code", "42"], 1, "13 digits"),
        (["--output", "nowhere/seal.svg"], 73, "could not be written"),
    ],
)
def test_bad_usage_of_a_preview_is_told(run: Run, words: list[str], code: int, said: str):
    answer = run("preview", *words)
    assert (answer.exit_code, said in answer.stderr) == (code, True), answer.stderr


def test_an_organ_that_is_not_entered_has_no_seal(run: Run):
    answer = run("preview", "--output", "seal.svg", organ="nowhere")
    assert (answer.exit_code, "nowhere" in answer.stderr) == (64, True)
