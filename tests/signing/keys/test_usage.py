from pathlib import Path

import pytest

from signing.errors import KeyExhausted, KeyMissing, KeyUnavailable
from signing.keys import EncryptedKeyFolder
from signing.keys.usage import CountedKeys


@pytest.fixture
def store(tmp_path: Path) -> EncryptedKeyFolder:
    keys = EncryptedKeyFolder(tmp_path / "keys", b"correct horse")
    keys.generate("seal")
    return keys


def test_every_signature_is_counted_and_the_count_stays(tmp_path: Path, store: EncryptedKeyFolder):
    counted = CountedKeys(store, tmp_path)
    counted.sign("seal", b"one")
    counted.sign("seal", b"two")
    assert CountedKeys(store, tmp_path).uses("seal") == 2


def test_key_stops_at_its_limit(tmp_path: Path, store: EncryptedKeyFolder):
    counted = CountedKeys(store, tmp_path)
    counted.sign("seal", b"one")
    counted.set_limit("seal", 2)
    counted.sign("seal", b"two")
    with pytest.raises(KeyExhausted):
        counted.sign("seal", b"three")
    counted.set_limit("seal", None)
    counted.sign("seal", b"three")


@pytest.mark.parametrize("content", ["", "[]", '{"uses": "2", "limit": null}', "{"])
def test_unreadable_count_stops_the_key(tmp_path: Path, store: EncryptedKeyFolder, content: str):
    (tmp_path / "seal.uses.json").write_text(content)
    with pytest.raises(KeyUnavailable):
        CountedKeys(store, tmp_path).sign("seal", b"one")


def test_absent_key_is_not_counted(tmp_path: Path, store: EncryptedKeyFolder):
    counted = CountedKeys(store, tmp_path)
    with pytest.raises(KeyMissing):
        counted.sign("absent", b"one")
    assert counted.uses("absent") == 0
    with pytest.raises(KeyMissing):
        counted.uses("../seal")
