"""`novisit certificates`: a request for an SM2 key, and the import of an official OFD seal."""

import subprocess
from pathlib import Path

import pytest
from asn1crypto import pem
from cryptography.hazmat.primitives.serialization import Encoding

from api.bootstrap import Services
from signing.keys.custody import KeyCustody
from signing.keys.port import KeyAlgorithm
from signing.ofd.office import FOLDER
from signing.ofd.shelf import SealShelf
from signing.seal import Seal
from tests.api.cli.test_certificates import (  # noqa: F401  fixtures
    IMPORT,
    ORGAN,
    Run,
    licensed,
    now,
    requested,
    run,
    seals_of,
    services,
    signer,
)
from tests.signing.licensed import LicensedAuthority
from tests.signing.ofd.official import Officials

SM2_KEY = f"sm2-seal-{ORGAN.id}"
SENT = ("sm2.pem", "--seal", "organ.esl", "--root", "sm2-root.pem")
IMPORT_OFD = ("import-ofd", *SENT, "--key", SM2_KEY, "--organ", ORGAN.id)

pytestmark = pytest.mark.slow


@pytest.fixture
def officials(tmp_path: Path) -> Officials:
    return Officials(tmp_path / "officials", now())


@pytest.fixture
def in_force(
    run: Run,  # noqa: F811
    signer: KeyCustody,  # noqa: F811
    services: Services,  # noqa: F811
    licensed: LicensedAuthority,  # noqa: F811
    tmp_path: Path,
) -> Seal:
    """The organ's seal for PDF, imported before."""
    (tmp_path / "answer.pem").write_bytes(licensed.answer(requested(run, tmp_path)))
    (tmp_path / "root.pem").write_bytes(licensed.root.public_bytes(Encoding.PEM))
    told = run(*IMPORT, "--root", "root.pem")
    assert told.code == 0, told.err
    return seals_of(services).credential(ORGAN.id).seal


@pytest.fixture
def request_sm2(run: Run, services: Services, in_force: Seal) -> bytes:  # noqa: F811
    services.keys.generate(SM2_KEY, KeyAlgorithm.SM2)
    return run("csr", "--key", SM2_KEY, "--organ", ORGAN.id).out.encode()


def lay(tmp_path: Path, officials: Officials, seal: Seal, request: bytes) -> None:
    answer = officials.answer(request)
    (tmp_path / "sm2.pem").write_bytes(answer)
    (tmp_path / "organ.esl").write_bytes(officials.seal(seal, answer))
    (tmp_path / "sm2-root.pem").write_bytes(officials.root)


def test_openssl_takes_the_request_of_an_sm2_key(request_sm2: bytes, tmp_path: Path):
    (tmp_path / "sm2.csr").write_bytes(request_sm2)
    command = ["openssl", "req", "-in", "sm2.csr", "-verify", "-noout", "-subject", "-nameopt", "utf8"]
    done = subprocess.run(
        [*command, "-vfyopt", "distid:1234567812345678"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "verify OK" in done.stderr + done.stdout
    assert ORGAN.name_zh in done.stdout


def test_official_seal_comes_in_force_and_its_lists_are_kept(
    run: Run,  # noqa: F811
    services: Services,  # noqa: F811
    officials: Officials,
    in_force: Seal,
    request_sm2: bytes,
    tmp_path: Path,
):
    lay(tmp_path, officials, in_force, request_sm2)
    told = run(*IMPORT_OFD)
    assert (told.code, "已启用" in told.out) == (0, True), told.err
    assert "SM2 revocation lists" in told.err
    shelf = SealShelf(services.settings.seal_dir / FOLDER)
    assert (shelf.credential(ORGAN.id).seal, shelf.credential(ORGAN.id).key_name) == (in_force, SM2_KEY)
    for number, listed in enumerate(officials.crls()):
        (tmp_path / f"{number}.crl").write_bytes(pem.armor("X509 CRL", listed) if number else listed)
        kept = run("crl", f"{number}.crl")
        assert (kept.code, "已导入" in kept.out) == (0, True), kept.err
    assert len(shelf.trust.crls) == 2


def test_seal_of_another_code_is_refused_with_one_and_a_sentence(
    run: Run,  # noqa: F811
    services: Services,  # noqa: F811
    officials: Officials,
    in_force: Seal,
    request_sm2: bytes,
    tmp_path: Path,
):
    lay(tmp_path, officials, Seal(in_force.organ_id, in_force.holder, "4201020099999"), request_sm2)
    told = run(*IMPORT_OFD)
    assert (told.code, "has the code 4201020099999" in told.err) == (1, True), told.err
    assert not SealShelf(services.settings.seal_dir / FOLDER).organs


def test_organ_without_a_seal_in_force_is_refused(
    run: Run,  # noqa: F811
    services: Services,  # noqa: F811
    signer: KeyCustody,  # noqa: F811
    officials: Officials,
    tmp_path: Path,
):
    services.keys.generate(SM2_KEY, KeyAlgorithm.SM2)
    request = run("csr", "--key", SM2_KEY, "--organ", ORGAN.id).out.encode()
    lay(tmp_path, officials, Seal(ORGAN.id, ORGAN.name_zh, "4201020000001"), request)
    told = run(*IMPORT_OFD)
    assert (told.code, "No seal was imported" in told.err) == (1, True), told.err
