import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from asn1crypto import keys, pem
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from signing.errors import KeyMissing, KeyPassphraseWrong, KeyUnavailable
from signing.gm.sm2 import Sm2PublicKey
from signing.keys import EncryptedKeyFolder, KeyAlgorithm, pkcs8, read_passphrase


@pytest.fixture
def folder(tmp_path: Path) -> EncryptedKeyFolder:
    store = EncryptedKeyFolder(tmp_path, b"correct horse")
    store.generate("seal")
    return store


def test_signature_verifies_with_the_public_half(folder: EncryptedKeyFolder):
    folder.public_key("seal").verify(folder.sign("seal", b"page"), b"page", ec.ECDSA(hashes.SHA256()))


def test_sm2_key_signs_beside_the_others(tmp_path: Path, folder: EncryptedKeyFolder):
    folder.generate("national", KeyAlgorithm.SM2)
    again = EncryptedKeyFolder(tmp_path, b"correct horse")
    assert again.algorithm("national") is KeyAlgorithm.SM2
    assert again.algorithm("seal") is KeyAlgorithm.P256
    public = Sm2PublicKey.from_info(keys.PublicKeyInfo.load(again.public_key_info("national")))
    assert public.verifies(b"page", again.sign("national", b"page"))


def test_key_of_one_algorithm_is_not_taken_for_another(folder: EncryptedKeyFolder):
    folder.generate("national", KeyAlgorithm.SM2)
    with pytest.raises(KeyUnavailable, match="P-256"):
        folder.public_key("national")
    with pytest.raises(KeyUnavailable, match="SM2"):
        folder.sm2_private_key("seal")


def test_key_of_a_foreign_curve_is_refused(tmp_path: Path, folder: EncryptedKeyFolder):
    foreign = ec.generate_private_key(ec.SECP384R1()).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "foreign.key").write_bytes(pkcs8.encrypt(foreign, b"correct horse"))
    with pytest.raises(KeyUnavailable, match="neither"):
        folder.sign("foreign", b"page")


def test_file_that_asks_for_endless_work_is_refused(tmp_path: Path, folder: EncryptedKeyFolder):
    path = tmp_path / "seal.key"
    der = pem.unarmor(path.read_bytes())[2]
    cost = der.index((16384).to_bytes(2, "big"))
    path.write_bytes(pem.armor("ENCRYPTED PRIVATE KEY", der[:cost] + b"\x7f\xff" + der[cost + 2 :]))
    with pytest.raises(KeyPassphraseWrong):
        EncryptedKeyFolder(tmp_path, b"correct horse").sign("seal", b"page")


def test_another_process_opens_the_key_with_the_passphrase(tmp_path: Path, folder: EncryptedKeyFolder):
    again = EncryptedKeyFolder(tmp_path, b"correct horse")
    assert again.public_key("seal").public_numbers() == folder.public_key("seal").public_numbers()


def test_wrong_passphrase_is_refused(tmp_path: Path, folder: EncryptedKeyFolder):
    with pytest.raises(KeyPassphraseWrong):
        EncryptedKeyFolder(tmp_path, b"wrong").sign("seal", b"page")


def test_damaged_key_file_is_refused(tmp_path: Path, folder: EncryptedKeyFolder):
    path = tmp_path / "seal.key"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(KeyPassphraseWrong):
        EncryptedKeyFolder(tmp_path, b"correct horse").public_key("seal")


def test_key_is_never_overwritten(folder: EncryptedKeyFolder):
    with pytest.raises(KeyUnavailable):
        folder.generate("seal")


@pytest.mark.parametrize("name", ["absent", "../seal", "", ".hidden"])
def test_unknown_or_strange_name_is_missing(folder: EncryptedKeyFolder, name: str):
    with pytest.raises(KeyMissing):
        folder.public_key(name)


def test_key_file_is_private_and_encrypted_by_scrypt(tmp_path: Path, folder: EncryptedKeyFolder):
    path = tmp_path / "seal.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: apt-get install openssl")
    shown = subprocess.run(["openssl", "asn1parse", "-in", path], capture_output=True, text=True, check=True)
    assert "scrypt" in shown.stdout
    assert ":4000" in shown.stdout


def test_openssl_opens_the_key(tmp_path: Path, folder: EncryptedKeyFolder):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: apt-get install openssl")
    command = [
        "openssl",
        "pkey",
        "-in",
        str(tmp_path / "seal.key"),
        "-passin",
        "pass:correct horse",
        "-noout",
    ]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0


def test_secrets_stay_out_of_the_repr(folder: EncryptedKeyFolder):
    assert "horse" not in repr(folder)


def test_passphrase_file_loses_only_its_newline(tmp_path: Path):
    path = tmp_path / "passphrase"
    path.write_bytes(b" two words \r\n")
    assert read_passphrase(path) == b" two words "


def test_empty_passphrase_is_refused(tmp_path: Path):
    (tmp_path / "passphrase").write_bytes(b"\n")
    with pytest.raises(KeyPassphraseWrong):
        read_passphrase(tmp_path / "passphrase")
    with pytest.raises(KeyPassphraseWrong):
        EncryptedKeyFolder(tmp_path, b"")
