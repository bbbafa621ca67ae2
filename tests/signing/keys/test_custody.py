"""Keys in custody: only recorded keys sign, each signature counts, and revoked keys stop."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from signing.errors import KeyExhausted, KeyMissing, KeyPassphraseWrong, KeyRevoked, KeyUnavailable
from signing.keys import EncryptedKeyFolder, KeyAlgorithm
from signing.keys.custody import KeyCustody, purpose_of
from signing.keys.journal import KeyEvent, RevocationReason
from tests.signers import PASSPHRASE, make_custody
from tests.signing.conftest import Hand

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def hand() -> Hand:
    return Hand(START)


@pytest.fixture
def custody(tmp_path: Path, hand: Hand) -> KeyCustody:
    return make_custody(tmp_path, hand)


def make(custody: KeyCustody, purpose: str = "seal-organ", since: datetime | None = None) -> str:
    return custody.make(purpose, algorithm=KeyAlgorithm.P256, since=since, by="root").name


def test_made_key_signs_and_is_counted(custody: KeyCustody):
    name = make(custody)
    signature = custody.sign(name, b"attributes")
    custody.public_key(name).verify(signature, b"attributes", ec.ECDSA(hashes.SHA256()))
    (state,) = custody.states()
    assert (state.record.name, state.uses, state.is_current) == ("seal-organ", 1, True)


def test_later_key_takes_over_at_its_date_and_the_older_stays(custody: KeyCustody, hand: Hand):
    first = make(custody)
    second = make(custody, since=START + timedelta(days=3))
    assert purpose_of(second) == "seal-organ"
    assert custody.current("seal-organ") == first
    hand.now += timedelta(days=3)
    assert custody.current("seal-organ") == second
    assert custody.public_key_info(first) != custody.public_key_info(second)


def test_revoked_key_signs_until_its_date_and_never_after(custody: KeyCustody, hand: Hand):
    name = make(custody)
    since = START + timedelta(hours=1)
    custody.revoke(name, since=since, reason=RevocationReason.KEY_COMPROMISE, by="root")
    assert custody.sign(name, b"before")
    hand.now = since
    with pytest.raises(KeyRevoked, match="2026-03-02 02:00"):
        custody.sign(name, b"after")
    assert custody.counts.uses(name) == 1
    with pytest.raises(KeyMissing, match="in force"):
        custody.current("seal-organ")


def test_revocation_is_brought_forward_and_never_put_off(custody: KeyCustody):
    name = make(custody)
    reason = RevocationReason.SUPERSEDED
    custody.revoke(name, since=START + timedelta(days=9), reason=reason, by="root")
    with pytest.raises(KeyUnavailable, match="is revoked"):
        custody.revoke(name, since=START + timedelta(days=10), reason=reason, by="root")
    custody.revoke(name, since=START, reason=RevocationReason.KEY_COMPROMISE, by="root")
    assert custody.record(name).reason is RevocationReason.KEY_COMPROMISE


def test_limit_holds_across_restarts(tmp_path: Path, custody: KeyCustody, hand: Hand):
    name = make(custody)
    custody.set_limit(name, 2, by="root")
    custody.sign(name, b"one")
    again = make_custody(tmp_path, hand)
    again.sign(name, b"two")
    with pytest.raises(KeyExhausted, match="make a new one"):
        again.sign(name, b"three")
    again.set_limit(name, None, by="root")
    assert again.sign(name, b"three")


def test_key_file_that_was_put_there_does_not_sign_until_it_is_recorded(tmp_path: Path, custody: KeyCustody):
    EncryptedKeyFolder(tmp_path / "keys", PASSPHRASE).generate("brought")
    with pytest.raises(KeyMissing, match="novisit keys adopt brought"):
        custody.sign("brought", b"attributes")
    custody.adopt("brought", purpose="records", since=None, by="root")
    assert custody.sign("brought", b"attributes")
    assert custody.current("records") == "brought"
    with pytest.raises(KeyUnavailable, match="recorded already"):
        custody.adopt("brought", purpose="records", since=None, by="root")


def test_key_that_cannot_be_opened_uses_nothing_up(tmp_path: Path, custody: KeyCustody, hand: Hand):
    name = make(custody)
    locked = KeyCustody(EncryptedKeyFolder(tmp_path / "keys", b"another"), tmp_path, hand)
    with pytest.raises(KeyPassphraseWrong):
        locked.sign(name, b"attributes")
    assert locked.counts.uses(name) == 0


def test_name_that_was_counted_before_is_not_used_again(tmp_path: Path, custody: KeyCustody):
    make(custody)
    (tmp_path / "keys" / "seal-organ.key").unlink()
    (tmp_path / "keys.log").unlink()
    with pytest.raises(KeyUnavailable, match="counted before"):
        custody.generate("seal-organ")


@pytest.mark.parametrize("purpose", ["", "../seal", "seal organ", ".seal", "a" * 82])
def test_purpose_that_cannot_name_a_file_is_refused(custody: KeyCustody, purpose: str):
    with pytest.raises(KeyUnavailable, match="purpose"):
        make(custody, purpose)


def test_journal_holds_no_secret(tmp_path: Path, custody: KeyCustody):
    name = make(custody)
    custody.set_limit(name, 3, by="root")
    custody.revoke(name, since=START, reason=RevocationReason.UNSPECIFIED, by="root")
    assert [entry.event for entry in custody.journal.entries()] == [
        KeyEvent.GENERATED,
        KeyEvent.LIMITED,
        KeyEvent.REVOKED,
    ]
    written = (tmp_path / "keys.log").read_bytes()
    assert PASSPHRASE not in written
    assert b"PRIVATE KEY" not in written
