"""Whoever tampers with the log is found: by the audit always, by readiness where a signed head tells."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.errors import LogUnreachable
from api.log_sources import DatabaseSource, HttpSource
from api.log_watch import LogWatch
from api.store.filing import seal_log
from api.store.transparency import SqlLogStore
from api.transparency import kept_head, log_keys, publish_head
from signing.errors import LogBroken
from signing.keys.custody import KeyCustody
from signing.transparency.audit import AuditReport, audit
from tests.api.conftest import Clock
from tests.api.transparency.conftest import ISSUED, Logged
from tests.signing.transparency.builders import issue as issue_elsewhere
from tests.signing.transparency.builders import make_log, make_signer


def audited(logged: Logged) -> AuditReport:
    kept = kept_head(logged.services).read()
    with logged.services.reading() as db:
        return audit(
            DatabaseSource(db),
            trusted=log_keys(logged.services).public(),
            known=[kept] if kept else [],
        )


def fault(logged: Logged) -> tuple[str, str] | None:
    found = audited(logged).fault
    return (found.code.removeprefix("log.audit."), found.where) if found else None


def test_an_untouched_log_is_whole(logged: Logged) -> None:
    report = audited(logged)
    assert report.fault is None
    assert (report.entries, report.issued, report.ended, report.heads, report.pending) == (7, 5, 2, 4, 0)
    assert report.certificates == ISSUED
    assert report.latest is not None
    assert report.latest.tree_size == 7
    LogWatch(logged.services).check()


def test_entries_that_wait_for_a_head_are_no_fault(logged: Logged) -> None:
    logged.issue()
    report = audited(logged)
    assert (report.fault, report.pending) == (None, 1)


def test_an_empty_log_is_whole(empty: Logged) -> None:
    report = audited(empty)
    assert (report.fault, report.entries, report.latest) == (None, 0, None)
    LogWatch(empty.services).check()


LEAF_CHANGED = "UPDATE log_entries SET leaf = replace(leaf, 'jiangan', 'jianghan') WHERE position = 2"
TAMPERING = {
    "leaf changed": ([LEAF_CHANGED], "entry_hash", "2", True),
    "leaf replaced": (
        ["UPDATE log_entries SET leaf = 'x' WHERE position = 2"],
        "entry_unreadable",
        "2",
        True,
    ),
    "last entry removed": (
        [
            "DELETE FROM certificate_ends WHERE successor IS NOT NULL",
            "DELETE FROM log_openings WHERE position = 6",
            "DELETE FROM log_entries WHERE position = 6",
            "DELETE FROM log_nodes WHERE level = 0 AND position = 6",
            "UPDATE log_size SET size = 6",
        ],
        "head_beyond",
        "7 > 6",
        True,
    ),
    "entries swapped": (
        [
            "UPDATE log_entries SET position = 900 WHERE position = 3",
            "UPDATE log_entries SET position = 3 WHERE position = 4",
            "UPDATE log_entries SET position = 4 WHERE position = 900",
        ],
        "nodes",
        "3",
        True,
    ),
    "entry in the middle removed": (
        ["DELETE FROM log_entries WHERE position = 3"],
        "entry_missing",
        "3",
        True,
    ),
    "size changed": (["UPDATE log_size SET size = 6"], "size", "7, 6", True),
    "node changed": (
        ["UPDATE log_nodes SET hash = zeroblob(32) WHERE level = 1 AND position = 0"],
        "nodes",
        "1",
        False,
    ),
    "node removed": (["DELETE FROM log_nodes WHERE level = 2"], "nodes", "3", False),
    "salt changed": (["UPDATE log_openings SET salt = ZEROS WHERE position = 1"], "opening", "1", False),
    "files forgotten": (
        ["UPDATE log_openings SET documents = '[]' WHERE position = 1"],
        "opening",
        "1",
        False,
    ),
    "opening removed": (["DELETE FROM log_openings WHERE position = 1"], "opening", "1", False),
    "event changed": (
        ["UPDATE log_openings SET event = 'replaced' WHERE position = 5"],
        "opening",
        "5",
        False,
    ),
    "root of a head changed": (
        ["UPDATE log_heads SET root_hash = ZEROS WHERE tree_size = 7"],
        "head_signature",
        "",
        True,
    ),
    "time of a head changed": (
        ["UPDATE log_heads SET timestamp_ms = 0 WHERE tree_size = 3"],
        "head_signature",
        "",
        False,
    ),
    "key of a head changed": (
        ["UPDATE log_heads SET log_id = ZEROS WHERE tree_size = 3"],
        "head_key",
        "",
        False,
    ),
    "file of a certificate changed": (
        ["UPDATE certificate_documents SET sha256 = ZEROS"],
        "certificate_differs",
        "",
        False,
    ),
    "entry of a certificate exchanged": (
        ["UPDATE certificates SET log_entry = ZEROS WHERE number = FIRST"],
        "certificate_differs",
        "",
        False,
    ),
    "end of a certificate forgotten": (
        ["DELETE FROM certificate_ends WHERE successor IS NULL"],
        "end_differs",
        "",
        False,
    ),
    "certificate removed": (
        ["DELETE FROM certificates WHERE number = LAST"],
        "no_certificate",
        "",
        False,
    ),
    "certificate slipped in": (
        [
            "UPDATE log_openings SET number = 'JY00000000000000' WHERE position = 3",
        ],
        "opening",
        "3",
        False,
    ),
    "certificate renumbered": (
        ["UPDATE certificates SET number = 'AA000000' WHERE number = LAST"],
        "not_in_log",
        "AA000000",
        False,
    ),
}
"""What is done to the database (ZEROS, FIRST and LAST stand for a digest and two numbers); what the audit
says and where; whether readiness tells it too."""


def spelled(statement: str) -> str:
    for word, meaning in (
        ("ZEROS", repr("0" * 64)),
        ("FIRST", "(SELECT min(number) FROM certificates)"),
        ("LAST", "(SELECT max(number) FROM certificates)"),
    ):
        statement = statement.replace(word, meaning)
    return statement


def test_whoever_changes_the_database_is_found(logged: Logged) -> None:
    services = logged.services
    trusted, kept = log_keys(services).public(), kept_head(services).read()
    assert kept is not None
    for what, (statements, code, where, is_told_by_readiness) in TAMPERING.items():
        with services.engine.connect() as db:
            db.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            for statement in map(spelled, statements):
                assert db.execute(text(statement)).rowcount, what
            fault = audit(DatabaseSource(db), trusted=trusted, known=[kept]).fault
            assert fault is not None, what
            assert fault.code == f"log.audit.{code}", what
            assert not where or fault.where == where, what
            try:
                LogWatch(services).walk(seal_log(db, services))
            except LogBroken:
                told = True
            else:
                told = False
            assert told == is_told_by_readiness, what
            db.rollback()
    assert audited(logged).fault is None


def test_a_log_that_was_written_anew_with_its_own_key_is_found_by_the_head_kept_beside(
    logged: Logged, signer: KeyCustody, tmp_path: Path
) -> None:
    """The operator holds the key and may sign anything; only what left the house convicts him."""
    head_signer = log_keys(logged.services).signer()
    with logged.services.transaction() as db:
        for table in (
            "certificate_ends",
            "certificate_documents",
            "certificates",
            "log_openings",
            "log_entries",
        ):
            db.execute(text(f"DELETE FROM {table}"))  # noqa: S608  names from this very line
        for table in ("log_nodes", "log_heads"):
            db.execute(text(f"DELETE FROM {table}"))  # noqa: S608  as above
        db.execute(text("UPDATE log_size SET size = 0"))
        forged = seal_log(db, logged.services)
        for _ in range(8):
            issue_elsewhere(forged)
        forged.sign_head(head_signer)
    assert fault(logged) == ("known_head", "7")
    with pytest.raises(LogBroken):
        LogWatch(logged.services).check()
    with pytest.raises(LogBroken, match="not those"):
        publish_head(logged.services)


def test_a_head_signed_over_another_tree_is_found(logged: Logged) -> None:
    """Two histories signed by the same key: one of the heads does not have the root of the entries."""
    fork = make_log()
    for _ in range(6):
        issue_elsewhere(fork)
    signed = (
        log_keys(logged.services)
        .signer()
        .sign(at=logged.services.clock(), tree_size=6, root_hash=fork.root(6))
    )
    with logged.services.transaction() as db:
        SqlLogStore(db).add_head(signed)
    assert fault(logged) == ("head_root", "6")


def test_a_head_of_a_stranger_is_found(logged: Logged, tmp_path: Path) -> None:
    with logged.services.reading() as db:
        root = seal_log(db, logged.services).root(6)
    stranger = make_signer(tmp_path / "stranger")
    with logged.services.transaction() as db:
        SqlLogStore(db).add_head(stranger.sign(at=logged.services.clock(), tree_size=6, root_hash=root))
    found = fault(logged)
    assert found is not None
    assert found[0] == "head_key"


def test_a_database_put_back_to_an_earlier_day_is_found_and_signs_nothing(
    empty: Logged, tmp_path: Path, clock: Clock
) -> None:
    empty.issue()
    publish_head(empty.services)
    file = Path(empty.services.engine.url.database or "")
    backup = tmp_path / "backup.sqlite3"
    with sqlite3.connect(file) as source, sqlite3.connect(backup) as copy:
        source.backup(copy)
    source.close()
    copy.close()
    empty.issue()
    publish_head(empty.services)
    watch = LogWatch(empty.services)
    watch.check()
    empty.services.engine.dispose()
    for left in file.parent.glob(f"{file.name}-*"):
        left.unlink()
    shutil.copy(backup, file)
    assert fault(empty) == ("shorter", "1 < 2")
    for told in (watch, LogWatch(empty.services)):
        with pytest.raises(LogBroken):
            told.check()
    with pytest.raises(LogBroken, match="some are lost"):
        publish_head(empty.services)
    # Going on as if nothing had been does not heal it.
    empty.issue()
    empty.issue()
    assert fault(empty) == ("known_head", "2")
    with pytest.raises(LogBroken):
        LogWatch(empty.services).check()


def test_readiness_says_what_is_wrong(client: TestClient, logged: Logged) -> None:
    assert client.get("/readyz").json()["checks"]["log"]["ready"]
    with logged.services.transaction() as db:
        db.execute(
            text("UPDATE log_entries SET leaf = replace(leaf, 'jiangan', 'jianghan') WHERE position = 2")
        )
    logged.services.part("log_watch", LogWatch)._began = None
    answer = client.get("/readyz", headers={"accept-language": "en"})
    assert answer.status_code == 503
    told = answer.json()["checks"]["log"]
    assert told["ready"] is False
    assert "novisit log audit" in told["text"]


def test_a_watch_looks_at_all_of_it_again_after_an_hour(logged: Logged, clock: Clock) -> None:
    watch = LogWatch(logged.services)
    watch.check()
    with logged.services.transaction() as db:
        db.execute(
            text("UPDATE log_entries SET leaf = replace(leaf, 'jiangan', 'jianghan') WHERE position = 2")
        )
    watch.check()
    clock.move(hours=1)
    with pytest.raises(LogBroken):
        watch.check()


def test_a_damaged_file_of_the_kept_head_is_told(logged: Logged) -> None:
    logged.services.settings.log_head_file.write_text(json.dumps({"tree_size": 7}))
    with pytest.raises(LogBroken, match="holds no tree head"):
        LogWatch(logged.services).check()


def test_the_kept_head_never_goes_back(logged: Logged) -> None:
    kept = kept_head(logged.services)
    newest = kept.read()
    with logged.services.reading() as db:
        kept.keep(SqlLogStore(db).head_of(3))
    assert kept.read() == newest
    assert newest is not None
    assert newest.head.tree_size == 7


def test_the_public_part_is_audited_over_http(client: TestClient, logged: Logged) -> None:
    report = audit(HttpSource(client), trusted=log_keys(logged.services).public())
    assert report.fault is None
    assert (report.entries, report.issued, report.ended, report.heads) == (7, 5, 2, 4)
    assert report.certificates is None


def test_over_http_a_head_that_was_kept_convicts(client: TestClient, logged: Logged, tmp_path: Path) -> None:
    fork = make_log()
    for _ in range(5):
        issue_elsewhere(fork)
    keys = log_keys(logged.services)
    known = keys.signer().sign(at=logged.services.clock(), tree_size=5, root_hash=fork.root(5))
    report = audit(HttpSource(client), trusted=keys.public(), known=[known])
    assert report.fault is not None
    assert (report.fault.code, report.fault.where) == ("log.audit.known_head", "5")
    other = make_signer(tmp_path).public_key_info()
    unknown = audit(HttpSource(client), trusted=[other]).fault
    assert unknown is not None
    assert unknown.code == "log.audit.head_key"


def test_whoever_asks_too_often_waits_and_goes_on(client: TestClient, logged: Logged) -> None:
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        logged.services.public_limits._limiter.storage.reset()

    for _ in range(logged.services.settings.public_requests_per_quarter):
        client.get("/v1/transparency/tree-head")
    report = audit(HttpSource(client, sleep=sleep), trusted=log_keys(logged.services).public())
    assert report.fault is None
    assert len(waits) == 1
    assert waits[0] > 0


def test_a_service_without_a_log_is_told_as_such(client: TestClient, empty: Logged) -> None:
    with pytest.raises(LogUnreachable, match="404"):
        HttpSource(client)
