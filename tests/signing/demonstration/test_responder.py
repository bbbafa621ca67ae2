"""The responder answers for what its authorities issued, and OpenSSL and pyHanko believe it."""

import asyncio
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathValidationError, RevokedError

from signing.demonstration import Demonstration, create
from signing.demonstration.responder import LARGEST_REQUEST, LIFETIME
from tests.signing.conftest import JIANGAN, Hand

PEM = serialization.Encoding.PEM


@pytest.fixture
def hand(started: datetime) -> Hand:
    return Hand(started)


@pytest.fixture
def pki(tmp_path: Path, hand: Hand) -> Demonstration:
    return create(tmp_path / "pki", [JIANGAN], hand)


def seal_of(pki: Demonstration) -> x509.Certificate:
    return x509.load_der_x509_certificate(pki.credential(JIANGAN.organ_id).certificate)


def issuing_of(pki: Demonstration) -> x509.Certificate:
    return x509.load_der_x509_certificate(pki.published("issuing.crt"))


def asked(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    *,
    nonce: bytes | None = None,
    algorithm: hashes.SHA1 | hashes.SHA256 | hashes.SHA512 | None = None,
) -> bytes:
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        certificate,
        issuer,
        algorithm or hashes.SHA1(),  # noqa: S303  names an issuer, protects nothing
    )
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(serialization.Encoding.DER)


def answer(pki: Demonstration, request: bytes) -> ocsp.OCSPResponse:
    return ocsp.load_der_ocsp_response(pki.ocsp_responder().respond(request).content)


@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA256(), hashes.SHA512()])  # noqa: S303  as above
def test_issued_certificate_is_good_for_an_hour(
    pki: Demonstration, hand: Hand, algorithm: hashes.SHA1 | hashes.SHA256 | hashes.SHA512
):
    told = answer(pki, asked(seal_of(pki), issuing_of(pki), algorithm=algorithm))
    assert told.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert (told.this_update_utc, told.next_update_utc) == (hand.now, hand.now + LIFETIME)


def test_the_responder_is_delegated_and_needs_no_check_itself(pki: Demonstration):
    (responder,) = answer(pki, asked(seal_of(pki), issuing_of(pki))).certificates
    responder.verify_directly_issued_by(issuing_of(pki))
    purposes = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [purpose.dotted_string for purpose in purposes] == ["1.3.6.1.5.5.7.3.9"]
    assert responder.extensions.get_extension_for_class(x509.OCSPNoCheck)


def test_root_answers_for_the_issuing_certificate(pki: Demonstration):
    root = x509.load_der_x509_certificate(pki.anchors[0])
    told = answer(pki, asked(issuing_of(pki), root))
    assert told.certificate_status is ocsp.OCSPCertStatus.GOOD
    told.certificates[0].verify_directly_issued_by(root)


def test_revoked_certificate_is_revoked_from_its_day_on(pki: Demonstration, hand: Hand):
    seal, since = seal_of(pki), hand.now + timedelta(hours=2)
    pki.revoke(JIANGAN.organ_id, since=since)
    request = asked(seal, issuing_of(pki))
    assert answer(pki, request).certificate_status is ocsp.OCSPCertStatus.GOOD
    hand.now += timedelta(hours=3)
    told = answer(pki, request)
    assert told.certificate_status is ocsp.OCSPCertStatus.REVOKED
    assert told.revocation_time_utc == since


def test_nobody_vouches_for_what_was_never_issued(pki: Demonstration, tmp_path: Path, hand: Hand):
    foreign = create(tmp_path / "foreign", [JIANGAN], hand)
    told = answer(pki, asked(seal_of(foreign), issuing_of(pki)))
    assert told.certificate_status is ocsp.OCSPCertStatus.UNKNOWN


def test_other_authorities_are_not_answered_for(pki: Demonstration, tmp_path: Path, hand: Hand):
    foreign = create(tmp_path / "foreign", [JIANGAN], hand)
    told = answer(pki, asked(seal_of(foreign), issuing_of(foreign)))
    assert told.response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED


@pytest.mark.parametrize("length", [1, 32, 128])
def test_nonce_comes_back_and_makes_the_answer_its_askers_alone(pki: Demonstration, length: int):
    nonce = bytes(range(length))
    found = pki.ocsp_responder().respond(asked(seal_of(pki), issuing_of(pki), nonce=nonce))
    told = ocsp.load_der_ocsp_response(found.content)
    assert told.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == nonce
    assert found.keep_until is None


def test_answer_without_a_nonce_may_be_kept(pki: Demonstration, hand: Hand):
    found = pki.ocsp_responder().respond(asked(seal_of(pki), issuing_of(pki)))
    assert found.keep_until == hand.now + LIFETIME
    assert len(ocsp.load_der_ocsp_response(found.content).extensions) == 0


def two_at_once(pki: Demonstration) -> bytes:
    single = asn1_ocsp.OCSPRequest.load(asked(seal_of(pki), issuing_of(pki)))
    listed = single["tbs_request"]["request_list"]
    return bytes(asn1_ocsp.OCSPRequest({"tbs_request": {"request_list": [listed[0], listed[0]]}}).dump())


@pytest.mark.parametrize("length", [0, 129])
def test_nonce_of_a_wrong_length_is_malformed(pki: Demonstration, length: int):
    told = answer(pki, asked(seal_of(pki), issuing_of(pki), nonce=bytes(length)))
    assert told.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_what_is_no_request_is_malformed(pki: Demonstration):
    for request in (b"", b"nonsense", bytes(LARGEST_REQUEST + 1), two_at_once(pki)):
        assert answer(pki, request).response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_responder_certificate_is_renewed_before_it_runs_out(pki: Demonstration, hand: Hand):
    request = asked(seal_of(pki), issuing_of(pki))
    first = answer(pki, request).certificates[0]
    hand.now += timedelta(days=70)
    second = answer(pki, request).certificates[0]
    assert first.not_valid_after_utc < second.not_valid_after_utc


def test_older_folder_remembers_what_it_issued(pki: Demonstration, tmp_path: Path, hand: Hand):
    for path in (tmp_path / "pki" / "issued").iterdir():
        path.unlink()
    again = create(tmp_path / "pki", [JIANGAN], hand)
    assert answer(again, asked(seal_of(again), issuing_of(again))).certificate_status is (
        ocsp.OCSPCertStatus.GOOD
    )


def validated(pki: Demonstration, hand: Hand) -> None:
    """Let pyHanko validate the seal's certificate with OCSP answers alone."""
    root = x509.load_der_x509_certificate(pki.anchors[0])
    requests = (asked(seal_of(pki), issuing_of(pki)), asked(issuing_of(pki), root))
    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(pki.anchors[0])],
        ocsps=[asn1_ocsp.OCSPResponse.load(pki.ocsp_responder().respond(item).content) for item in requests],
        moment=hand.now,
        allow_fetching=False,
        revocation_mode="require",
    )
    validator = CertificateValidator(
        asn1_x509.Certificate.load(pki.credential(JIANGAN.organ_id).certificate),
        [asn1_x509.Certificate.load(pki.published("issuing.crt"))],
        validation_context=context,
    )
    asyncio.run(validator.async_validate_usage({"non_repudiation"}))


def test_pyhanko_believes_the_answers(pki: Demonstration, hand: Hand):
    validated(pki, hand)
    pki.revoke(JIANGAN.organ_id, since=hand.now)
    hand.now += timedelta(seconds=1)
    with pytest.raises(RevokedError):
        validated(pki, hand)


def test_pyhanko_believes_no_stale_answer(pki: Demonstration, hand: Hand):
    stale = Hand(hand.now - timedelta(days=2))
    with pytest.raises(PathValidationError):
        validated(create(pki._folder, [JIANGAN], stale), Hand(hand.now))


def test_openssl_accepts_the_answer_by_its_file(pki: Demonstration, tmp_path: Path):
    for name, certificate in (("seal", seal_of(pki)), ("issuing", issuing_of(pki))):
        (tmp_path / f"{name}.pem").write_bytes(certificate.public_bytes(PEM))
    root = x509.load_der_x509_certificate(pki.anchors[0])
    (tmp_path / "root.pem").write_bytes(root.public_bytes(PEM))
    request = asked(seal_of(pki), issuing_of(pki))
    (tmp_path / "answer.der").write_bytes(pki.ocsp_responder().respond(request).content)
    told = subprocess.run(
        ["openssl", "ocsp", "-respin", "answer.der", "-issuer", "issuing.pem", "-cert", "seal.pem",
         "-CAfile", "root.pem", "-verify_other", "issuing.pem", "-no_nonce"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    assert "Response verify OK" in told.stderr
    assert "seal.pem: good" in told.stdout
