"""The whole main job, as a person at a terminal sees it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli import main


def run(*arguments: str, weights_dir: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "api.cli", "demo", *arguments],
        env={**os.environ, "NOVISIT_WEIGHTS_DIR": str(weights_dir)},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )


@pytest.mark.slow
def test_the_main_job_ends_in_a_sealed_pdf(weights_dir: Path, tmp_path: Path) -> None:
    out = tmp_path / "certificate.pdf"
    done = run("--json", "--out", str(out), weights_dir=weights_dir)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    names = [step["name"] for step in told["steps"]]
    assert names[-6:] == ["upload", "verify", "submit", "review", "seal", "check-seal"]
    assert told["pdf"] == str(out)
    assert out.read_bytes().startswith(b"%PDF-")
    with pytest.raises(SystemExit) as ended:
        main(["seal", "verify", str(out), "--anchors", told["root_certificate"]])
    assert ended.value.code == 0
    if shutil.which("pdfsig"):
        seen = subprocess.run(["pdfsig", "-nocert", str(out)], capture_output=True, text=True, check=False)
        assert "Signature is Valid" in seen.stdout


@pytest.mark.slow
def test_a_remote_shareholder_and_the_legal_representative_verify_each_for_themselves(
    weights_dir: Path, tmp_path: Path
) -> None:
    out = tmp_path / "notice.pdf"
    done = run("--shareholders", "1", "--json", "--out", str(out), weights_dir=weights_dir)
    assert done.returncode == 0, done.stderr
    names = [step["name"] for step in json.loads(done.stdout)["steps"]]
    assert names.count("agree") == 2
    assert names.count("verify") == 3
    assert out.read_bytes().startswith(b"%PDF-")


@pytest.mark.slow
def test_a_recording_with_the_wrong_actions_ends_the_demonstration(
    made_clip, weights_dir: Path, tmp_path: Path
) -> None:
    from api.demonstration.recording import write_default_portrait
    from liveness.verdict import Action

    video = made_clip(actions=(Action.BLINK,)).path
    portrait = write_default_portrait(tmp_path / "portrait.png")
    done = run("--video", video, "--portrait", str(portrait), weights_dir=weights_dir)
    assert done.returncode == 65
    assert "核验未通过" in done.stderr
    assert "certificate" not in done.stdout


@pytest.mark.parametrize("wrong", [("--shareholders", "99"), ("--video", "no-such-file.mp4")])
def test_bad_usage_ends_with_64(wrong: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["demo", *wrong])
    assert ended.value.code == 64


def test_without_the_extra_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    monkeypatch.setitem(sys.modules, "scipy.spatial", None)
    for name in [
        name for name in sys.modules if name.startswith(("liveness.synthesis", "api.demonstration.rec"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(SystemExit) as ended:
        main(["demo"])
    assert ended.value.code == 69
    assert "novisit[synthesis]" in capsys.readouterr().err


def test_a_video_needs_its_portrait(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    video = tmp_path / "me.mp4"
    video.write_bytes(b"\x00")
    with pytest.raises(SystemExit) as ended:
        main(["demo", "--video", str(video)])
    assert ended.value.code == 64
    assert "--portrait" in capsys.readouterr().err
