"""SM2 against the example of the standard, against OpenSSL, and against signatures with two spellings."""

import subprocess
from pathlib import Path

import pytest
from asn1crypto import keys
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.errors import KeyUnavailable
from signing.gm.sm2 import Signature, Sm2PrivateKey, Sm2PublicKey, is_strict, sm3

# GB/T 32918.5, annex A.2: signature of "message digest" on the recommended curve.
SECRET = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"
POINT = (
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
MESSAGE = b"message digest"
OPENSSL = ("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678")

STANDARD_KEY = Sm2PrivateKey(bytes.fromhex(SECRET), Sm2PublicKey(bytes.fromhex(POINT)))


def spelled(r: int, s: int) -> bytes:
    return bytes(Signature({"r": r, "s": s}).dump())


def test_sm3_of_the_standards_example():
    # GB/T 32905, annex A.1
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_signature_of_the_standards_example_verifies():
    assert STANDARD_KEY.public.verifies(MESSAGE, spelled(R, S))
    assert not STANDARD_KEY.public.verifies(MESSAGE + b".", spelled(R, S))
    assert not STANDARD_KEY.public.verifies(MESSAGE, spelled(R, S - 1))


@settings(max_examples=25)
@given(data=st.binary(max_size=200))
def test_what_is_signed_verifies_with_its_key_alone(data: bytes):
    key, other = Sm2PrivateKey.generate(), Sm2PrivateKey.generate()
    signature = key.sign(data)
    assert key.public.verifies(data, signature)
    assert not key.public.verifies(data + b"\0", signature)
    assert not other.public.verifies(data, signature)


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        b"no signature",
        spelled(R, S) + b"\0",
        spelled(R, S)[:-1],
        spelled(0, S),
        spelled(R, 0),
        spelled(R + ORDER, S),
        spelled(R, ORDER),
        spelled(-R, S),
        b"\x30\x81" + spelled(R, S)[1:],
    ],
)
def test_signature_has_one_spelling(signature: bytes):
    assert not is_strict(signature)
    assert not STANDARD_KEY.public.verifies(MESSAGE, signature)


@pytest.mark.slow
def test_openssl_agrees_both_ways(tmp_path: Path):
    key = Sm2PrivateKey.generate()
    (tmp_path / "key.der").write_bytes(key.pkcs8)
    (tmp_path / "public.der").write_bytes(key.public.info.dump())
    (tmp_path / "data").write_bytes(MESSAGE)
    (tmp_path / "ours").write_bytes(key.sign(MESSAGE))

    def openssl(*arguments: str) -> str:
        command = ["openssl", "pkeyutl", *arguments, *OPENSSL, "-in", "data"]
        finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        return finished.stdout

    public = ("-verify", "-pubin", "-keyform", "DER", "-inkey", "public.der")
    assert "Verified Successfully" in openssl(*public, "-sigfile", "ours")
    openssl("-sign", "-keyform", "DER", "-inkey", "key.der", "-out", "theirs")
    assert key.public.verifies(MESSAGE, (tmp_path / "theirs").read_bytes())


def test_key_survives_pkcs8_and_shows_itself_nowhere():
    key = Sm2PrivateKey.generate()
    assert Sm2PrivateKey.from_pkcs8(key.pkcs8) == key
    assert key.secret.hex() not in repr(key)
    assert str(int.from_bytes(key.secret)) not in repr(key)


def test_public_key_survives_its_encoding():
    info = keys.PublicKeyInfo.load(STANDARD_KEY.public.info.dump())
    assert Sm2PublicKey.from_info(info) == STANDARD_KEY.public


def pkcs8_of_p256() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize(
    "der", [b"", b"\x30\x00", pkcs8_of_p256(), STANDARD_KEY.pkcs8[:-1], STANDARD_KEY.pkcs8 + b"\0"]
)
def test_what_is_no_sm2_key_is_refused(der: bytes):
    with pytest.raises(KeyUnavailable):
        Sm2PrivateKey.from_pkcs8(der)


def test_halves_that_do_not_belong_together_are_refused():
    mixed = Sm2PrivateKey(Sm2PrivateKey.generate().secret, STANDARD_KEY.public)
    with pytest.raises(KeyUnavailable, match="belong together"):
        Sm2PrivateKey.from_pkcs8(mixed.pkcs8)


def test_public_key_of_another_curve_is_refused():
    info = keys.PublicKeyInfo.load(
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(KeyUnavailable):
        Sm2PublicKey.from_info(info)


@pytest.mark.parametrize(
    "point", [b"", bytes(64), bytes.fromhex(POINT)[:-1] + b"\0", b"\x04" + bytes.fromhex(POINT)]
)
def test_point_off_the_curve_is_no_key(point: bytes):
    with pytest.raises(KeyUnavailable):
        Sm2PublicKey(point)
