"""A store of encrypted evidence in a temporary folder, with a clock that tests move."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.evidence.keyring import Keyring
from api.evidence.objects import FolderObjects
from api.evidence.port import EvidenceKind, NewEvidence
from api.evidence.store import EncryptedEvidence, EvidenceParts


@dataclass
class MovedClock:
    """A clock that stands still until a test moves it."""

    now: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


@pytest.fixture
def keyring_file(tmp_path: Path) -> Path:
    file = tmp_path / "keys" / "keyring.json"
    Keyring.generate().save(file)
    return file


def encrypted_store(engine: Engine, folder: Path, keyring_file: Path, clock: MovedClock) -> EncryptedEvidence:
    numbers = count(1)
    return EncryptedEvidence(
        EvidenceParts(
            engine=engine,
            objects=FolderObjects(folder),
            keyring=lambda: Keyring.load(keyring_file),
            clock=clock,
            new_id=lambda: f"evidence-{next(numbers)}",
            random_bytes=os.urandom,
        )
    )


def new_evidence(owner: str = "case:1", limit_bytes: int = 1 << 30) -> NewEvidence:
    return NewEvidence(owner=owner, kind=EvidenceKind.VIDEO, media_type="video/mp4", limit_bytes=limit_bytes)
