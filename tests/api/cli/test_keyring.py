import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update
from typer.testing import CliRunner, Result

from api.bootstrap import Services, build
from api.cli.keyring import app
from api.evidence.fields import field_context
from api.evidence.keyring import Keyring
from api.evidence.port import EvidenceKind, NewEvidence
from api.settings import Settings
from api.store.metadata import all_tables
from api.store.tables.accounts import accounts

Run = Callable[..., Result]
ROWS = 230
"""More than one batch."""


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("NOVISIT_DATA_DIR", str(tmp_path / "data"))
    made = build(Settings())
    all_tables().create_all(made.engine)
    yield made
    made.close()


@pytest.fixture
def run() -> Run:
    def invoke(*words: str) -> Result:
        return CliRunner().invoke(app, words)

    return invoke


def keep_secrets(services: Services) -> str:
    """Store a piece of evidence and accounts with secrets; give the id of the evidence."""
    new = NewEvidence("case:1", EvidenceKind.MATERIAL, "application/pdf", 1000)
    evidence_id = services.evidence.put([b"a licence"], new).id
    with services.transaction() as db:
        for n in range(ROWS):
            account_id = f"account-{n:03}"
            secret = services.cipher.seal(
                f"secret {n}", context=field_context(accounts.c.totp_secret, account_id)
            )
            values = {
                "id": account_id,
                "username": f"user{n}",
                "password_hash": "x",
                "must_change_password": False,
                "role": "applicant",
                "totp_secret": secret if n else None,
                "totp_last_step": 0,
                "created_at": services.clock(),
            }
            db.execute(insert(accounts).values(values))
    return evidence_id


def open_secrets(services: Services, evidence_id: str) -> None:
    assert b"".join(services.evidence.open(evidence_id, owner="case:1")) == b"a licence"
    with services.reading() as db:
        found = db.execute(select(accounts.c.id, accounts.c.totp_secret).order_by(accounts.c.id)).all()
    assert found[0].totp_secret is None
    for n, row in list(enumerate(found))[1:]:
        context = field_context(accounts.c.totp_secret, row.id)
        assert services.cipher.open(row.totp_secret, context=context) == f"secret {n}"


def test_everything_is_wrapped_anew_and_the_old_key_forgotten(services: Services, run: Run) -> None:
    evidence_id = keep_secrets(services)
    old = services.keyring().current

    done = run("rewrap", "--json")
    assert done.exit_code == 0, done.output
    current = services.keyring().current
    assert json.loads(done.output)["keys"] == [
        {"key_id": current, "is_current": True, "evidence": 1, "fields": ROWS - 1},
        {"key_id": old, "is_current": False, "evidence": 0, "fields": 0},
    ]
    open_secrets(services, evidence_id)

    assert run("forget").exit_code == 0
    assert list(services.keyring().keys) == [current]
    open_secrets(services, evidence_id)


def test_a_rotation_that_was_broken_off_is_finished(services: Services, run: Run) -> None:
    evidence_id = keep_secrets(services)
    services.keyring().with_new_key().save(services.settings.keyring_file)
    refused = run("forget")
    assert refused.exit_code == 69
    assert "rewrap --no-new-key" in refused.output
    current = services.keyring().current

    assert run("rewrap", "--no-new-key").exit_code == 0
    assert services.keyring().current == current
    assert run("forget").exit_code == 0
    open_secrets(services, evidence_id)


def test_the_list_shows_what_no_key_opens(services: Services, run: Run) -> None:
    keep_secrets(services)
    Keyring.generate().save(services.settings.keyring_file)
    listed = json.loads(run("list", "--json").output)["keys"]
    assert [(use["evidence"], use["fields"]) for use in listed] == [(0, 0), (1, ROWS - 1)]
    assert run("forget").exit_code == 69
    assert run("rewrap").exit_code == 69


def test_a_change_made_meanwhile_is_kept(services: Services, run: Run) -> None:
    keep_secrets(services)
    run("rewrap")
    context = field_context(accounts.c.totp_secret, "account-001")
    anew = services.cipher.seal("changed", context=context)
    with services.transaction() as db:
        db.execute(update(accounts).where(accounts.c.id == "account-001").values(totp_secret=anew))
    run("rewrap", "--no-new-key")
    with services.reading() as db:
        kept = db.scalar(select(accounts.c.totp_secret).where(accounts.c.id == "account-001"))
    assert kept == anew


def test_create_makes_a_keyring_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    file = tmp_path / "secrets" / "ring.json"
    monkeypatch.setenv("NOVISIT_KEYRING_FILE", str(file))
    assert run("create").exit_code == 0
    made = Keyring.load(file)
    assert file.stat().st_mode & 0o777 == 0o600
    again = run("create")
    assert again.exit_code == 73
    assert "There is a keyring already" in again.output
    assert Keyring.load(file) == made


def test_a_database_that_is_not_made_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.setenv("NOVISIT_DATA_DIR", str(tmp_path))
    told = run("list")
    assert told.exit_code == 69
    assert "novisit db upgrade" in told.output
    assert "Traceback" not in told.output


def test_a_damaged_keyring_is_said(services: Services, run: Run) -> None:
    services.settings.keyring_file.parent.mkdir(parents=True, exist_ok=True)
    services.settings.keyring_file.write_text("{}")
    told = run("list")
    assert told.exit_code == 69
    assert "restore it from its backup" in told.output
