"""What could be written in another way is told from what could not."""

from datetime import UTC, datetime

import pytest
from asn1crypto import algos, x509
from cryptography.hazmat.primitives.asymmetric import ec

from signing.certificates import der, self_sign, subject
from signing.spelling import is_der, is_plain_digest, is_signed_plainly

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "data",
    ["3000", "30060201000101ff", "0101ff", "02020080", "0500", "0303040ff0", "a0020500"],
)
def test_der_is_der(data: str):
    assert is_der(bytes.fromhex(data))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "nothing"),
        ("3000ff", "more after it"),
        ("308100", "a length longer than it need be"),
        ("30800000", "no length"),
        ("010101", "another truth"),
        ("0200", "no number"),
        ("02020001", "a padded number"),
        ("0202ff80", "a padded negative number"),
        ("050100", "a null with something in it"),
        ("0300", "bits that do not say how many are padding"),
        ("03020900", "more padding than a byte"),
        ("3003020200", "an element cut off"),
        ("a0" * 3 + "308100", "an element cut off within others"),
    ],
)
def test_what_is_not_der_is_not(data: str, why: str):
    assert not is_der(bytes.fromhex(data)), why


def test_nesting_without_end_is_not_der():
    data = b"\x05\x00"
    while len(data) < 100:
        data = b"\x30" + bytes([len(data)]) + data
    assert not is_der(data)


@pytest.fixture(scope="module")
def certificate() -> bytes:
    """One whose signature ends in a bit that padding could swallow."""
    key = ec.generate_private_key(ec.SECP256R1())
    while True:
        made = der(self_sign(subject("one", organization="an organ"), key, now=NOW))
        if made[-1] % 2 == 0:
            return made


def test_a_certificate_as_it_was_signed_is_plain(certificate: bytes):
    assert is_signed_plainly(x509.Certificate.load(certificate))


def test_padding_in_a_signature_is_seen(certificate: bytes):
    length = len(x509.Certificate.load(certificate)["signature_value"].contents)
    padded = bytearray(certificate)
    padded[-length] = 1
    changed = x509.Certificate.load(bytes(padded))
    assert changed["signature_value"].native == x509.Certificate.load(certificate)["signature_value"].native
    assert not is_signed_plainly(changed)


def test_another_algorithm_outside_than_inside_is_seen(certificate: bytes):
    changed = x509.Certificate.load(certificate)
    changed["signature_algorithm"] = {"algorithm": "sha384_ecdsa"}
    assert not is_signed_plainly(x509.Certificate.load(changed.dump(force=True)))


def test_a_digest_with_parameters_is_not_plain():
    """Others than NULL the parser refuses already, which is no answer either."""
    plain = algos.DigestAlgorithm({"algorithm": "sha256"}).dump()
    assert is_plain_digest(algos.DigestAlgorithm.load(plain))
    with pytest.raises(ValueError, match="Null"):
        is_plain_digest(algos.DigestAlgorithm.load(plain[:-2] + b"\x04\x00"))
