"""`novisit evaluate` on a folder of made clips whose truth is known."""

import importlib.util
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.evaluation import Bench, _answer, measure_clips
from liveness.evaluation.answers import Answer, ClipAnswer
from liveness.evaluation.labels import LabelledClip
from liveness.evaluation.made import write_made_clips
from models.weights import WeightStore
from tests.clips import SMALL

pytestmark = pytest.mark.slow

GATE = "[actions.blink]\nf1 = {min = 1.0}\n[species.print]\naccepted = {max = 0}\n"
Run = Callable[..., Result]


def no_answer() -> ClipAnswer:
    """What a stumble in the analysis looks like to the one who waits."""
    raise ValueError("no number")


def read_labels(folder: Path) -> list[dict[str, object]]:
    labels: list[dict[str, object]] = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    return labels


def write_labels(folder: Path, entries: list[dict[str, object]]) -> None:
    (folder / "labels.json").write_text(json.dumps(entries), encoding="utf-8")


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A puppet and a print, and beside them what is no clip: a broken file and a picture."""
    folder = tmp_path_factory.mktemp("labelled") / "made"
    told: list[str] = []
    write_made_clips(folder, 2, seed=7, camera=SMALL, told=told.append)
    entries = read_labels(folder)
    assert told == [entry["file"] for entry in entries]
    (folder / "broken.mp4").write_bytes(b"no video at all")
    (folder / "picture.jpg").touch()
    entries.append({"file": "broken.mp4", "kind": "bona_fide", "expect": "refused", "expect_why": "damaged"})
    entries.append({"file": "picture.jpg", "kind": "print"})
    write_labels(folder, entries)
    return folder


@pytest.fixture
def run(weights: WeightStore, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("NOVISIT_WEIGHTS_DIR", str(weights.folder))
    monkeypatch.setenv("COLUMNS", "160")

    def invoke(*words: object) -> Result:
        return CliRunner().invoke(app, ["evaluate", *(str(word) for word in words)])

    return invoke


def test_a_folder_is_measured_against_its_known_truth(run: Run, clips: Path, tmp_path: Path) -> None:
    data_file, page, gate = (tmp_path / name for name in ("out.json", "out.html", "gate.toml"))
    gate.write_text(GATE, encoding="utf-8")
    result = run(
        clips, "--policy", "synthetic", "--json", data_file, "--html", page, "--gate", gate, "--jobs", 2
    )
    assert result.exit_code == 0, result.output
    data = json.loads(data_file.read_text(encoding="utf-8"))

    for name in ("blink", "mouth", "nod"):
        score = data["actions"][name]
        assert (score["events"], score["hits"], score["misses"], score["false"]) == (1, 1, 0, 0), name
    people = data["bona_fide"]
    assert (people["presentations"], people["rejected"], people["refused"]) == (2, 0, 1)
    assert (people["expected_refusals"], people["unexpected_refusals"]) == (1, 0)
    assert list(data["species"]) == ["print", "replay"]
    species = data["species"]["print"]
    assert (species["presentations"], species["actions_fired"], species["accepted"]) == (1, 0, 0)
    assert (species["apcer"], species["interval"]) == (0, pytest.approx([0, 0.975]))
    assert data["expected_refusals"] == [
        {"file": "broken.mp4", "why": "damaged", "refused": True, "by": ["video.not_a_video"]}
    ]
    assert data["left_out"] == {"stills": ["picture.jpg"], "other": []}
    assert data["gate"]["passed"] is True
    assert data["policy"].startswith("synthetic-")
    assert 0 < data["cost"]["cpu_s_per_video_s"] < 10
    assert 50 < data["cost"]["peak_mb"] < 4000

    puppet = next(clip for clip in data["clips"] if clip["file"] == "000_puppet.mp4")
    assert (puppet["accepted"], puppet["actions_fired"]) == (True, True)
    assert "达到门限" in result.output
    assert "broken.mp4" not in result.output
    assert "broken.mp4" in page.read_text(encoding="utf-8")


def test_a_limit_that_is_missed_ends_with_one(run: Run, clips: Path, tmp_path: Path) -> None:
    gate = tmp_path / "gate.toml"
    gate.write_text("[bona_fide]\nrefused = {max = 0}\n", encoding="utf-8")
    result = run(clips, "--only", "broken*", "--gate", gate)
    assert result.exit_code == 1
    assert "未达门限" in result.output
    assert "bona_fide.refused" in result.output


def test_data_can_be_piped(run: Run, clips: Path) -> None:
    result = run(clips, "--only", "broken*", "--json", "-")
    data = json.loads(result.stdout)
    assert result.exit_code == 0
    assert all(one["presentations"] == 0 for one in data["species"].values())
    assert data["bona_fide"]["refused"] == 1


def test_missing_files_are_all_named(run: Run, tmp_path: Path) -> None:
    write_labels(tmp_path, [{"file": f"{name}.mp4", "kind": "print"} for name in ("one", "two")])
    result = run(tmp_path)
    assert result.exit_code == 2
    assert "one.mp4" in result.output
    assert "two.mp4" in result.output


def test_wrong_labels_and_pairs_end_with_two(run: Run, tmp_path: Path) -> None:
    assert run(tmp_path).exit_code == 2
    write_labels(tmp_path, [{"file": "a.jpg", "kind": "print"}])
    (tmp_path / "pairs.csv").write_text("a,b\n", encoding="utf-8")
    result = run(tmp_path)
    assert result.exit_code == 2
    assert "pairs.csv" in result.output


def test_still_pictures_alone_are_nothing_to_judge(run: Run, tmp_path: Path) -> None:
    write_labels(tmp_path, [{"file": "a.jpg", "kind": "print"}])
    result = run(tmp_path)
    assert result.exit_code == 2
    assert "nothing to judge" in result.output


def test_a_missing_part_is_told_in_a_plain_sentence(
    run: Run, clips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "matplotlib" else find(name)
    )
    result = run(clips)
    assert result.exit_code == 69
    assert "novisit[evaluation]" in result.output
    assert "matplotlib" in result.output


@pytest.mark.parametrize(
    "words",
    [
        ["--only", "nothing*"],
        ["--policy", "none"],
        ["--json", "/no/such/folder/out.json"],
        ["--gate", "/no/such/gate.toml"],
        ["--jobs", "0"],
    ],
    ids=lambda words: words[0],
)
def test_bad_usage_ends_with_64(run: Run, clips: Path, words: list[str]) -> None:
    assert run(clips, *words).exit_code == 64


def test_labels_already_there_are_not_written_over(clips: Path) -> None:
    before = read_labels(clips)
    result = CliRunner().invoke(app, ["synthesize", str(clips), "--labelled", "1"])
    assert result.exit_code == 64
    assert read_labels(clips) == before


def test_what_happens_to_one_process_is_told_of_one_clip(weights: WeightStore, clips: Path) -> None:
    clip = LabelledClip("broken.mp4", "bona_fide")
    with Bench(jobs=1, memory_mib=4096, weights_dir=weights.folder, timeout_seconds=120) as bench:
        assert _answer(bench.submit(os._exit, 3)) == ClipAnswer(Answer.FAILED, ("work.lost",))
        stumbled = _answer(bench.submit(no_answer))
        assert (stumbled.answer, stumbled.codes) == (Answer.FAILED, ("work.ValueError",))
        told: list[str] = []
        (result,) = measure_clips(bench, clips, [clip], "synthetic", told=told.append)
        assert result.answer.codes == ("video.not_a_video",)
        assert told == ["broken.mp4"]
    with Bench(jobs=1, memory_mib=4096, weights_dir=weights.folder, timeout_seconds=0.05) as bench:
        puppet = LabelledClip("000_puppet.mp4", "bona_fide")
        (late,) = measure_clips(bench, clips, [puppet], "synthetic", told=told.append)
        assert late.answer.codes == ("work.timed_out",)
