from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from api.db import reading
from api.errors import EvidenceNotFound
from api.evidence.store import EncryptedEvidence
from api.jobs.port import RunningJob
from api.jobs.retention import RETENTION, Retention, video_until
from api.settings import Settings
from api.store.tables.evidence import evidence_deletions
from tests.api.evidence.conftest import MovedClock, clock, encrypted_store, folder, keyring_file, new_evidence

__all__ = ["clock", "folder", "keyring_file"]

JOB = RunningJob("retention-1", RETENTION, {})
DECIDED = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def store(engine: Engine, folder: Path, keyring_file: Path, clock: MovedClock) -> EncryptedEvidence:
    return encrypted_store(engine, folder, keyring_file, clock)


def test_a_video_is_deleted_thirty_days_after_the_decision_and_frames_stay(
    engine: Engine, store: EncryptedEvidence, clock: MovedClock, folder: Path, tmp_path: Path
) -> None:
    video, frame = (store.put([data], new_evidence()) for data in (b"video", b"frame"))
    store.keep_until(video.id, video_until(Settings(data_dir=tmp_path), clock()))
    store.keep_until(frame.id, None)

    clock.move(timedelta(days=30) - timedelta(seconds=1))
    Retention(store).handle(JOB)
    assert b"".join(store.open(video.id, owner="case:1")) == b"video"

    clock.move(timedelta(seconds=1))
    for _ in range(2):
        Retention(store).handle(JOB)
    with pytest.raises(EvidenceNotFound):
        store.find(video.id)
    assert b"".join(store.open(frame.id, owner="case:1")) == b"frame"
    assert len([path for path in (folder / "objects").rglob("*") if path.is_file()]) == 1
    with reading(engine) as db:
        receipts = db.execute(select(evidence_deletions)).all()
    assert [(row.evidence_id, row.kind, row.reason) for row in receipts] == [(video.id, "video", "retention")]
    assert receipts[0].object_removed_at == clock()


def test_the_days_are_a_setting(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, retention_video_days=7)
    assert video_until(settings, DECIDED) == DECIDED + timedelta(days=7)


def test_more_than_one_batch_is_deleted_in_one_run(store: EncryptedEvidence, clock: MovedClock) -> None:
    refs = [store.put([bytes([n])], new_evidence()) for n in range(105)]
    clock.move(timedelta(days=2))
    Retention(store).handle(JOB)
    for ref in refs:
        with pytest.raises(EvidenceNotFound):
            store.find(ref.id)
