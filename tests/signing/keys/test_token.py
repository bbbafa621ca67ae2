"""Keys on a real PKCS#11 token (SoftHSM)."""

from collections.abc import Iterator
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from pkcs11.constants import Attribute, ObjectClass

from signing.errors import KeyMissing, KeyPassphraseWrong, KeyUnavailable
from signing.keys.port import KeyAlgorithm
from signing.keys.token import TokenKeyStore
from tests.softhsm import LABEL, PIN


@pytest.fixture
def store(module: Path) -> Iterator[TokenKeyStore]:
    with TokenKeyStore(module, LABEL, PIN) as store:
        yield store


def test_key_made_on_the_token_signs(store: TokenKeyStore):
    store.generate("signs")
    signature = store.sign("signs", b"attributes")
    store.public_key("signs").verify(signature, b"attributes", ec.ECDSA(hashes.SHA256()))
    assert store.algorithm("signs") is KeyAlgorithm.P256
    assert store.public_key_info("signs")[:1] == b"\x30"


def test_key_cannot_be_read_from_the_token(store: TokenKeyStore, module: Path):
    store.generate("stays")
    store.close()
    with pkcs11.lib(str(module)).get_token(token_label=LABEL).open(user_pin=PIN.decode()) as session:
        key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label="stays")
        assert key[Attribute.SENSITIVE] is True
        assert key[Attribute.EXTRACTABLE] is False
        with pytest.raises(pkcs11.exceptions.PKCS11Error):
            key[Attribute.VALUE]


def test_key_is_never_overwritten(store: TokenKeyStore):
    store.generate("once")
    with pytest.raises(KeyUnavailable, match="never overwritten"):
        store.generate("once")


def test_absent_key_is_missing(store: TokenKeyStore):
    assert not store.has("absent")
    with pytest.raises(KeyMissing):
        store.sign("absent", b"attributes")


def test_wrong_pin_is_refused(module: Path):
    with TokenKeyStore(module, LABEL, b"0000-0000") as store, pytest.raises(KeyPassphraseWrong):
        store.sign("signs", b"attributes")


def test_absent_token_and_module_are_named(module: Path, tmp_path: Path):
    with TokenKeyStore(module, "elsewhere", PIN) as store, pytest.raises(KeyUnavailable, match="elsewhere"):
        store.sign("signs", b"attributes")
    with (
        TokenKeyStore(tmp_path / "no-module", LABEL, PIN) as store,
        pytest.raises(KeyUnavailable, match="no-module"),
    ):
        store.sign("signs", b"attributes")


# The library complains, where nobody hears it, that its search ended with the session.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_session_that_was_closed_is_opened_again(store: TokenKeyStore):
    store.generate("again")
    store._session.close()  # type: ignore[union-attr]  # as a token that was unplugged
    assert store.sign("again", b"attributes")


def test_pin_stays_out_of_the_repr(module: Path):
    assert PIN.decode() not in repr(TokenKeyStore(module, LABEL, PIN))
