"""`novisit certificates`: a request, the answer of a licensed authority, and what seals today."""

import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from api import bootstrap
from api.bootstrap import Services
from api.cli import main
from api.seal_setup import SealSetup, open_licensed
from api.settings import load_settings
from api.store import schema
from api.store.organs import seed_organs
from filing.organs import demonstration_organs
from signing.demonstration import create
from signing.keys.custody import KeyCustody
from signing.licensed import LicensedSeals
from signing.seal import Seal
from tests.signers import signer_at
from tests.signing.licensed import LicensedAuthority

ORGAN = demonstration_organs()[0]
KEY = f"seal-{ORGAN.id}"


def now() -> datetime:
    return datetime.fromtimestamp(int(time.time()), UTC)


@dataclasses.dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


Run = Callable[..., Answer]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `novisit certificates` over an installation of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NOVISIT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")

    def go(*arguments: str) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main(["certificates", *arguments])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return Answer(ended.value.code if isinstance(ended.value.code, int) else 1, told.out, told.err)

    return go


@pytest.fixture
def services(run: Run) -> Iterator[Services]:
    made = bootstrap.build(load_settings())
    schema.upgrade(made.engine)
    with made.transaction() as db:
        seed_organs(db, demonstration_organs(), [])
    yield made
    made.close()


@pytest.fixture
def signer(services: Services) -> Iterator[KeyCustody]:
    with signer_at(services.settings.signer_socket, now) as custody:
        services.keys.generate(KEY)
        services.keys.generate("records")
        yield custody


@pytest.fixture
def licensed() -> LicensedAuthority:
    return LicensedAuthority(now())


def seals_of(services: Services) -> LicensedSeals:
    return open_licensed(services.seal_setup, now, keys=services.keys, hear=services.hear_of_stamp)


def requested(run: Run, tmp_path: Path) -> bytes:
    told = run("csr", "--key", KEY, "--organ", ORGAN.id, "--out", "seal.csr")
    assert told.code == 0, told.err
    return (tmp_path / "seal.csr").read_bytes()


IMPORT = ("import", "answer.pem", "--key", KEY, "--organ", ORGAN.id, "--code", "4201020000001")


def test_request_names_the_organ_and_is_never_overwritten(run: Run, signer: KeyCustody, tmp_path: Path):
    request = x509.load_pem_x509_csr(requested(run, tmp_path))
    assert request.is_signature_valid
    names = request.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)
    assert names[0].value == ORGAN.name_zh
    assert run("csr", "--key", KEY, "--organ", ORGAN.id, "--out", "seal.csr").code == 73


def test_answer_comes_in_force_and_is_listed(
    run: Run, signer: KeyCustody, services: Services, licensed: LicensedAuthority, tmp_path: Path
):
    (tmp_path / "answer.pem").write_bytes(licensed.answer(requested(run, tmp_path)))
    (tmp_path / "root.pem").write_bytes(licensed.root.public_bytes(Encoding.PEM))
    told = run(*IMPORT, "--root", "root.pem")
    assert (told.code, "已启用" in told.out) == (0, True), told.err
    assert "no current revocation list" in told.err
    assert seals_of(services).credential(ORGAN.id).key_name == KEY
    listed = json.loads(run("list", "--json").out)["certificates"]
    assert [(line["use"], line["may_sign"]) for line in listed] == [(ORGAN.id, False)]
    for number, content in enumerate(licensed.crls()):
        (tmp_path / f"{number}.crl").write_bytes(content)
        assert run("crl", f"{number}.crl").code == 0
    shown = run("list")
    assert (shown.code, "may sign" in shown.out) == (0, True)


def test_evidence_gets_a_certificate_of_its_own(
    run: Run, signer: KeyCustody, services: Services, licensed: LicensedAuthority, tmp_path: Path
):
    told = run("csr", "--key", "records", "--evidence", "--operator", "某运营单位")
    (tmp_path / "answer.pem").write_bytes(licensed.answer(told.out.encode()))
    assert run("import-evidence", "answer.pem", "--key", "records").code == 0
    assert seals_of(services).record_credential().key_name == "records"


def of_another_organ(licensed: LicensedAuthority, request: bytes) -> bytes:
    return licensed.answer(request, organization="江岸面馆")


def not_yet_valid(licensed: LicensedAuthority, request: bytes) -> bytes:
    return licensed.answer(request, now=licensed.now + timedelta(days=2))


def run_out(licensed: LicensedAuthority, request: bytes) -> bytes:
    return licensed.answer(request, now=licensed.now - timedelta(days=2000))


def without_its_issuer(licensed: LicensedAuthority, request: bytes) -> bytes:
    return (
        licensed.answer(request).partition(b"-----END CERTIFICATE-----\n")[0] + b"-----END CERTIFICATE-----\n"
    )


def nonsense(licensed: LicensedAuthority, request: bytes) -> bytes:
    return b"<html>payment required</html>"


@pytest.mark.parametrize(
    ("answers", "zh", "en"),
    [
        (of_another_organ, "另一个机关", "speaks for 江岸面馆"),
        (not_yet_valid, "尚未生效", "not yet"),
        (run_out, "已过期", "ran out on"),
        (without_its_issuer, "不符合要求", "--chain"),
        (nonsense, "不符合要求", "PEM, DER or PKCS#7"),
    ],
)
def test_answer_that_does_not_fit_is_refused_with_one_and_a_sentence(
    run: Run,
    signer: KeyCustody,
    services: Services,
    licensed: LicensedAuthority,
    tmp_path: Path,
    answers: Callable[[LicensedAuthority, bytes], bytes],
    zh: str,
    en: str,
):
    (tmp_path / "answer.pem").write_bytes(answers(licensed, requested(run, tmp_path)))
    told = run(*IMPORT)
    assert told.code == 1
    assert zh in told.err
    assert en in told.err
    assert seals_of(services).seals == ()


def test_revoked_answer_is_refused(
    run: Run, signer: KeyCustody, services: Services, licensed: LicensedAuthority, tmp_path: Path
):
    answer = licensed.answer(requested(run, tmp_path))
    licensed.revoked[x509.load_pem_x509_certificates(answer)[0].serial_number] = licensed.now
    (tmp_path / "answer.pem").write_bytes(answer)
    for content in licensed.crls():
        seals_of(services).keep_list(content)
    told = run(*IMPORT)
    assert (told.code, "已被吊销" in told.err, "revoked since" in told.err) == (1, True, True)


def test_production_leaves_the_last_word_to_two_administrators(
    run: Run,
    signer: KeyCustody,
    services: Services,
    licensed: LicensedAuthority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    (tmp_path / "answer.pem").write_bytes(licensed.answer(requested(run, tmp_path)))
    setup = dataclasses.replace(services.seal_setup, production=True)
    monkeypatch.setattr(SealSetup, "of", lambda *_: setup)
    told = run(*IMPORT)
    body = json.loads(told.out)
    assert (told.code, body["organ_id"], body["key_name"]) == (0, ORGAN.id, KEY)
    assert len(x509.load_pem_x509_certificates(body["certificates"].encode())) == 3
    assert seals_of(services).seals == ()


def test_demonstration_folder_takes_no_import(
    run: Run, signer: KeyCustody, services: Services, licensed: LicensedAuthority, tmp_path: Path
):
    create(services.settings.seal_dir, [], now, sealing_keys=services.keys)
    (tmp_path / "answer.pem").write_bytes(licensed.answer(requested(run, tmp_path)))
    told = run(*IMPORT)
    assert (told.code, "NOVISIT_SEAL_DIR" in told.err) == (1, True)


def test_demonstration_is_listed_without_its_signer(run: Run, services: Services):
    create(services.settings.seal_dir, [Seal(ORGAN.id, ORGAN.name_zh, "4201020000001")], now)
    told = run("list")
    assert (told.code, ORGAN.name_zh in told.out, "may sign" in told.out) == (0, True, True), told.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("csr", "--key", KEY),
        ("csr", "--key", KEY, "--organ", "absent"),
        ("csr", "--key", KEY, "--evidence"),
        ("import", "absent.pem", "--key", KEY, "--organ", ORGAN.id, "--code", "1"),
        ("crl", "absent.crl"),
    ],
)
def test_bad_usage_ends_with_sixty_four(run: Run, services: Services, arguments: tuple[str, ...]):
    assert run(*arguments).code == 64
