import json
from pathlib import Path

import pytest

from api.cli import main


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["synthesize", *arguments])
    return int(ended.value.code or 0)


def test_a_clip_is_written_and_its_truth_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "clip.mp4"
    small = ("--size", "128x192", "--fps", "10", "--json")
    assert run(str(out), "--actions", "blink,nod", *small) == 0
    truth = json.loads(capsys.readouterr().out)
    assert [event["action"] for event in truth["events"]] == ["blink", "nod"]
    assert out.stat().st_size > 1000


def test_an_attack_says_what_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = ("--size", "128x192", "--fps", "10", "--json")
    assert run(str(tmp_path / "clip.mp4"), "--attack", "still", *small) == 0
    assert json.loads(capsys.readouterr().out)["species"] == "still"


@pytest.mark.parametrize(
    "wrong", [("--actions", "wink"), ("--size", "large"), ("--codec", "av1"), ("--rotation", "45")]
)
def test_bad_usage_ends_with_64(tmp_path: Path, wrong: tuple[str, str]) -> None:
    assert run(str(tmp_path / "clip.mp4"), *wrong) == 64


def test_a_file_that_cannot_be_written_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(tmp_path / "clip.avi")) == 65
    assert "Use .mp4" in capsys.readouterr().err
