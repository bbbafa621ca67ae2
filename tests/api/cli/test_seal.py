import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.cli import main
from signing.demonstration import create
from tests.signing.conftest import JIANGAN, JIANGHAN, PLACE, make_page


def now() -> datetime:
    return datetime.fromtimestamp(int(time.time()), UTC)


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed file, one that was changed, one that is none, and two roots; the machine's clock judges."""
    folder = tmp_path_factory.mktemp("laid")
    authority = create(folder / "pki", [JIANGAN], now)
    sealed = authority.sealer(JIANGAN.organ_id).seal(make_page(folder), reason="1", place=PLACE).pdf
    (folder / "sealed.pdf").write_bytes(sealed)
    (folder / "changed.pdf").write_bytes(sealed[:3000] + b"X" + sealed[3001:])
    (folder / "plain.txt").write_bytes(b"no seal at all")
    (folder / "root.crt").write_bytes(authority.anchors[0])
    (folder / "foreign.crt").write_bytes(create(folder / "foreign", [], now).anchors[0])
    return folder


@dataclass(frozen=True)
class Answer:
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Answer]


@pytest.fixture
def run(laid: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `novisit seal verify` in the folder of the laid files."""
    monkeypatch.chdir(laid)
    monkeypatch.setenv("NOVISIT_DATA_DIR", str(laid / "data"))
    monkeypatch.setenv("COLUMNS", "140")

    def verify(*arguments: str) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main(["seal", "verify", *arguments])
        told = capsys.readouterr()
        code = ended.value.code
        return Answer(code if isinstance(code, int) else 1, told.out, told.err)

    return verify


def test_sealed_document_passes_with_zero_and_says_so_in_both_languages(run: Run):
    answer = run("sealed.pdf", "--anchors", "root.crt", "--organ", JIANGAN.holder)
    assert answer.returncode == 0, answer.stderr
    assert "TOTAL_PASSED" in answer.stdout
    assert "印章有效" in answer.stdout
    assert "The seal is valid" in answer.stdout
    assert JIANGAN.holder in answer.stdout
    assert "没有法律效力" in answer.stdout
    assert answer.stderr == ""


@pytest.mark.parametrize(
    ("file", "organ", "code", "said"),
    [
        ("changed.pdf", JIANGAN.holder, 1, "文件内容与盖章时不同"),
        ("sealed.pdf", JIANGHAN.holder, 1, "另一个机关"),
        ("plain.txt", JIANGAN.holder, 1, "这不是 PDF"),
    ],
)
def test_what_does_not_hold_ends_with_one_and_a_reason(run: Run, file: str, organ: str, code: int, said: str):
    answer = run(file, "--anchors", "root.crt", "--organ", organ)
    assert (answer.returncode, answer.stderr) == (code, "")
    assert said in answer.stdout


def test_foreign_anchor_ends_with_two(run: Run):
    answer = run("sealed.pdf", "--anchors", "foreign.crt")
    assert (answer.returncode, answer.stderr) == (2, "")
    assert "INDETERMINATE / NO_CERTIFICATE_CHAIN_FOUND" in answer.stdout


def test_json_is_one_object_with_numbered_checks(run: Run):
    answer = run("sealed.pdf", "--anchors", "root.crt", "--json")
    told = json.loads(answer.stdout)
    assert (answer.returncode, told["status"], told["holder"]) == (0, "TOTAL_PASSED", JIANGAN.holder)
    assert [check["number"] for check in told["checks"]] == list(range(1, 12))
    assert told["checks"][-1]["outcome"] == "not_asked"
    assert told["demonstration"] is True


@pytest.mark.parametrize(
    "arguments",
    [
        ["absent.pdf"],
        ["sealed.pdf"],
        ["sealed.pdf", "--anchors", "plain.txt"],
        ["sealed.pdf", "--anchors", "absent.crt"],
        [],
    ],
)
def test_bad_usage_ends_with_sixty_four(run: Run, arguments: list[str]):
    answer = run(*arguments)
    assert answer.returncode == 64, answer.stderr
    assert "Traceback" not in answer.stderr
