from pathlib import Path

import pytest

from api.errors import EvidenceDamaged, SettingsInvalid
from api.evidence.keyring import Keyring, WrappedKey


def test_a_keyring_is_read_as_it_was_written_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "keyring.json"
    ring = Keyring.generate().with_new_key()
    ring.save(file)
    assert Keyring.load(file) == ring
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["keyring.json"]


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"current": "a", "keys": {"a": "AA=="}, "digest_secret": ""}']
)
def test_a_damaged_keyring_is_refused_without_telling_what_is_in_it(tmp_path: Path, content: str) -> None:
    file = tmp_path / "keyring.json"
    file.write_text(content)
    with pytest.raises(SettingsInvalid, match=r"damaged; restore it from its backup") as refused:
        Keyring.load(file)
    assert "AA==" not in str(refused.value)


def test_a_missing_keyring_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="there is no keyring at"):
        Keyring.load(tmp_path / "keyring.json")


def test_the_first_keyring_of_two_processes_stays(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "keyring.json"
    first = Keyring.generate()
    first.save_first(file)
    Keyring.generate().save_first(file)
    assert Keyring.load(file) == first
    assert [path.name for path in file.parent.iterdir()] == ["keyring.json"]


def test_no_secret_is_shown() -> None:
    ring = Keyring.generate()
    assert ring.keys[ring.current].hex() not in repr(ring)
    assert "digest_secret" not in repr(ring)


def test_a_wrapped_key_opens_in_its_context_only() -> None:
    ring = Keyring.generate()
    wrapped = ring.wrap(b"data key", context="evidence:1")
    assert ring.unwrap(wrapped, context="evidence:1") == b"data key"
    with pytest.raises(EvidenceDamaged):
        ring.unwrap(wrapped, context="evidence:2")
    with pytest.raises(EvidenceDamaged):
        ring.unwrap(WrappedKey(wrapped.kek_id, wrapped.data[:-1]), context="evidence:1")
    with pytest.raises(EvidenceDamaged):
        ring.unwrap(WrappedKey(wrapped.kek_id, b""), context="evidence:1")


def test_digests_stay_the_same_over_a_rotation_and_part_by_part() -> None:
    ring = Keyring.generate()
    rotated = ring.with_new_key().without_old_keys()
    assert ring.digest("person", "a", "b") == rotated.digest("person", "a", "b")
    assert ring.digest("person", "ab", "") != ring.digest("person", "a", "b")
    assert ring.digest("name", "a", "b") != ring.digest("person", "a", "b")
