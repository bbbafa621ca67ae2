import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509 import load_der_x509_certificate

from api.cli import main
from signing.certificates import make_crl
from signing.demonstration import create
from signing.ofd.demonstration import create as create_ofd
from signing.ofd.fonts import FontShelf
from signing.ofd.package import pack, unpack
from signing.ofd.trust_files import write_trust
from signing.office import DemonstrationOffice
from tests.signing.conftest import JIANGAN, JIANGHAN, PLACE, make_page
from tests.signing.ofd.fixtures import CHARACTERS
from tests.signing.ofd.world import PLACE as OFD_PLACE
from tests.signing.ofd.world import make_parts


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
    foreign = create(folder / "foreign", [], now)
    (folder / "foreign.crt").write_bytes(foreign.anchors[0])
    serial = load_der_x509_certificate(authority.credential(JIANGAN.organ_id).certificate).serial_number
    for name, issuer in (("revoked", authority), ("foreign", foreign)):
        listed = make_crl(issuer.authority.issuer("issuing"), {serial: now() - timedelta(hours=1)}, now=now())
        (folder / f"{name}.crl").write_bytes(listed)
    lay_ofd(folder)
    return folder


def lay_ofd(folder: Path) -> None:
    """A sealed OFD file, one that was changed, and what OFD is verified by."""
    base = DemonstrationOffice(folder / "pki", now)
    authority = create_ofd(folder / "pki", base, [JIANGAN], now)
    parts = make_parts(FontShelf(folder / "fonts", CHARACTERS), now())
    sealed = authority.sealer(JIANGAN.organ_id).seal(parts, place=OFD_PLACE).ofd
    (folder / "sealed.ofd").write_bytes(sealed)
    changed = {**unpack(sealed), "OFD.xml": unpack(sealed)["OFD.xml"].replace(b"2026", b"2027")}
    (folder / "changed.ofd").write_bytes(pack({**changed, "Doc_0/extra.js": b"alert(1)"}))
    (folder / "renamed.pdf").write_bytes(sealed)
    (folder / "ofd-trust.pem").write_bytes(write_trust(authority.trust(now())))


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


def test_newer_list_tells_of_a_revocation_that_the_file_does_not_know(run: Run, laid: Path):
    answer = run("sealed.pdf", "--anchors", "root.crt", "--crl", "foreign.crl", "--crl", "revoked.crl")
    assert (answer.returncode, answer.stderr) == (1, "")
    assert "TOTAL_FAILED / REVOKED" in answer.stdout
    assert run("sealed.pdf", "--anchors", "root.crt", "--crl", "foreign.crl").returncode == 0
    answer = run("sealed.pdf", "--anchors", "root.crt", "--crl", "plain.txt")
    assert (answer.returncode, "plain.txt" in answer.stderr) == (64, True)
    own = laid / "data" / "seals"
    own.mkdir(parents=True)
    (own / "root.crt").write_bytes((laid / "root.crt").read_bytes())
    assert run("sealed.pdf").returncode == 0
    (own / "issuing.crl").write_bytes((laid / "revoked.crl").read_bytes())
    assert run("sealed.pdf").returncode == 1
    shutil.rmtree(laid / "data")


@pytest.mark.parametrize("options", [("--anchors",), ("--anchors", "root.crt", "--crl")])
def test_file_with_brackets_in_its_name_is_named_as_it_is(run: Run, laid: Path, options: tuple[str, ...]):
    (laid / "[bold]no[").mkdir(exist_ok=True)
    (laid / "[bold]no[" / "red].pem").write_bytes(b"nothing of the kind")
    answer = run("sealed.pdf", *options, "[bold]no[/red].pem")
    assert answer.returncode == 64
    assert "[bold]no[/red].pem" in answer.stderr.replace("\n", "")
    assert "Traceback" not in answer.stderr


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


def test_sealed_ofd_passes_whatever_it_is_called(run: Run):
    for file in ("sealed.ofd", "renamed.pdf"):
        answer = run(file, "--anchors", "ofd-trust.pem", "--organ", JIANGAN.holder)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        assert "印章有效" in answer.stdout
        assert JIANGAN.holder in answer.stdout
        assert "没有法律效力" in answer.stdout


def test_ofd_is_verified_by_what_lies_on_this_machine(run: Run, laid: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NOVISIT_SEAL_DIR", str(laid / "pki"))
    answer = run("sealed.ofd", "--json")
    told = json.loads(answer.stdout)
    assert (answer.returncode, told["status"], told["holder"]) == (0, "TOTAL_PASSED", JIANGAN.holder)
    assert [check["number"] for check in told["checks"]] == list(range(1, 12))


def test_ofd_with_a_file_that_nobody_sealed_ends_with_one(run: Run):
    answer = run("changed.ofd", "--anchors", "ofd-trust.pem")
    assert (answer.returncode, answer.stderr) == (1, "")
    assert "✗  3" in answer.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["absent.pdf"],
        ["sealed.pdf"],
        ["sealed.pdf", "--anchors", "plain.txt"],
        ["sealed.pdf", "--anchors", "absent.crt"],
        ["sealed.ofd"],
        ["sealed.ofd", "--anchors", "root.crt"],
        [],
    ],
)
def test_bad_usage_ends_with_sixty_four(run: Run, arguments: list[str]):
    answer = run(*arguments)
    assert answer.returncode == 64, answer.stderr
    assert "Traceback" not in answer.stderr
