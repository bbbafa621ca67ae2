"""`novisit check`, as a person runs it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from liveness.synthesis import Species, astronaut
from liveness.verdict import Action
from models.weights import WeightStore
from tests.clips import MadeClip

pytestmark = pytest.mark.slow

Run = Callable[..., Result]


@pytest.fixture
def run(weights: WeightStore, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("NOVISIT_WEIGHTS_DIR", str(weights.folder))

    def invoke(*words: object) -> Result:
        return CliRunner().invoke(app, ["check", *(str(word) for word in words)])

    return invoke


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The face of the made videos."""
    path = tmp_path_factory.mktemp("portrait") / "portrait.png"
    cv2.imwrite(str(path), np.ascontiguousarray(astronaut().image[:, :, ::-1]))
    return path


def test_a_person_who_does_as_asked_and_matches_passes(run, made_clip: MadeClip, portrait, tmp_path):
    report = tmp_path / "report.html"
    result = run(made_clip().path, "--portrait", portrait, "--report", report, "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == told["exit_code"] == 0
    assert told["outcome"] == "passed"
    assert told["comparison"]["match"] == "matched"
    assert "<svg" in report.read_text(encoding="utf-8")


def test_the_table_shows_every_action_and_what_to_do(run, made_clip: MadeClip):
    result = run(made_clip().path, "--actions", "blink,nod")
    assert result.exit_code == 1
    for words in ("未通过", "点头", "眨眼", "顺序不对", "Follow the order"):
        assert words in result.stdout


def test_an_attack_does_not_pass(run, made_clip: MadeClip):
    result = run(made_clip(attack=Species.FREEZE).path, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["pad"] == "attack_presentation"


def test_a_photograph_that_is_tilted_for_a_nod_does_not_pass(run, made_clip: MadeClip):
    result = run(made_clip(attack=Species.PRINT).path, "--actions", "nod", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["pad"] != "bona_fide"


def test_a_portrait_without_a_face_leaves_the_answer_open(run, made_clip: MadeClip, tmp_path):
    wall = tmp_path / "wall.png"
    cv2.imwrite(str(wall), np.full((300, 300, 3), 128, np.uint8))
    result = run(made_clip().path, "--portrait", wall, "--json")
    assert result.exit_code == 2
    told = json.loads(result.stdout)
    assert told["comparison"] is None
    assert told["comparison_undecided"]


@pytest.mark.parametrize("as_json", [True, False])
def test_a_file_that_is_no_video_is_undecided_with_a_remedy(run, tmp_path, as_json):
    file = tmp_path / "letter.mp4"
    file.write_text("Dear office,", encoding="utf-8")
    result = run(file, *(["--json"] if as_json else []))
    assert result.exit_code == 2
    assert "mp4" in result.stdout
    if as_json:
        assert json.loads(result.stdout)["reasons"][0]["code"] == "video.not_a_video"


@pytest.mark.parametrize(
    "words",
    [
        ("absent.mp4",),
        ("{clip}", "--actions", "nod,wink"),
        ("{clip}", "--actions", ""),
        ("{clip}", "--policy", "lenient"),
        ("{clip}", "--portrait", "absent.jpg"),
        (),
    ],
    ids=["no-file", "unknown-action", "no-action", "unknown-policy", "no-portrait", "nothing"],
)
def test_bad_usage_ends_with_64(run, made_clip: MadeClip, words):
    clip = made_clip(actions=(Action.NOD,)).path
    assert run(*(word.format(clip=clip) for word in words)).exit_code == 64


def test_missing_weights_are_said_plainly(made_clip: MadeClip, tmp_path, monkeypatch):
    monkeypatch.setenv("NOVISIT_WEIGHTS_DIR", str(tmp_path))
    result = CliRunner().invoke(app, ["check", made_clip().path])
    assert result.exit_code == 2
    assert "novisit weights" in result.output


def test_a_process_of_its_own_says_nothing_but_the_answer(weights: WeightStore, made_clip: MadeClip):
    finished = subprocess.run(
        [sys.executable, "-m", "api.cli", "check", made_clip().path, "--json"],
        env={"PATH": "/usr/bin:/bin", "NOVISIT_WEIGHTS_DIR": str(weights.folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0
    assert finished.stderr == ""
    assert json.loads(finished.stdout)["outcome"] == "passed"
