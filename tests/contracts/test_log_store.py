"""One contract for the log of seals: in memory, on SQLite, on PostgreSQL; and many who append at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Event

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from api.db import make_engine, reading, transaction
from api.store.metadata import all_tables
from api.store.transparency import SqlLogStore
from signing.errors import LogBroken, LogEntryNotFound, LogHeadNotFound, LogRangeInvalid
from signing.transparency.entries import LogEvent
from signing.transparency.heads import TreeHead, verify_head
from signing.transparency.log import FRESH_FOR, SealLog
from signing.transparency.memory import InMemoryLogStore
from signing.transparency.merkle import (
    MemoryNodes,
    completed_by,
    root,
    verify_consistency,
    verify_inclusion,
)
from tests.signing.transparency.builders import Now, issue, make_log, make_signer

AT_ONCE = 12


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def log(request: pytest.FixtureRequest, now: Now) -> Iterator[SealLog]:
    if request.param == "memory":
        yield make_log(InMemoryLogStore(), now)
        return
    engine = make_engine(
        request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "empty_postgres_url")
    )
    all_tables().create_all(engine)
    with transaction(engine) as db:
        yield make_log(SqlLogStore(db), now)
    engine.dispose()


def reference(log: SealLog) -> Callable[[int], bytes]:
    """Roots computed anew from the leaves."""
    nodes = MemoryNodes()
    for entry in log.store.entries(0, log.store.size()):
        for place in list(completed_by(nodes, entry.index, entry.leaf.hash)):
            nodes.add(*place)
    return lambda size: root(nodes, size)


def test_entries_follow_one_another_and_every_proof_holds(log: SealLog) -> None:
    entries = [issue(log) for _ in range(11)]
    assert [entry.index for entry in entries] == list(range(11))
    assert log.store.entries(0, 99) == tuple(entries)
    assert log.store.entries(3, 5) == tuple(entries[3:5])
    assert log.store.texts(3, 4) == ((3, entries[3].leaf.text),)
    root_of = reference(log)
    for size in range(1, 12):
        assert log.root(size) == root_of(size)
        for entry in entries[:size]:
            found = log.inclusion(entry.index, tree_size=size)
            assert found.entry == entry
            verify_inclusion(
                leaf=entry.leaf.hash, index=entry.index, size=size, proof=found.path, root_hash=root_of(size)
            )
        for first in range(1, size + 1):
            verify_consistency(
                first=first,
                first_root=root_of(first),
                second=size,
                second_root=root_of(size),
                proof=log.consistency(first, size),
            )


def test_entries_are_found_by_hash_and_by_number(log: SealLog) -> None:
    entry = issue(log, "JY24201020000018")
    issue(log, "JY24201020000026")
    ended = log.revoke("JY24201020000018")
    assert log.store.index_of(ended.leaf.hash) == 2
    found = log.store.of_number("JY24201020000018")
    assert [known for known, _ in found] == [entry, ended]
    assert all(opening.opens(known.leaf) for known, opening in found)
    assert [opening.number for _, opening in log.store.openings(0, 2)] == [
        "JY24201020000018",
        "JY24201020000026",
    ]
    assert log.store.of_number("JY24201020000034") == ()
    with pytest.raises(LogEntryNotFound):
        log.store.index_of(bytes(32))


def test_a_certificate_is_issued_once_and_ends_once(log: SealLog) -> None:
    old, new, other = issue(log, "JY1"), issue(log, "JY2"), issue(log, "JY3")
    with pytest.raises(LogBroken, match="already"):
        issue(log, "JY1")
    with pytest.raises(LogEntryNotFound):
        log.revoke("JY9")
    replaced = log.revoke("JY1", successor="JY2")
    assert replaced.leaf.event is LogEvent.REPLACED
    assert (replaced.leaf.certificate, replaced.leaf.successor) == (
        old.leaf.certificate,
        new.leaf.certificate,
    )
    revoked = log.revoke("JY3")
    assert (revoked.leaf.event, revoked.leaf.certificate) == (LogEvent.REVOKED, other.leaf.certificate)
    for number, successor in (("JY1", ""), ("JY3", "JY2"), ("JY2", "JY3")):
        with pytest.raises(LogBroken, match="ended already"):
            log.revoke(number, successor=successor)
    assert log.store.size() == 5


def test_times_never_go_back(log: SealLog, now: Now) -> None:
    first = issue(log)
    now.move(seconds=-3)
    assert issue(log).leaf.at == first.leaf.at


def test_heads_are_signed_where_the_log_has_grown_and_once_a_day(
    log: SealLog, now: Now, tmp_path: Path
) -> None:
    signer = make_signer(tmp_path / "keys")
    with pytest.raises(LogHeadNotFound):
        log.store.latest_head()
    assert log.sign_head(signer) is None
    issue(log)
    first = log.sign_head(signer)
    assert first is not None
    assert log.sign_head(signer) is None
    now.move(minutes=-1)
    issue(log)
    second = log.sign_head(signer)
    assert second is not None
    assert second.head.timestamp_ms >= first.head.timestamp_ms
    now.move(seconds=FRESH_FOR.total_seconds() + 60)
    third = log.sign_head(signer)
    assert third is not None
    assert [signed.head.tree_size for signed in (first, second, third)] == [1, 2, 2]
    root_of = reference(log)
    for signed in (first, second, third):
        head = verify_head(signed, public_key_info=signer.public_key_info())
        assert head.root_hash == root_of(head.tree_size)
    assert log.store.heads(after=0, limit=9) == (first, second, third)
    assert log.store.heads(after=1, limit=1) == (second,)
    assert log.store.latest_head() == third
    assert (log.store.head_of(1), log.store.head_of(2)) == (first, third)
    with pytest.raises(LogHeadNotFound):
        log.store.head_of(3)
    assert third.head.at - second.head.at == timedelta(hours=24)


def test_ranges_that_are_none_are_refused(log: SealLog) -> None:
    issue(log)
    for first, second in ((0, 1), (2, 1), (1, 2), (-1, 1)):
        with pytest.raises(LogRangeInvalid):
            log.consistency(first, second)
    for index, size, error in ((0, 0, LogRangeInvalid), (0, 2, LogRangeInvalid), (1, 1, LogEntryNotFound)):
        with pytest.raises(error):
            log.inclusion(index, tree_size=size)


def test_a_log_that_lost_or_changed_entries_signs_no_head(log: SealLog, now: Now, tmp_path: Path) -> None:
    signer, fork = make_signer(tmp_path / "keys"), make_log()
    for _ in range(3):
        issue(log)
        issue(fork)
    longer = signer.sign(at=now(), tree_size=9, root_hash=bytes(32))
    with pytest.raises(LogBroken, match="some are lost"):
        log.require_extends(longer.head)
    with pytest.raises(LogBroken, match="are not those"):
        log.require_extends(signer.sign(at=now(), tree_size=2, root_hash=fork.root(2)).head)
    log.store.add_head(longer)
    with pytest.raises(LogBroken):
        log.sign_head(signer)


def test_many_who_append_at_once_leave_no_gap_and_share_no_place(engine: Engine) -> None:
    barrier = Barrier(AT_ONCE)

    def append(worker: int) -> list[int]:
        places = []
        for number in range(5):
            barrier.wait()
            with transaction(engine) as db:
                log = SealLog(SqlLogStore(db), now=Now(), random_bytes=lambda size: bytes([worker]) * size)
                places.append(issue(log, f"JY{worker:03}{number:03}").index)
                if worker % 4 == 3:
                    db.rollback()
                    places.pop()
                    break
        return places

    def run(worker: int) -> list[int]:
        try:
            return append(worker)
        finally:
            if worker % 4 == 3:
                for _ in range(4):
                    barrier.wait()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        places = [place for found in pool.map(run, range(AT_ONCE)) for place in found]
    with transaction(engine) as db:
        log = make_log(SqlLogStore(db))
        assert sorted(places) == list(range(log.store.size()))
        assert [entry.index for entry in log.store.entries(0, 999)] == list(range(len(places)))
        assert log.root(len(places)) == reference(log)(len(places))
        for index in range(len(places)):
            log.inclusion(index, tree_size=len(places))


def test_proofs_hold_while_others_append_and_heads_are_signed(engine: Engine, tmp_path: Path) -> None:
    """Whoever reads sees one moment: the newest head, and a path to its very root, from head to head."""
    signer, done = make_signer(tmp_path), Event()
    with transaction(engine) as db:
        issue(make_log(SqlLogStore(db)), "JY000000")
        make_log(SqlLogStore(db)).sign_head(signer)

    def append(worker: int) -> None:
        for number in range(6):
            with transaction(engine) as db:
                log = SealLog(SqlLogStore(db), now=Now(), random_bytes=lambda size: bytes([worker]) * size)
                issue(log, f"JY{worker:03}{number:03}")
                log.sign_head(signer)

    def read() -> list[int]:
        seen: list[TreeHead] = []
        while not (done.is_set() and seen):
            with reading(engine) as db:
                log = make_log(SqlLogStore(db))
                head = verify_head(log.store.latest_head(), public_key_info=signer.public_key_info())
                for entry in log.store.entries(0, head.tree_size):
                    proof = log.inclusion(entry.index, tree_size=head.tree_size)
                    verify_inclusion(
                        leaf=entry.leaf.hash,
                        index=entry.index,
                        size=head.tree_size,
                        proof=proof.path,
                        root_hash=head.root_hash,
                    )
                if seen:
                    verify_consistency(
                        first=seen[-1].tree_size,
                        first_root=seen[-1].root_hash,
                        second=head.tree_size,
                        second_root=head.root_hash,
                        proof=log.consistency(seen[-1].tree_size, head.tree_size),
                    )
            seen.append(head)
        return [head.tree_size for head in seen]

    with ThreadPoolExecutor(6) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        list(pool.map(append, range(1, 4)))
        done.set()
        sizes = [reader.result() for reader in readers]
    assert all(found == sorted(found) for found in sizes)
    with reading(engine) as db:
        assert make_log(SqlLogStore(db)).store.latest_head().head.tree_size == 19


def test_the_database_itself_refuses_a_second_issue_or_a_second_end(engine: Engine) -> None:
    with transaction(engine) as db:
        log = make_log(SqlLogStore(db))
        issue(log, "JY1")
        log.revoke("JY1")
        issue(log, "JY2")
    row = text("UPDATE log_openings SET number = 'JY1' WHERE position = 2")
    with pytest.raises(IntegrityError), transaction(engine) as db:
        db.execute(row)
    with transaction(engine) as db:
        make_log(SqlLogStore(db)).revoke("JY2")
    with pytest.raises(IntegrityError), transaction(engine) as db:
        db.execute(text("UPDATE log_openings SET number = 'JY1', event = 'replaced' WHERE position = 3"))
