"""`novisit evidence verify` over good and hostile records: what holds is said, never with a traceback."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.cli import main
from api.messages import Catalogue
from api.records import STEPS, verify_evidence
from liveness.evidence.record import canonical_json
from signing.demonstration import create
from signing.records.demonstration import open_record_signer
from tests.liveness.evidence.records import VIDEO, make_analysis, make_record
from tests.signing.conftest import JIANGAN, PLACE, make_page


def now() -> datetime:
    return datetime.fromtimestamp(int(time.time()), UTC)


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good record and everything a forger might send in its place; the machine's clock judges."""
    folder = tmp_path_factory.mktemp("laid")
    authority = create(folder / "pki", [JIANGAN], now)
    stranger = create(folder / "foreign", [], now)
    signer = open_record_signer(folder / "pki", now)
    record = make_record(make_analysis(), decided_at=now())
    signed = signer.sign(record)
    edited = record.replace(b'"outcome":"passed"', b'"outcome":"failed"')
    value = json.loads(record)
    value["verdict"]["pad"] = "attack_presentation"
    files = {
        "good.p7m": signed,
        "edited.p7m": signed.replace(record, edited),
        "byte.p7m": signed[:-200] + bytes([signed[-200] ^ 1]) + signed[-199:],
        "short.p7m": signed[: len(signed) // 2],
        "longer.p7m": signed + b"\n",
        "other-key.p7m": open_record_signer(folder / "foreign", now).sign(record),
        "no-record.p7m": signer.sign(b'{"format":"something else"}'),
        "does-not-follow.p7m": signer.sign(canonical_json(value)),
        "future.p7m": open_record_signer(folder / "pki", lambda: now() + timedelta(hours=1)).sign(record),
        "decided-later.p7m": signer.sign(make_record(make_analysis(), decided_at=now() + timedelta(hours=1))),
        "late.p7m": signer.sign(make_record(make_analysis(), decided_at=now() - timedelta(days=3))),
        "record.json": record,
        "empty.p7m": b"",
        "sealed.pdf": authority.sealer(JIANGAN.organ_id).seal(make_page(folder), reason="1", place=PLACE).pdf,
        "video.mp4": VIDEO,
        "swapped.mp4": VIDEO + b"!",
        "root.crt": authority.anchors[0],
        "foreign.crt": stranger.anchors[0],
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


Run = Callable[..., Answer]


@pytest.fixture
def run(laid: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(laid)
    monkeypatch.setenv("NOVISIT_DATA_DIR", str(laid / "data"))
    monkeypatch.setenv("COLUMNS", "140")

    def verify(*arguments: str) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main(["evidence", "verify", *arguments])
        told = capsys.readouterr()
        return Answer(ended.value.code if isinstance(ended.value.code, int) else 1, told.out, told.err)

    return verify


def test_good_evidence_holds_with_zero_and_says_so_in_both_languages(run: Run):
    answer = run("good.p7m", "--video", "video.mp4", "--anchors", "root.crt")
    assert answer.code == 0, answer.out
    assert "证据有效" in answer.out
    assert "The evidence holds." in answer.out
    assert "演示机构" in answer.out
    assert answer.out.count("✓") == len(STEPS)


def test_without_a_video_the_rest_is_checked_and_the_video_is_told_as_not_asked(run: Run):
    answer = run("good.p7m", "--anchors", "root.crt", "--json")
    assert answer.code == 0
    told = json.loads(answer.out)
    assert told["checks"][-1]["status"] == "not_asked"
    assert told["record"]["session"]["nonce"] == "nonce-of-the-session"


@pytest.mark.parametrize(
    ("file", "step", "reason"),
    [
        ("edited.p7m", "signature", "changed"),
        ("short.p7m", "container", "no_container"),
        ("longer.p7m", "container", "no_container"),
        ("other-key.p7m", "signature", "untrusted"),
        ("no-record.p7m", "record", "no_record"),
        ("does-not-follow.p7m", "verdict", "verdict_does_not_follow"),
        ("future.p7m", "time", "future"),
        ("decided-later.p7m", "times", "decided_after_signing"),
        ("record.json", "container", "no_container"),
        ("empty.p7m", "container", "no_container"),
        ("sealed.pdf", "container", "no_container"),
        ("video.mp4", "container", "no_container"),
    ],
)
def test_hostile_evidence_fails_at_its_step_with_one(run: Run, file: str, step: str, reason: str):
    answer = run(file, "--anchors", "root.crt", "--json")
    told = json.loads(answer.out)
    assert answer.code == 1
    assert told["status"] == "fails"
    assert [(check["code"], check["reason"]) for check in told["checks"] if check["status"] == "fails"] == [
        (step, reason)
    ]
    assert "Traceback" not in answer.out + answer.err
    plain = run(file, "--anchors", "root.crt")
    assert "证据无效" in plain.out
    assert plain.code == 1


def test_a_flipped_byte_anywhere_at_the_end_fails(run: Run):
    assert run("byte.p7m", "--anchors", "root.crt").code == 1


def test_a_swapped_video_fails(run: Run):
    answer = run("good.p7m", "--video", "swapped.mp4", "--anchors", "root.crt")
    assert answer.code == 1
    assert "不是记录所说的那一段" in answer.out


def test_another_root_trusts_nothing(run: Run):
    assert run("good.p7m", "--anchors", "foreign.crt").code == 1


def test_a_record_signed_days_later_is_undecided_with_two(run: Run):
    answer = run("late.p7m", "--anchors", "root.crt")
    assert answer.code == 2
    assert "无法判断" in answer.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("missing.p7m",),
        ("good.p7m",),
        ("good.p7m", "--anchors", "video.mp4"),
        ("good.p7m", "--video", "missing.mp4"),
    ],
    ids=["no file", "no root", "no anchors in it", "no video"],
)
def test_bad_usage_ends_with_sixty_four(run: Run, arguments: tuple[str, ...]):
    answer = run(*arguments)
    assert answer.code == 64
    assert "Traceback" not in answer.err


def test_every_step_and_reason_that_can_be_told_has_a_text(laid: Path):
    catalogue = Catalogue.load()
    root = (laid / "root.crt").read_bytes()
    for file in laid.glob("*.*"):
        told = verify_evidence(file.read_bytes(), anchors=[root], at=now(), video_sha256="00" * 32)
        for check in told.checks:
            assert f"evidence.step.{check.code}" in catalogue
            assert f"evidence.reason.{check.reason}" in catalogue
