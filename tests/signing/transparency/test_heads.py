"""A signed head is that of one log and one moment; OpenSSL agrees."""

import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from signing.errors import HeadRefused, KeyMissing, KeyUnavailable
from signing.keys import EncryptedKeyFolder, KeyAlgorithm
from signing.transparency.heads import HeadSigner, TreeHead, log_id, milliseconds, verify_head
from tests.signing.transparency.builders import START, make_signer

ROOT = bytes(range(32))


def test_the_signed_bytes_are_pinned() -> None:
    head = TreeHead(bytes(32), 1_772_416_800_123, 57, ROOT)
    assert head.signed_bytes.hex() == (
        "6e6f76697369742074726565206865616420310a"
        "20" + "00" * 32 + "0000019cac46157b" + "0000000000000039" + "20" + ROOT.hex() + "0000"
    )
    assert head.at == START + timedelta(milliseconds=123)
    assert milliseconds(head.at) == head.timestamp_ms


def test_a_head_verifies_under_its_key_alone_and_only_as_it_was_signed(tmp_path: Path) -> None:
    signer = make_signer(tmp_path / "a")
    key = signer.public_key_info()
    signed = signer.sign(at=START, tree_size=57, root_hash=ROOT)
    assert verify_head(signed, public_key_info=key) == TreeHead(log_id(key), milliseconds(START), 57, ROOT)
    head = signed.head
    for changed in (
        replace(head, timestamp_ms=head.timestamp_ms + 1),
        replace(head, tree_size=56),
        replace(head, root_hash=ROOT[::-1]),
        replace(head, log_id=bytes(32)),
    ):
        with pytest.raises(HeadRefused):
            verify_head(replace(signed, head=changed), public_key_info=key)
    for signature in (b"", b"\x30\x00", signed.signature[:-1], signed.signature + b"\x00"):
        with pytest.raises(HeadRefused):
            verify_head(replace(signed, signature=signature), public_key_info=key)
    other = make_signer(tmp_path / "b").public_key_info()
    with pytest.raises(HeadRefused, match="another log"):
        verify_head(signed, public_key_info=other)
    stolen = replace(signed, head=replace(head, log_id=log_id(other)))
    with pytest.raises(HeadRefused):
        verify_head(stolen, public_key_info=other)


def test_openssl_verifies_a_head(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: apt-get install openssl")
    signer = make_signer(tmp_path / "keys")
    signed = signer.sign(at=START, tree_size=57, root_hash=ROOT)
    key = serialization.load_der_public_key(signer.public_key_info())
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for name, content in (("log.pub", pem), ("head", signed.head.signed_bytes), ("sig", signed.signature)):
        (tmp_path / name).write_bytes(content)
    command = ["openssl", "dgst", "-sha256", "-verify", "log.pub", "-signature", "sig", "head"]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout.strip()) == (0, "Verified OK")


def test_another_kind_of_key_signs_no_heads(tmp_path: Path) -> None:
    keys = EncryptedKeyFolder(tmp_path, b"a passphrase")
    with pytest.raises(KeyMissing):
        HeadSigner(keys).public_key_info()
    keys.generate("log", KeyAlgorithm.SM2)
    with pytest.raises(KeyUnavailable, match="P-256"):
        HeadSigner(keys).public_key_info()
    wider = ec.generate_private_key(ec.SECP384R1()).public_key()
    info = wider.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    signed = make_signer(tmp_path / "other").sign(at=START, tree_size=1, root_hash=ROOT)
    with pytest.raises(HeadRefused):
        verify_head(replace(signed, head=replace(signed.head, log_id=log_id(info))), public_key_info=info)


def test_nonsense_is_refused_when_built() -> None:
    for log, time, size, root in (
        (bytes(31), 0, 0, ROOT),
        (bytes(32), -1, 0, ROOT),
        (bytes(32), 0, -1, ROOT),
        (bytes(32), 0, 2**63, ROOT),
        (bytes(32), 0, 0, b""),
    ):
        with pytest.raises(ValueError, match=r"32 bytes|negative"):
            TreeHead(log, time, size, root)
