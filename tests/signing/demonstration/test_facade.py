import dataclasses
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from signing.certificates import is_demonstration
from signing.credentials import SealCredential
from signing.demonstration import PUBLISHED, Demonstration, create, open_folder, refuse_demonstration
from signing.errors import CertificateRefused, DemonstrationRefused, KeyUnavailable
from tests.signing.conftest import JIANGAN, JIANGHAN, PLACE, Hand


@pytest.fixture
def hand(started: datetime) -> Hand:
    return Hand(started)


@pytest.fixture
def fresh(tmp_path: Path, hand: Hand) -> Demonstration:
    return create(tmp_path, [JIANGAN], hand)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_creating_again_changes_nothing(tmp_path: Path, fresh: Demonstration, hand: Hand):
    before = contents(tmp_path)
    create(tmp_path, [JIANGAN], hand)
    assert contents(tmp_path) == before


def test_new_organ_gets_a_seal_and_the_old_one_keeps_its_own(
    tmp_path: Path, fresh: Demonstration, hand: Hand
):
    kept = fresh.credential(JIANGAN.organ_id)
    again = create(tmp_path, [JIANGAN, JIANGHAN], hand)
    assert again.credential(JIANGAN.organ_id) == kept
    assert again.credential(JIANGHAN.organ_id).seal == JIANGHAN
    assert set(again.seals) == {JIANGAN, JIANGHAN}


def test_renamed_organ_gets_a_new_certificate_and_key(tmp_path: Path, fresh: Demonstration, hand: Hand):
    before = fresh.credential(JIANGAN.organ_id)
    renamed = dataclasses.replace(JIANGAN, holder="武汉市江岸区行政审批局")
    after = create(tmp_path, [renamed], hand).credential(JIANGAN.organ_id)
    assert after.key_name != before.key_name
    assert x509.load_der_x509_certificate(after.certificate).serial_number != (
        x509.load_der_x509_certificate(before.certificate).serial_number
    )


def test_certificate_that_runs_out_is_made_anew(tmp_path: Path, fresh: Demonstration, hand: Hand):
    before = fresh.credential(JIANGAN.organ_id)
    hand.now += timedelta(days=1080)
    assert create(tmp_path, [JIANGAN], hand).credential(JIANGAN.organ_id) != before


def test_crl_that_runs_out_is_renewed_at_start_and_while_running(
    tmp_path: Path, fresh: Demonstration, hand: Hand
):
    first = fresh.crls(hand.now)
    assert fresh.crls(hand.now + timedelta(days=10)) == first
    second = fresh.crls(hand.now + timedelta(days=20))
    assert all(old != new for old, new in zip(first, second, strict=True))
    hand.now += timedelta(days=100)
    create(tmp_path, [JIANGAN], hand)
    for name in ("root.crl", "issuing.crl"):
        until = x509.load_der_x509_crl(fresh.published(name)).next_update_utc
        assert until is not None
        assert until > hand.now


def test_every_certificate_says_demonstration(fresh: Demonstration):
    credential = fresh.credential(JIANGAN.organ_id)
    for content in (credential.certificate, *credential.chain, credential.root):
        assert is_demonstration(x509.load_der_x509_certificate(content))


def test_production_refuses_a_demonstration_seal(fresh: Demonstration):
    with pytest.raises(DemonstrationRefused, match="licensed"):
        refuse_demonstration(fresh.credential(JIANGAN.organ_id))


def test_seal_certificate_has_the_profile_that_clients_accept(fresh: Demonstration):
    certificate = x509.load_der_x509_certificate(fresh.credential(JIANGAN.organ_id).certificate)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.content_commitment, usage.key_cert_sign) == (True, True, False)
    purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [purpose.dotted_string for purpose in purposes] == ["1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.4"]
    access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    assert [item.access_location.value for item in access] == [
        "http://127.0.0.1:8000/v1/pki/issuing.crt",
        "http://127.0.0.1:8000/v1/pki/ocsp",
    ]
    points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    names = points[0].full_name
    assert names is not None
    assert names[0].value == "http://127.0.0.1:8000/v1/pki/issuing.crl"


def test_credential_for_the_wrong_organ_is_refused(fresh: Demonstration):
    credential = fresh.credential(JIANGAN.organ_id)
    with pytest.raises(CertificateRefused, match="江汉"):
        SealCredential(
            seal=JIANGHAN,
            key_name=credential.key_name,
            certificate=credential.certificate,
            chain=credential.chain,
            root=credential.root,
        )


@pytest.mark.parametrize("organ_id", ["absent", "../jiangan-market", ""])
def test_organ_without_a_seal_is_refused(fresh: Demonstration, organ_id: str):
    with pytest.raises(CertificateRefused):
        fresh.credential(organ_id)


@pytest.mark.parametrize("name", ["passphrase", "tsa.crt", "../passphrase", "keys/root.key"])
def test_only_public_files_are_published(fresh: Demonstration, name: str):
    assert name not in PUBLISHED
    with pytest.raises(CertificateRefused):
        fresh.published(name)


def test_folder_without_an_authority_is_refused(tmp_path: Path, hand: Hand):
    with pytest.raises(KeyUnavailable):
        open_folder(tmp_path / "nothing", hand)


def test_worker_opens_the_folder_and_seals(tmp_path: Path, fresh: Demonstration, hand: Hand, page: bytes):
    sealed = open_folder(tmp_path, hand).sealer(JIANGAN.organ_id).seal(page, reason="1", place=PLACE)
    assert sealed.pdf.startswith(page)


def test_revoked_seal_is_refused_at_sealing(fresh: Demonstration, hand: Hand, page: bytes):
    sealer = fresh.sealer(JIANGAN.organ_id)
    fresh.revoke(JIANGAN.organ_id, since=hand.now)
    hand.now += timedelta(seconds=1)
    with pytest.raises(CertificateRefused, match="revoked"):
        sealer.seal(page, reason="1", place=PLACE)


def test_revoked_seal_is_replaced_by_the_next_start(
    tmp_path: Path, fresh: Demonstration, hand: Hand, page: bytes
):
    fresh.revoke(JIANGAN.organ_id, since=hand.now)
    again = create(tmp_path, [JIANGAN], hand)
    assert again.sealer(JIANGAN.organ_id).seal(page, reason="1", place=PLACE).pdf


@pytest.mark.parametrize("days", [-1, 1100])
def test_certificate_outside_its_life_is_refused_at_sealing(
    fresh: Demonstration, hand: Hand, page: bytes, days: int
):
    sealer = fresh.sealer(JIANGAN.organ_id)
    hand.now += timedelta(days=days)
    with pytest.raises(CertificateRefused):
        sealer.seal(page, reason="1", place=PLACE)


def test_tls_certificate_covers_its_hosts_and_is_kept_until_they_change(fresh: Demonstration):
    files = fresh.tls_files(["192.168.1.7", "phone.local"])
    first = files.certificate.read_bytes()
    names = x509.load_pem_x509_certificate(first).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert [str(name.value) for name in names.value] == ["192.168.1.7", "phone.local"]
    assert fresh.tls_files(["192.168.1.7"]).certificate.read_bytes() == first
    assert fresh.tls_files(["10.0.0.2"]).certificate.read_bytes() != first
    assert files.passphrase not in repr(files)
