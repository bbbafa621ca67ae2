"""`novisit log` over the database of a service, and what it says with which exit code."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from api.cli import main
from api.transparency import as_pem, log_keys
from signing.transparency.proofs import check_proof, head_as_plain, head_from_plain, parse_proof
from tests.api.transparency.conftest import Logged
from tests.signing.transparency.builders import START, make_signer


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


Run = Callable[..., Answer]


@pytest.fixture
def run(logged: Logged, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `novisit log` over the same folder and database."""
    monkeypatch.setenv("NOVISIT_DATA_DIR", str(logged.services.settings.data_dir))
    monkeypatch.setenv("NOVISIT_DATABASE_URL", str(logged.services.engine.url))
    monkeypatch.setenv("COLUMNS", "140")

    def go(*arguments: str) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main(["log", *arguments])
        told = capsys.readouterr()
        code = ended.value.code
        return Answer(code if isinstance(code, int) else 1, told.out, told.err)

    return go


def test_audit_counts_everything_and_ends_with_zero_or_names_the_first_fault(
    run: Run, logged: Logged
) -> None:
    told = run("audit")
    assert told.code == 0, told.err
    assert "全部相符" in told.out
    assert json.loads(run("audit", "--json").out) | {"latest": None} == {
        "ok": True,
        "entries": 7,
        "issued": 5,
        "ended": 2,
        "heads": 4,
        "certificates": 5,
        "pending": 0,
        "latest": None,
        "fault": None,
    }
    with logged.services.transaction() as db:
        db.execute(text("UPDATE log_entries SET leaf = replace(leaf, 'a', 'b') WHERE position = 2"))
    told = run("audit")
    assert told.code == 1
    assert "✗ 2: " in told.out
    assert "not in the form of the log" in told.out
    assert json.loads(run("audit", "--json").out)["fault"]["code"] == "log.audit.entry_unreadable"


def test_audit_holds_the_log_against_a_head_that_was_kept(run: Run, logged: Logged, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text(run("head", "--json").out)
    assert run("audit", "--head", str(kept)).code == 0
    forged = make_signer(tmp_path / "keys").sign(at=START, tree_size=7, root_hash=bytes(32))
    kept.write_text(json.dumps(head_as_plain(forged)))
    told = run("audit", "--head", str(kept))
    assert (told.code, "log.audit.known_head" in told.out) == (1, True)


def test_head_and_key_and_proof_are_what_the_library_reads(run: Run, logged: Logged, tmp_path: Path) -> None:
    signed = head_from_plain(json.loads(run("head", "--json").out))
    assert signed.head.tree_size == 7
    assert signed.head.root_hash.hex() in run("head").out
    key = tmp_path / "log.pem"
    key.write_text(run("key").out)
    assert run("audit", "--key", str(key)).code == 0
    proof = parse_proof(run("prove", logged.numbers[0]).out.encode())
    check_proof(proof, trusted=log_keys(logged.services).public())
    assert [entry.leaf.event for entry in proof.entries] == ["issued", "replaced"]
    assert proof.opening is not None
    assert proof.opening.number == logged.numbers[0]


def test_bad_usage_is_told_in_a_sentence(run: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("{}")
    for arguments, code, words in (
        (("audit", "--url", "http://127.0.0.1:9"), 64, "--key"),
        (("audit", "--key", str(wrong)), 64, "no public key"),
        (("audit", "--head", str(wrong)), 64, "no tree head"),
        (("audit", "--head", str(tmp_path / "none")), 64, "none"),
        (("prove", "JY99999999999999"), 69, "no such entry"),
    ):
        told = run(*arguments)
        assert told.code == code, arguments
        assert words in told.err, arguments
        assert "Traceback" not in told.err


def test_an_address_where_nothing_answers_is_told(run: Run, tmp_path: Path) -> None:
    key = tmp_path / "log.pem"
    key.write_text(run("key").out)
    told = run("audit", "--url", "http://127.0.0.1:9", "--key", str(key))
    assert (told.code, "could not be read there" in told.err) == (2, True)


def test_a_stranger_to_the_log_finds_its_heads_unsigned(run: Run, tmp_path: Path) -> None:
    key = tmp_path / "other.pem"
    key.write_text(as_pem(make_signer(tmp_path / "keys").public_key_info()))
    told = run("audit", "--key", str(key))
    assert (told.code, "log.audit.head_key" in told.out) == (1, True)
