"""Programs that other people wrote agree that the seal is good."""

import io
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from asn1crypto import pem
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.demonstration import Demonstration
from signing.seal import SealedPdf
from tests.signing.conftest import JIANGAN

PACKAGES = {
    "pdfsig": "poppler-utils",
    "certutil": "libnss3-tools",
    "openssl": "openssl",
    "qpdf": "qpdf",
    "mutool": "mupdf-tools",
    "pdftoppm": "poppler-utils",
}


@dataclass(frozen=True)
class Laid:
    """The sealed file and its parts, laid out for other programs."""

    folder: Path

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        command = shlex.split(line)
        program = command[0]
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: apt-get install {PACKAGES[program]}")
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)


@pytest.fixture
def laid(tmp_path: Path, authority: Demonstration, sealed: SealedPdf) -> Laid:
    (tmp_path / "out.pdf").write_bytes(sealed.pdf)
    seal = PdfFileReader(io.BytesIO(sealed.pdf)).embedded_regular_signatures[0]
    _, first, start, rest = seal.byte_range
    (tmp_path / "tbs").write_bytes(sealed.pdf[:first] + sealed.pdf[start : start + rest])
    container = seal.pkcs7_content
    (tmp_path / "sig.p7").write_bytes(container)
    signer = seal.signer_info
    (tmp_path / "sig").write_bytes(signer["signature"].native)
    token = next(
        item for item in signer["unsigned_attrs"] if item["type"].native == "signature_time_stamp_token"
    )
    (tmp_path / "token.tst").write_bytes(token["values"][0].dump())
    credential = authority.credential(JIANGAN.organ_id)
    certificates = {"root": credential.root, "issuing": credential.chain[0], "seal": credential.certificate}
    for name, content in certificates.items():
        (tmp_path / f"{name}.crt").write_bytes(pem.armor("CERTIFICATE", content))
    lists = (authority.published("root.crl"), authority.published("issuing.crl"))
    (tmp_path / "crls.pem").write_bytes(b"".join(pem.armor("X509 CRL", item) for item in lists))
    return Laid(tmp_path)


def test_pdfsig_calls_it_valid_and_trusted(laid: Laid):
    (laid.folder / "nss").mkdir()
    made = laid.run("certutil -N -d sql:nss --empty-password")
    assert made.returncode == 0
    laid.run("certutil -A -d sql:nss -n root -t CT,C,C -i root.crt")
    answer = laid.run("pdfsig -nssdir sql:nss -no-ocsp out.pdf")
    assert answer.stdout.count("Signature is Valid.") == 1
    assert "Certificate is Trusted." in answer.stdout
    assert "Total document signed" in answer.stdout
    assert JIANGAN.holder in answer.stdout


def test_openssl_verifies_the_cades_signature(laid: Laid):
    answer = laid.run(
        "openssl cms -verify -inform DER -in sig.p7 -content tbs -binary -cades -CAfile root.crt "
        "-out /dev/null"
    )
    assert (answer.returncode, "successful" in answer.stderr) == (0, True), answer.stderr


def test_openssl_verifies_the_time_stamp(laid: Laid):
    answer = laid.run(
        "openssl ts -verify -token_in -in token.tst -data sig -CAfile root.crt -untrusted issuing.crt"
    )
    assert answer.returncode == 0, answer.stderr
    assert "Verification: OK" in answer.stdout + answer.stderr


def test_openssl_verifies_the_chain_with_its_revocation_lists(laid: Laid):
    answer = laid.run(
        "openssl verify -crl_check_all -CAfile root.crt -untrusted issuing.crt "
        "-CRLfile crls.pem -purpose any seal.crt"
    )
    assert answer.stdout.strip() == "seal.crt: OK", answer.stderr


def test_qpdf_finds_no_error(laid: Laid):
    answer = laid.run("qpdf --check out.pdf")
    assert answer.returncode == 0, answer.stdout
    assert "No syntax or stream encoding errors found" in answer.stdout


def test_mutool_finds_the_signature_valid(laid: Laid):
    answer = laid.run("mutool sign -v out.pdf")
    assert "The signature is valid" in answer.stdout


def test_the_seal_is_drawn_red_on_the_page(laid: Laid):
    answer = laid.run("pdftoppm -r 40 -singlefile out.pdf page")
    assert answer.returncode == 0, answer.stderr
    from PIL import Image

    with Image.open(laid.folder / "page.ppm") as picture:
        scale = 40 / 25.4
        middle = picture.getpixel((round(150 * scale), round(230 * scale)))
        outside = picture.getpixel((round(150 * scale), round(180 * scale)))
    assert isinstance(middle, tuple)
    red, green, blue = middle
    assert red > 180 > 80 > max(green, blue)
    assert outside == (255, 255, 255)
