"""SM2 certificates as OpenSSL reads them."""

import subprocess
from pathlib import Path

import pytest
from asn1crypto import pem

from signing.gm.certificates import make_crl
from tests.signing.gm.authority import NOW, Sm2Authority


def openssl(folder: Path, *arguments: str) -> str:
    finished = subprocess.run(
        ["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    authority = Sm2Authority()
    for file, certificate in (
        ("root", authority.root.certificate),
        ("issuing", authority.issuing.certificate),
        ("seal", authority.seal()),
    ):
        (tmp_path / f"{file}.pem").write_bytes(pem.armor("CERTIFICATE", certificate.dump()))
    (tmp_path / "crl.pem").write_bytes(
        pem.armor("X509 CRL", make_crl(authority.issuing, {0x1234: NOW}, now=NOW))
    )
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(("issuer", "below"), [("root", "root"), ("root", "issuing"), ("issuing", "seal")])
def test_openssl_verifies_each_link(folder: Path, issuer: str, below: str):
    options = (
        "-vfyopt",
        "distid:1234567812345678",
        "-partial_chain",
        "-attime",
        str(int(NOW.timestamp()) + 60),
    )
    assert "OK" in openssl(folder, "verify", *options, "-trusted", f"{issuer}.pem", f"{below}.pem")


@pytest.mark.slow
def test_openssl_reads_profile_and_revocation_list(folder: Path):
    text = openssl(folder, "x509", "-in", "seal.pem", "-noout", "-text")
    for part in ("SM2-with-SM3", "Digital Signature, Non Repudiation", "CA:FALSE", "http://ca.test/i.crl"):
        assert part in text
    listed = openssl(folder, "crl", "-in", "crl.pem", "-noout", "-text")
    assert "Serial Number: 1234" in listed
    assert "Nov 23 08:00:00 2026 GMT" in listed
