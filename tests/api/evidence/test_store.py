import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select, update

from api import db
from api.errors import EvidenceDamaged, EvidenceError, EvidenceNotFound, KeyUnavailable
from api.evidence import rows
from api.evidence.chunks import SEALED_CHUNK_BYTES, TAG_BYTES
from api.evidence.keyring import Keyring
from api.evidence.store import EncryptedEvidence
from api.store.tables.evidence import evidence, evidence_deletions
from tests.api.evidence.conftest import MovedClock, encrypted_store, new_evidence

DATA = bytes(range(256)) * 10_000  # 2.44 MiB: three chunks
Damage = Callable[[bytearray], None]


@pytest.fixture
def store(sqlite_engine: Engine, folder: Path, keyring_file: Path, clock: MovedClock) -> EncryptedEvidence:
    return encrypted_store(sqlite_engine, folder, keyring_file, clock)


def only_object(folder: Path) -> Path:
    (found,) = (path for path in (folder / "objects").rglob("*") if path.is_file())
    return found


def read(store: EncryptedEvidence, evidence_id: str, owner: str = "case:1") -> bytes:
    return b"".join(store.open(evidence_id, owner=owner))


def test_nothing_readable_is_on_disk(store: EncryptedEvidence, folder: Path, sqlite_url: str) -> None:
    store.put([b"plain words of a person " * 1000], new_evidence())
    assert b"plain words" not in only_object(folder).read_bytes()
    assert not list((folder / "incoming").iterdir())


def flip(data: bytearray) -> None:
    data[SEALED_CHUNK_BYTES + 3] ^= 1


def cut_at_a_chunk(data: bytearray) -> None:
    del data[SEALED_CHUNK_BYTES:]


def cut_within(data: bytearray) -> None:
    del data[-1:]


def reorder(data: bytearray) -> None:
    first, second = data[:SEALED_CHUNK_BYTES], data[SEALED_CHUNK_BYTES : 2 * SEALED_CHUNK_BYTES]
    data[: 2 * SEALED_CHUNK_BYTES] = second + first


def repeat(data: bytearray) -> None:
    data[SEALED_CHUNK_BYTES : 2 * SEALED_CHUNK_BYTES] = data[:SEALED_CHUNK_BYTES]


def append(data: bytearray) -> None:
    data += bytes(TAG_BYTES)


@pytest.mark.parametrize("damage", [flip, cut_at_a_chunk, cut_within, reorder, repeat, append])
def test_damage_is_noticed(store: EncryptedEvidence, folder: Path, damage: Damage) -> None:
    ref = store.put([DATA], new_evidence())
    stored = only_object(folder)
    data = bytearray(stored.read_bytes())
    damage(data)
    stored.write_bytes(data)
    with pytest.raises(EvidenceDamaged):
        read(store, ref.id)


def test_a_row_cut_to_fit_a_cut_object_is_noticed(
    store: EncryptedEvidence, folder: Path, sqlite_engine: Engine
) -> None:
    ref = store.put([DATA], new_evidence())
    stored = only_object(folder)
    stored.write_bytes(stored.read_bytes()[:SEALED_CHUNK_BYTES])
    with db.transaction(sqlite_engine) as connection:
        connection.execute(update(evidence).values(size=SEALED_CHUNK_BYTES - TAG_BYTES))
    with pytest.raises(EvidenceDamaged):
        read(store, ref.id)


def test_objects_that_were_swapped_are_noticed(store: EncryptedEvidence, sqlite_engine: Engine) -> None:
    mine, other = (store.put([data], new_evidence()) for data in (DATA, DATA[::-1]))
    with db.transaction(sqlite_engine) as connection:
        digests = {row.id: row.stored_sha256 for row in connection.execute(select(evidence))}
        for ref, digest in ((mine, digests[other.id]), (other, digests[mine.id])):
            connection.execute(update(evidence).where(evidence.c.id == ref.id).values(stored_sha256=digest))
    with pytest.raises(EvidenceDamaged):
        read(store, mine.id)


def test_a_row_given_to_another_owner_does_not_open(store: EncryptedEvidence, sqlite_engine: Engine) -> None:
    ref = store.put([DATA], new_evidence("case:1"))
    with db.transaction(sqlite_engine) as connection:
        connection.execute(update(evidence).values(owner="case:2"))
    with pytest.raises(EvidenceDamaged):
        read(store, ref.id, owner="case:2")


def test_an_object_that_is_gone_is_damage(store: EncryptedEvidence, folder: Path) -> None:
    ref = store.put([DATA], new_evidence())
    only_object(folder).unlink()
    with pytest.raises(EvidenceDamaged):
        read(store, ref.id)


def test_a_key_that_is_not_in_the_keyring_is_said(store: EncryptedEvidence, keyring_file: Path) -> None:
    ref = store.put([DATA], new_evidence())
    Keyring.generate().save(keyring_file)
    with pytest.raises(KeyUnavailable):
        read(store, ref.id)


def test_deletion_destroys_the_key_and_removes_the_object(
    store: EncryptedEvidence, folder: Path, sqlite_engine: Engine
) -> None:
    ref = store.put([DATA], new_evidence())
    stored = only_object(folder)
    receipt = store.delete(ref.id, reason="retention")
    assert receipt.stored_sha256 == stored.name
    assert not stored.exists()
    with db.reading(sqlite_engine) as connection:
        row = connection.execute(select(evidence.c.wrapped_key, evidence.c.kek_id)).one()
        removed = connection.execute(select(evidence_deletions.c.object_removed_at)).scalar_one()
    assert tuple(row) == (None, None)
    assert removed is not None


def test_a_copy_of_a_deleted_object_opens_no_more(
    store: EncryptedEvidence, folder: Path, sqlite_engine: Engine
) -> None:
    ref = store.put([DATA], new_evidence())
    stored = only_object(folder)
    copy = stored.read_bytes()
    store.delete(ref.id, reason="retention")
    stored.write_bytes(copy)
    with db.transaction(sqlite_engine) as connection:
        connection.execute(update(evidence).values(deleted_at=None))
    with pytest.raises(EvidenceNotFound):
        read(store, ref.id)


def test_a_deletion_cut_short_after_the_key_is_finished_later(
    store: EncryptedEvidence, folder: Path, sqlite_engine: Engine
) -> None:
    ref = store.put([DATA], new_evidence())
    stored = only_object(folder)
    copy = stored.read_bytes()
    store.delete(ref.id, reason="retention")
    # As if the process had died between the key and the object.
    stored.write_bytes(copy)
    with db.transaction(sqlite_engine) as connection:
        connection.execute(update(evidence_deletions).values(object_removed_at=None))
    assert store.delete_due() == 1
    assert not stored.exists()
    assert store.delete_due() == 0


def test_what_cannot_be_deleted_does_not_keep_the_rest_alive(
    store: EncryptedEvidence, folder: Path, clock: MovedClock
) -> None:
    stuck, other = (store.put([data], new_evidence()) for data in (DATA, DATA[::-1]))
    (stored,) = (path for path in (folder / "objects").rglob("*") if path.name == digest_of(store, stuck.id))
    stored.unlink()
    (stored / "in-the-way").mkdir(parents=True)
    clock.move(timedelta(days=2))
    assert store.delete_due() == 1
    for ref in (stuck, other):
        with pytest.raises(EvidenceNotFound):
            store.find(ref.id)
    (stored / "in-the-way").rmdir()
    stored.rmdir()
    assert store.delete_due() == 1


def digest_of(store: EncryptedEvidence, evidence_id: str) -> str:
    with db.reading(store._parts.engine) as connection:
        return rows.find(connection, evidence_id).stored_sha256


def test_two_deletions_at_the_same_moment_leave_one_receipt(
    engine: Engine, folder: Path, keyring_file: Path, clock: MovedClock
) -> None:
    shared = encrypted_store(engine, folder, keyring_file, clock)
    ref = shared.put([DATA], new_evidence())
    with ThreadPoolExecutor(1) as pool, db.transaction(engine) as connection:
        first = rows.destroy_key(connection, ref.id, reason="consent taken back", at=clock())
        second = pool.submit(shared.delete, ref.id, reason="retention")
        time.sleep(0.2)
        connection.commit()
        assert second.result(timeout=20) == first


def test_a_key_destroyed_while_it_is_wrapped_anew_stays_destroyed(
    store: EncryptedEvidence, sqlite_engine: Engine, keyring_file: Path
) -> None:
    ref = store.put([DATA], new_evidence())
    with db.reading(sqlite_engine) as connection:
        (read_before,) = rows.wrapped_otherwise(connection, current="another")
    store.delete(ref.id, reason="retention")
    with db.transaction(sqlite_engine) as connection:
        rows.replace_key(connection, ref.id, read_before.key)
        assert connection.execute(select(evidence.c.wrapped_key)).scalar_one() is None


def test_sweep_removes_what_no_row_names_and_nothing_else(
    store: EncryptedEvidence, folder: Path, sqlite_engine: Engine, clock: MovedClock
) -> None:
    kept, orphan = (store.put([data], new_evidence()) for data in (DATA, DATA[::-1]))
    (folder / "incoming" / "begun").write_bytes(b"half")
    with db.transaction(sqlite_engine) as connection:
        connection.execute(delete(evidence).where(evidence.c.id == orphan.id))
    for path in folder.rglob("*"):
        os.utime(path, (clock().timestamp(), clock().timestamp()))
    assert store.sweep() == 0
    clock.move(timedelta(days=1, seconds=1))
    assert store.sweep() == 2
    assert read(store, kept.id) == DATA


def test_rewrap_lets_the_old_key_go_and_touches_no_object(
    store: EncryptedEvidence, folder: Path, keyring_file: Path
) -> None:
    refs = [store.put([DATA, bytes([n])], new_evidence()) for n in range(3)]
    before = {path: path.stat().st_mtime_ns for path in (folder / "objects").rglob("*")}
    Keyring.load(keyring_file).with_new_key().save(keyring_file)
    assert store.rewrap() == 3
    assert store.rewrap() == 0
    Keyring.load(keyring_file).without_old_keys().save(keyring_file)
    assert [read(store, ref.id)[-1] for ref in refs] == [0, 1, 2]
    assert {path: path.stat().st_mtime_ns for path in (folder / "objects").rglob("*")} == before


def test_check_says_when_nothing_can_be_written(store: EncryptedEvidence, folder: Path) -> None:
    (folder / "incoming").rmdir() if (folder / "incoming").exists() else None
    (folder / "incoming").write_text("a file where a folder should be")
    with pytest.raises(EvidenceError):
        store.check()


STREAM = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from itertools import count
from api.db import make_engine
from api.store.metadata import all_tables
from tests.api.evidence.conftest import MovedClock, encrypted_store, new_evidence
from api.evidence.keyring import Keyring
folder = Path(sys.argv[1])
Keyring.generate().save(folder / "keyring.json")
engine = make_engine(f"sqlite:///{folder / 'db.sqlite3'}")
all_tables().create_all(engine)
store = encrypted_store(engine, folder / "evidence", folder / "keyring.json", MovedClock())
store.put([b"warm"], new_evidence())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
ref = store.put((bytes(1 << 18) for _ in range(4 * 192)), new_evidence())
size = sum(len(piece) for piece in store.open(ref.id, owner="case:1"))
print(size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.slow
def test_192_mib_pass_through_in_little_memory(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STREAM, str(tmp_path)], capture_output=True, text=True, check=True, timeout=120
    )
    size, grown_kib = map(int, done.stdout.split())
    assert size == 192 << 20
    assert grown_kib < 48 << 10
