"""One contract over every EvidenceStore."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from api.db import make_engine
from api.errors import BodyTooLarge, EvidenceNotFound
from api.evidence.memory import InMemoryEvidenceStore
from api.evidence.port import UNKEPT, EvidenceStore
from api.store.metadata import all_tables
from tests.api.evidence.conftest import MovedClock, clock, encrypted_store, folder, keyring_file, new_evidence

__all__ = ["clock", "folder", "keyring_file"]

MIB = 1 << 20
SIZES = (0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 5)


def content(size: int) -> bytes:
    return bytes(at * 7 % 251 for at in range(min(size, 4096))) * (size // 4096 + 1)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, clock: MovedClock, tmp_path: Path) -> Iterator[EvidenceStore]:
    if request.param == "memory":
        numbers = iter(range(1, 1000))
        yield InMemoryEvidenceStore(clock=clock, new_id=lambda: f"evidence-{next(numbers)}")
        return
    engine = make_engine(
        request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "empty_postgres_url")
    )
    all_tables().create_all(engine)
    keyring = request.getfixturevalue("keyring_file")
    yield encrypted_store(engine, tmp_path / "evidence", keyring, clock)
    engine.dispose()


@pytest.fixture
def put(store: EvidenceStore) -> Callable[..., str]:
    def put_bytes(data: bytes, owner: str = "case:1") -> str:
        return store.put([data], new_evidence(owner)).id

    return put_bytes


@pytest.mark.parametrize("size", SIZES)
def test_what_is_put_is_what_is_read(store: EvidenceStore, size: int) -> None:
    data = content(size)[:size]
    pieces = [data[at : at + 100_000] for at in range(0, size, 100_000)]
    ref = store.put(pieces, new_evidence())
    assert (ref.size, ref.sha256) == (size, sha256(data).hexdigest())
    assert b"".join(store.open(ref.id, owner="case:1")) == data
    assert store.find(ref.id) == ref


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 1), (5, 9), (MIB - 1, MIB + 1), (MIB, 2 * MIB), (2 * MIB, None), (9 * MIB, None), (7, 7)],
)
def test_a_range_is_read_as_of_the_whole(
    store: EvidenceStore, put: Callable[..., str], start: int, end: int | None
) -> None:
    data = content(2 * MIB + 77)[: 2 * MIB + 77]
    evidence_id = put(data)
    assert b"".join(store.open(evidence_id, owner="case:1", start=start, end=end)) == data[start:end]


def test_another_owner_finds_nothing(store: EvidenceStore, put: Callable[..., str]) -> None:
    evidence_id = put(b"mine", owner="case:1")
    with pytest.raises(EvidenceNotFound):
        b"".join(store.open(evidence_id, owner="case:2"))


def test_unknown_evidence_is_not_found(store: EvidenceStore) -> None:
    with pytest.raises(EvidenceNotFound):
        store.find("none")
    with pytest.raises(EvidenceNotFound):
        store.keep_until("none", None)
    with pytest.raises(EvidenceNotFound):
        store.delete("none", reason="test")


def test_more_than_the_limit_is_refused_and_leaves_nothing(store: EvidenceStore, clock: MovedClock) -> None:
    with pytest.raises(BodyTooLarge):
        store.put([bytes(600), bytes(401)], new_evidence(limit_bytes=1000))
    clock.move(UNKEPT * 2)
    assert store.delete_due() == 0


def test_the_limit_itself_is_allowed(store: EvidenceStore) -> None:
    assert store.put([bytes(1000)], new_evidence(limit_bytes=1000)).size == 1000


def test_deletion_gives_one_receipt_however_often_it_is_asked(
    store: EvidenceStore, put: Callable[..., str], clock: MovedClock
) -> None:
    evidence_id = put(b"a face")
    receipt = store.delete(evidence_id, reason="revoked")
    clock.move(timedelta(hours=1))
    assert store.delete(evidence_id, reason="again") == receipt
    assert (receipt.evidence_id, receipt.reason) == (evidence_id, "revoked")
    with pytest.raises(EvidenceNotFound):
        store.find(evidence_id)
    with pytest.raises(EvidenceNotFound):
        b"".join(store.open(evidence_id, owner="case:1"))


def test_what_nobody_keeps_is_deleted_after_a_day(
    store: EvidenceStore, put: Callable[..., str], clock: MovedClock
) -> None:
    forgotten, kept, dated = put(b"forgotten"), put(b"kept"), put(b"dated")
    store.keep_until(kept, None)
    store.keep_until(dated, clock() + timedelta(days=30))
    clock.move(UNKEPT - timedelta(seconds=1))
    assert store.delete_due() == 0
    clock.move(timedelta(seconds=1))
    assert store.delete_due() == 1
    clock.move(timedelta(days=29))
    assert store.delete_due() == 1
    clock.move(timedelta(days=3650))
    assert store.delete_due() == 0
    assert store.find(kept).delete_after is None
    for gone in (forgotten, dated):
        with pytest.raises(EvidenceNotFound):
            store.find(gone)


def test_an_abandoned_writer_stores_nothing(store: EvidenceStore, clock: MovedClock) -> None:
    writer = store.begin(new_evidence())
    writer.write(b"half of it")
    writer.abandon()
    clock.move(UNKEPT * 2)
    assert store.delete_due() == 0


def test_check_passes(store: EvidenceStore) -> None:
    store.check()
