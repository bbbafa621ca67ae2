"""Programs that other people wrote agree on the seal of an OFD file: OpenSSL, and sm-crypto from npm."""

import base64
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import pem

from signing.ofd.document import SEAL, SIGNATURE, SIGNED_VALUE
from signing.ofd.package import unpack
from signing.ofd.seal_format import SealSignature
from signing.ofd.sealing import SealedOfd
from tests.signing.ofd.fixtures import sealed_ofd, world  # noqa: F401  fixtures
from tests.signing.ofd.world import OfdWorld

CLIENTS = Path(__file__).parent / "clients"
PAGE = "Doc_0/Pages/Page_0/Content.xml"
REFERENCE = re.compile(r'FileRef="/([^"]+)"\s*>\s*<ofd:CheckValue>([^<]+)<')
DISTID = "distid:1234567812345678"

pytestmark = pytest.mark.slow


@pytest.fixture
def laid(tmp_path: Path, sealed_ofd: SealedOfd) -> Path:  # noqa: F811
    """The parts of the sealed file and of its seal, laid out for other programs."""
    parts = unpack(sealed_ofd.ofd)
    for name, content in parts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    signed = SealSignature.load(parts[SIGNED_VALUE])
    seal = signed["to_sign"]["seal"]
    for name, content in {
        "to_sign": signed["to_sign"].dump(),
        "to_sign.sig": signed["signature"].native,
        "signer.crt": pem.armor("CERTIFICATE", signed["signer"].native),
        "info": seal["info"].dump(),
        "info.sig": seal["signature"].native,
        "maker.crt": pem.armor("CERTIFICATE", seal["maker"].native),
    }.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.fixture(scope="module")
def modules() -> Path:
    """The npm packages of the lock file, installed once on a machine."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed: apt-get install npm")
    lock = (CLIENTS / "package-lock.json").read_bytes()
    digest = hashlib.sha256(lock).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"novisit-test-clients-{os.geteuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copy(CLIENTS / name, folder / name)
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=180)
            (folder / "done").touch()
    return folder


def sm_crypto(folder: Path, modules: Path) -> dict[str, Any]:
    finished = subprocess.run(
        ["node", str(CLIENTS / "check_seal.js"), str(folder)],
        env={**os.environ, "CLIENTS": str(modules)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    told: dict[str, Any] = json.loads(finished.stdout)
    return told


def openssl(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False)


def digests_agree(folder: Path) -> dict[str, bool]:
    """For each part that the seal covers, whether `openssl dgst -sm3` gives the digest it lists."""
    told = REFERENCE.findall((folder / SIGNATURE).read_text())
    return {
        name: openssl(folder, "dgst", "-sm3", "-r", name).stdout.split()[0] == base64.b64decode(digest).hex()
        for name, digest in told
    }


def verifies(folder: Path, data: str, certificate: str) -> bool:
    key = openssl(folder, "x509", "-in", certificate, "-noout", "-pubkey").stdout
    (folder / "key.pem").write_text(key)
    command = ("pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-digest", "sm3")
    finished = openssl(folder, *command, "-pkeyopt", DISTID, "-in", data, "-sigfile", f"{data}.sig")
    return "Signature Verified Successfully" in finished.stdout


def test_openssl_agrees_with_every_digest_and_both_signatures(laid: Path):
    agreed = digests_agree(laid)
    assert {PAGE, SEAL, "OFD.xml"} <= set(agreed)
    assert all(agreed.values())
    signed = SealSignature.load((laid / SIGNED_VALUE).read_bytes())
    digest = openssl(laid, "dgst", "-sm3", "-r", SIGNATURE).stdout.split()[0]
    assert digest == signed["to_sign"]["digest"].native.hex()
    assert verifies(laid, "to_sign", "signer.crt")
    assert verifies(laid, "info", "maker.crt")


def test_openssl_sees_a_changed_part_and_another_signer(laid: Path):
    (laid / PAGE).write_bytes((laid / PAGE).read_bytes().replace("食品".encode(), "药品".encode()))
    assert [name for name, same in digests_agree(laid).items() if not same] == [PAGE]
    assert not verifies(laid, "to_sign", "maker.crt")


def test_openssl_agrees_link_by_link_with_the_certificates(laid: Path, world: OfdWorld):  # noqa: F811
    issuers = {"root": world.authority.root, "issuing": world.authority.issuing}
    for name, issuer in issuers.items():
        (laid / f"{name}.crt").write_bytes(pem.armor("CERTIFICATE", issuer.certificate.dump()))
    links = (("signer", "issuing"), ("maker", "issuing"), ("issuing", "root"))
    for name, issuer_name in links:
        trusted = ("-partial_chain", "-trusted", f"{issuer_name}.crt")
        finished = openssl(laid, "verify", "-vfyopt", DISTID, *trusted, f"{name}.crt")
        assert finished.returncode == 0, finished.stderr
    assert openssl(
        laid, "verify", "-vfyopt", DISTID, "-partial_chain", "-trusted", "root.crt", "signer.crt"
    ).returncode


def test_sm_crypto_agrees_with_every_digest_and_both_signatures(laid: Path, modules: Path):
    told = sm_crypto(laid, modules)
    assert {PAGE, SEAL, "OFD.xml"} <= set(told["digests"])
    assert all(told["digests"].values())
    assert (told["signature_xml"], told["signature"], told["seal"]) == (True, True, True)


def test_sm_crypto_sees_a_changed_part_and_a_changed_signature(laid: Path, modules: Path):
    (laid / PAGE).write_bytes((laid / PAGE).read_bytes() + b" ")
    signature_xml = (laid / SIGNATURE).read_bytes()
    (laid / SIGNATURE).write_bytes(signature_xml.replace(b'Boundary="', b'Boundary=" '))
    signed = SealSignature.load((laid / SIGNED_VALUE).read_bytes())
    signed["to_sign"]["time"] = signed["to_sign"]["time"].native.replace(year=2027)
    (laid / SIGNED_VALUE).write_bytes(signed.dump(force=True))
    told = sm_crypto(laid, modules)
    assert [name for name, same in told["digests"].items() if not same] == [PAGE]
    assert (told["signature_xml"], told["signature"], told["seal"]) == (False, False, True)
