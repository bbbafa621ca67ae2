"""Ask a licensed authority and take its answer only where all of it fits; each refusal is a sentence."""

import dataclasses
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import csr, pem
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing.admission import CertificatePath, admit
from signing.certificate_answers import check_answer, check_evidence_answer, find_path, read_certificates
from signing.certificate_requests import make_request
from signing.certificates import ISSUING, RECORD, SEAL, TLS, Profile
from signing.demonstration import Demonstration
from signing.errors import (
    CertificateExpired,
    CertificateNotYetValid,
    CertificateRefused,
    CertificateRevoked,
    CertificateUnfit,
    DemonstrationRefused,
    OrganMismatch,
    RevocationUnknown,
)
from signing.keys import EncryptedKeyFolder, KeyAlgorithm
from signing.purposes import Purpose
from tests.signing.conftest import JIANGAN
from tests.signing.licensed import LATE, LicensedAuthority

KEY = "seal-jiangan-market"


@pytest.fixture
def keys(tmp_path: Path) -> EncryptedKeyFolder:
    made = EncryptedKeyFolder(tmp_path / "keys", b"open sesame")
    made.generate(KEY)
    return made


@pytest.fixture
def licensed(started: datetime) -> LicensedAuthority:
    return LicensedAuthority(started)


@pytest.fixture
def request_(keys: EncryptedKeyFolder) -> bytes:
    return make_request(
        keys, KEY, organization=JIANGAN.holder, common_name=f"{JIANGAN.holder}电子印章", purpose=Purpose.SEAL
    )


def taken(content: bytes, keys: EncryptedKeyFolder, at: datetime, **given: bytes) -> CertificatePath:
    return check_answer(
        content,
        seal=JIANGAN,
        public_key_info=keys.public_key_info(KEY),
        at=at,
        others=given.get("others", b""),
    )


def test_openssl_reads_the_request_and_its_signature_holds(request_: bytes, tmp_path: Path):
    (tmp_path / "seal.csr").write_bytes(request_)
    told = subprocess.run(
        ["openssl", "req", "-in", "seal.csr", "-verify", "-noout", "-text", "-nameopt", "utf8"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "verify OK" in told.stderr + told.stdout
    assert JIANGAN.holder in told.stdout
    assert "Digital Signature, Non Repudiation" in told.stdout
    assert "1.3.6.1.5.5.7.3.36" in told.stdout or "documentSigning" in told.stdout


def test_request_for_an_sm2_key_is_signed_by_it(keys: EncryptedKeyFolder):
    keys.generate("sm2", KeyAlgorithm.SM2)
    request = make_request(keys, "sm2", organization="x", common_name="x", purpose=Purpose.SEAL)
    made = csr.CertificationRequest.load(pem.unarmor(request)[2])
    content = made["certification_request_info"]
    assert content["subject_pk_info"].dump() == keys.public_key_info("sm2")
    public = keys.sm2_private_key("sm2").public
    assert public.verifies(content.dump(), made["signature"].native)


def test_answer_that_fits_is_put_in_order(
    keys: EncryptedKeyFolder, licensed: LicensedAuthority, request_: bytes, started: datetime
):
    path = taken(licensed.answer(request_), keys, started)
    assert path.root == licensed.anchor
    assert [item.subject for item in path.loaded()[1:]] == [licensed.issuing.subject, licensed.root.subject]
    admit(path, Purpose.SEAL, at=started, crls=licensed.crls())


def test_der_and_pkcs7_and_a_chain_sent_apart_are_read(
    keys: EncryptedKeyFolder, licensed: LicensedAuthority, request_: bytes, started: datetime
):
    whole = read_certificates(licensed.answer(request_))
    bundles = [pkcs7.serialize_certificates(list(whole), form) for form in (Encoding.DER, Encoding.PEM)]
    alone = whole[0].public_bytes(Encoding.DER)
    rest = b"".join(item.public_bytes(Encoding.PEM) for item in whole[1:])
    assert {taken(bundle, keys, started) for bundle in bundles} == {taken(alone, keys, started, others=rest)}


def test_missing_issuer_is_named(
    keys: EncryptedKeyFolder, licensed: LicensedAuthority, request_: bytes, started: datetime
):
    alone = read_certificates(licensed.answer(request_))[0].public_bytes(Encoding.PEM)
    with pytest.raises(CertificateUnfit, match=r"Licensed CA issuing.*--chain"):
        taken(alone, keys, started)


def test_certificate_of_another_key_is_refused(
    keys: EncryptedKeyFolder, licensed: LicensedAuthority, started: datetime
):
    keys.generate("other")
    theirs = make_request(keys, "other", organization=JIANGAN.holder, common_name="x", purpose=Purpose.SEAL)
    with pytest.raises(CertificateUnfit, match="another key"):
        taken(licensed.answer(theirs), keys, started)


def test_another_root_than_the_one_given_is_refused(
    keys: EncryptedKeyFolder, licensed: LicensedAuthority, request_: bytes, started: datetime
):
    other = LicensedAuthority(started, name="Other CA")
    info = keys.public_key_info(KEY)
    with pytest.raises(CertificateUnfit, match="another root"):
        find_path(licensed.answer(request_), public_key_info=info, roots=[other.anchor])
    assert find_path(licensed.answer(request_), public_key_info=info, roots=[licensed.anchor])


def test_chain_of_a_look_alike_is_refused(
    keys: EncryptedKeyFolder, licensed: LicensedAuthority, request_: bytes, started: datetime
):
    look_alike = LicensedAuthority(started)
    leaf = read_certificates(look_alike.answer(request_))[0].public_bytes(Encoding.PEM)
    rest = b"".join(item.public_bytes(Encoding.PEM) for item in (licensed.issuing, licensed.root))
    with pytest.raises(CertificateUnfit, match="does not hold together"):
        taken(leaf, keys, started, others=rest)


def test_organ_with_another_name_is_refused(
    keys: EncryptedKeyFolder, licensed: LicensedAuthority, request_: bytes, started: datetime
):
    with pytest.raises(OrganMismatch, match=r"江岸面馆.*武汉市江岸区"):
        taken(licensed.answer(request_, organization="江岸面馆"), keys, started)


@pytest.mark.parametrize(
    ("profile", "said"),
    [(TLS, "signing certificate"), (ISSUING, "authority"), (RECORD, "no seal")],
)
def test_certificate_made_for_something_else_is_refused(
    keys: EncryptedKeyFolder,
    licensed: LicensedAuthority,
    request_: bytes,
    started: datetime,
    profile,
    said: str,
):
    with pytest.raises(CertificateUnfit, match=said):
        taken(licensed.answer(request_, profile=profile), keys, started)


def test_expired_and_not_yet_valid_answers_are_refused(
    keys: EncryptedKeyFolder, licensed: LicensedAuthority, request_: bytes, started: datetime
):
    with pytest.raises(CertificateExpired, match="ran out on"):
        taken(licensed.answer(request_), keys, started + LATE)
    with pytest.raises(CertificateNotYetValid, match="not yet"):
        taken(licensed.answer(request_, now=started + timedelta(days=3)), keys, started)


def test_demonstration_certificate_is_refused(authority: Demonstration, started: datetime):
    credential = authority.credential(JIANGAN.organ_id)
    bundle = b"".join(
        x509.load_der_x509_certificate(item).public_bytes(Encoding.PEM)
        for item in (credential.certificate, *credential.chain, credential.root)
    )
    info = authority.keys.public_key_info(credential.key_name)
    with pytest.raises(DemonstrationRefused, match="licensed"):
        check_answer(bundle, seal=JIANGAN, public_key_info=info, at=started)


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", bytes(2_000_000), b"-----BEGIN CERTIFICATE-----\nAA\n"]
)
def test_what_is_no_certificate_is_refused_in_a_sentence(
    keys: EncryptedKeyFolder, started: datetime, content: bytes
):
    with pytest.raises(CertificateUnfit, match="PEM, DER or PKCS#7"):
        taken(content, keys, started)


def test_revoked_certificate_is_not_admitted(
    keys: EncryptedKeyFolder, licensed: LicensedAuthority, request_: bytes, started: datetime
):
    path = taken(licensed.answer(request_), keys, started)
    licensed.revoked[path.loaded()[0].serial_number] = started
    with pytest.raises(CertificateRevoked, match="revoked since"):
        admit(path, Purpose.SEAL, at=started, crls=licensed.crls())


def test_without_a_current_list_nothing_is_admitted(
    keys: EncryptedKeyFolder, licensed: LicensedAuthority, request_: bytes, started: datetime
):
    path = taken(licensed.answer(request_), keys, started)
    foreign = LicensedAuthority(started)
    for crls in ((), licensed.crls()[:1], licensed.crls(started - timedelta(days=31)), foreign.crls()):
        with pytest.raises(RevocationUnknown, match="no current revocation list"):
            admit(path, Purpose.SEAL, at=started, crls=crls)


def evidence_request(keys: EncryptedKeyFolder, organization: str) -> bytes:
    return make_request(
        keys, KEY, organization=organization, common_name="evidence", purpose=Purpose.EVIDENCE
    )


CLIENT = dataclasses.replace(SEAL, purposes=(ExtendedKeyUsageOID.CLIENT_AUTH,))


@pytest.mark.parametrize(
    ("organization", "profile"), [("运营单位", SEAL), ("运营单位", CLIENT), (JIANGAN.holder, CLIENT)]
)
def test_evidence_certificate_that_is_no_seal_of_an_organ_is_taken(
    keys: EncryptedKeyFolder,
    licensed: LicensedAuthority,
    started: datetime,
    organization: str,
    profile: Profile,
):
    content = licensed.answer(evidence_request(keys, organization), profile=profile)
    info = keys.public_key_info(KEY)
    path = check_evidence_answer(content, public_key_info=info, at=started, holders=[JIANGAN.holder])
    admit(path, Purpose.EVIDENCE, at=started, crls=licensed.crls())


def test_evidence_certificate_that_could_pass_for_a_seal_is_refused(
    keys: EncryptedKeyFolder, licensed: LicensedAuthority, started: datetime
):
    content = licensed.answer(evidence_request(keys, JIANGAN.holder))
    info = keys.public_key_info(KEY)
    with pytest.raises(CertificateUnfit, match="clientAuth"):
        check_evidence_answer(content, public_key_info=info, at=started, holders=[JIANGAN.holder])


def test_every_refusal_is_one_that_sealing_knows():
    for kind in (CertificateUnfit, OrganMismatch, RevocationUnknown, DemonstrationRefused):
        assert issubclass(kind, CertificateRefused)
