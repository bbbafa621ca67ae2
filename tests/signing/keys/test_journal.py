"""The journal of keys: what was added stays as it was, and what was changed shows."""

import json
import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signing.errors import JournalDamaged
from signing.keys.journal import FILE_NAME, KeyEvent, KeyJournal, RevocationReason, in_force
from signing.keys.port import KeyAlgorithm
from tests.signing.conftest import Hand

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def hand() -> Hand:
    return Hand(START)


@pytest.fixture
def journal(tmp_path: Path, hand: Hand) -> KeyJournal:
    return KeyJournal(tmp_path, hand)


def generated(purpose: str, since: datetime) -> dict[str, str | int | None]:
    return {"purpose": purpose, "algorithm": KeyAlgorithm.P256.value, "since": since.isoformat()}


def add(journal: KeyJournal, name: str, since: datetime = START) -> None:
    journal.add(KeyEvent.GENERATED, name, by="root", details=generated("log", since))


def revoke(journal: KeyJournal, name: str, since: datetime) -> None:
    details: dict[str, str | int | None] = {
        "since": since.isoformat(),
        "reason": RevocationReason.SUPERSEDED.value,
    }
    journal.add(KeyEvent.REVOKED, name, by="root", details=details)


def test_what_was_added_is_read_by_others(tmp_path: Path, hand: Hand, journal: KeyJournal):
    other = KeyJournal(tmp_path, hand)
    assert other.records() == {}
    add(journal, "log")
    journal.add(KeyEvent.LIMITED, "log", by="root", details={"limit": 5})
    assert other.records()["log"].limit == 5
    add(other, "log-2")
    assert [entry.key for entry in journal.entries()] == ["log", "log", "log-2"]
    assert [entry.number for entry in journal.entries()] == [1, 2, 3]


def test_key_in_force_is_the_last_that_is_not_revoked(journal: KeyJournal):
    week = timedelta(days=7)
    add(journal, "log")
    add(journal, "log-2", START + week)
    revoke(journal, "log-2", START + 2 * week)

    def at(moment: datetime) -> str | None:
        found = in_force(journal.records().values(), "log", moment)
        return found.name if found else None

    assert at(START - week) is None
    assert at(START) == "log"
    assert at(START + week) == "log-2"
    assert at(START + 2 * week) == "log"


@pytest.mark.parametrize("what", ["changed", "gone", "twice", "foreign", "swapped"])
def test_line_that_was_touched_shows(tmp_path: Path, hand: Hand, journal: KeyJournal, what: str):
    for name in ("log", "log-2", "log-3"):
        add(journal, name)
    path = tmp_path / FILE_NAME
    first, second, third = path.read_bytes().splitlines(keepends=True)
    contents = {
        "changed": [first.replace(b'"root"', b'"toor"'), second, third],
        "gone": [first, third],
        "twice": [first, second, second, third],
        "foreign": [first, second, b'{"number": 3}\n'],
        "swapped": [second, first, third],
    }
    path.write_bytes(b"".join(contents[what]))
    with pytest.raises(JournalDamaged, match="Line"):
        journal.records()
    with pytest.raises(JournalDamaged):
        KeyJournal(tmp_path, hand).entries()
    with pytest.raises(JournalDamaged):
        add(journal, "log-4")


def test_line_that_a_crash_left_half_written_is_dropped(tmp_path: Path, hand: Hand, journal: KeyJournal):
    add(journal, "log")
    whole = (tmp_path / FILE_NAME).read_bytes()
    with (tmp_path / FILE_NAME).open("ab") as file:
        file.write(whole[: len(whole) // 2])
    assert list(journal.records()) == ["log"]
    add(journal, "log-2")
    assert list(KeyJournal(tmp_path, hand).records()) == ["log", "log-2"]


def test_what_cannot_be_is_not_written(tmp_path: Path, journal: KeyJournal):
    add(journal, "log")
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(JournalDamaged):
        add(journal, "log")
    with pytest.raises(JournalDamaged):
        journal.add(KeyEvent.LIMITED, "absent", by="root", details={"limit": 5})
    with pytest.raises(JournalDamaged):
        journal.add(KeyEvent.LIMITED, "log", by="root", details={"limit": -1})
    revoke(journal, "log", START)
    with pytest.raises(JournalDamaged):
        revoke(journal, "log", START + timedelta(days=1))
    assert (tmp_path / FILE_NAME).read_bytes().startswith(before)
    assert len(journal.entries()) == 2


def _add_many(folder: Path, mark: str) -> None:
    journal = KeyJournal(folder, Hand(START))
    for number in range(10):
        add(journal, f"log-{mark}-{number}")


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path, journal: KeyJournal):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_add_many, args=(tmp_path, mark)) for mark in "ab"]
    for writer in writers:
        writer.start()
    _add_many(tmp_path, "c")
    for writer in writers:
        writer.join(60)
    assert len(journal.records()) == 30


def test_every_line_says_when_and_by_whom_and_names_the_line_before(tmp_path: Path, journal: KeyJournal):
    add(journal, "log")
    add(journal, "log-2")
    lines = [json.loads(line) for line in (tmp_path / FILE_NAME).read_text().splitlines()]
    assert [line["by"] for line in lines] == ["root", "root"]
    assert lines[0]["at"] == START.isoformat()
    assert lines[0]["previous"] != lines[1]["previous"]
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o077 == 0
