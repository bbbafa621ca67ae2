import pytest

from api.errors import EvidenceDamaged, KeyUnavailable
from api.evidence.fields import FieldCipher
from api.evidence.keyring import Keyring


@pytest.fixture
def rings() -> list[Keyring]:
    return [Keyring.generate()]


@pytest.fixture
def cipher(rings: list[Keyring]) -> FieldCipher:
    return FieldCipher(lambda: rings[-1])


def test_a_sealed_field_opens_in_its_own_place_only(cipher: FieldCipher) -> None:
    sealed = cipher.seal("张伟 420102", context="claims.name:1")
    assert "张伟" not in sealed
    assert cipher.open(sealed, context="claims.name:1") == "张伟 420102"
    with pytest.raises(EvidenceDamaged):
        cipher.open(sealed, context="claims.name:2")


def test_the_same_text_is_never_sealed_alike(cipher: FieldCipher) -> None:
    assert cipher.seal("a", context="c") != cipher.seal("a", context="c")


@pytest.mark.parametrize("broken", ["", "v1", "v1.k", "v2.k.AAAA", "v1.k1.???", "plain text"])
def test_what_was_never_sealed_does_not_open(cipher: FieldCipher, broken: str) -> None:
    with pytest.raises((EvidenceDamaged, KeyUnavailable)):
        cipher.open(broken, context="c")


def test_rewrapped_fields_open_without_the_old_key(cipher: FieldCipher, rings: list[Keyring]) -> None:
    sealed = cipher.seal("secret", context="c")
    rings.append(rings[-1].with_new_key())
    anew = cipher.rewrap(sealed, context="c")
    assert cipher.rewrap(anew, context="c") == anew
    rings.append(rings[-1].without_old_keys())
    assert cipher.open(anew, context="c") == "secret"
    with pytest.raises(KeyUnavailable):
        cipher.open(sealed, context="c")
