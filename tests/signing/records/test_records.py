"""Signed records: what holds, what another program says of them, and what does not hold."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from signing.certificates import SEAL, Issuer, make_crl
from signing.demonstration import Demonstration, create
from signing.errors import CertificateRefused, DemonstrationRefused
from signing.records import RecordSigner, RecordStatus, verify_record
from signing.records.demonstration import record_credential, refuse_demonstration_records
from signing.records.verdict import RECORD_STEPS
from tests.signing.conftest import JIANGAN, Hand

CONTENT = '{"format":"记录","number":1}'.encode()


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory, clock: Callable[[], datetime]) -> Demonstration:
    return create(tmp_path_factory.mktemp("records"), [JIANGAN], clock)


def signer_of(authority: Demonstration, clock: Callable[[], datetime], **changed: Any) -> RecordSigner:
    return RecordSigner(
        replace(record_credential(authority), **changed),
        keys=authority.keys,
        time_stamps=authority.time_stamp_authority(),
        crls=authority.crls,
        clock=clock,
    )


@pytest.fixture(scope="module")
def signed(pki: Demonstration, clock: Callable[[], datetime]) -> bytes:
    return signer_of(pki, clock).sign(CONTENT)


def test_a_signed_record_holds_and_gives_back_what_was_signed(pki, signed, started):
    verified = verify_record(signed, anchors=pki.anchors, at=started)
    assert verified.status is RecordStatus.HOLDS
    assert [check.code for check in verified.checks] == list(RECORD_STEPS)
    assert verified.content == CONTENT
    assert verified.signed_at == started
    assert verified.demonstration
    assert "evidence" in verified.signer


def test_it_holds_years_later_when_the_certificate_is_long_expired(pki, signed, started):
    later = started + timedelta(days=5 * 365)
    assert verify_record(signed, anchors=pki.anchors, at=later).status is RecordStatus.HOLDS


@pytest.fixture(scope="module")
def laid(pki: Demonstration, signed: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("laid")
    root = x509.load_der_x509_certificate(pki.anchors[0])
    (folder / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    (folder / "record.p7m").write_bytes(signed)
    (folder / "changed.p7m").write_bytes(signed.replace(b'"number":1', b'"number":2'))
    return folder


@pytest.mark.parametrize("more", [[], ["-crl_check_all"]], ids=["chain", "revocation"])
def test_openssl_says_the_same(laid: Path, more: list[str]):
    openssl = shutil.which("openssl")
    assert openssl is not None
    command = [openssl, "cms", "-verify", "-inform", "DER", "-CAfile", "root.pem", *more, "-in"]
    good = subprocess.run([*command, "record.p7m"], cwd=laid, capture_output=True, check=False)
    assert (good.returncode, good.stdout) == (0, CONTENT)
    changed = subprocess.run([*command, "changed.p7m"], cwd=laid, capture_output=True, check=False)
    assert changed.returncode != 0


def test_openssl_finds_the_time_stamp_good(laid: Path, pki: Demonstration, signed: bytes):
    signer = cms.ContentInfo.load(signed)["content"]["signer_infos"][0]
    token = signer["unsigned_attrs"][0]["values"][0]
    (laid / "token.tst").write_bytes(token.dump())
    (laid / "signature").write_bytes(signer["signature"].native)
    issuing = x509.load_der_x509_certificate(pki.published("issuing.crt"))
    (laid / "issuing.pem").write_bytes(issuing.public_bytes(Encoding.PEM))
    command = ["openssl", "ts", "-verify", "-token_in", "-in", "token.tst", "-data", "signature"]
    command += ["-CAfile", "root.pem", "-untrusted", "issuing.pem"]
    assert subprocess.run(command, cwd=laid, capture_output=True, check=False).returncode == 0


def refused_for(signed: bytes, authority: Demonstration, at: datetime, **given: object) -> tuple[str, str]:
    verified = verify_record(signed, anchors=authority.anchors, at=at, **given)  # type: ignore[arg-type]  # crls
    assert verified.status is not RecordStatus.HOLDS
    last = verified.checks[-1]
    return last.code, last.reason


def test_changed_content_does_not_hold(pki, signed, started):
    changed = signed.replace(b'"number":1', b'"number":2')
    assert refused_for(changed, pki, started) == ("signature", "changed")


def signed_spans(signed: bytes) -> list[range]:
    """Where signatures and what they cover lie, each but its first 8 bytes, which say what it is."""
    data = cms.ContentInfo.load(signed)["content"]
    signer = data["signer_infos"][0]
    token = signer["unsigned_attrs"][0]["values"][0]["content"]
    parts = [
        signer["signed_attrs"].dump(),
        signer["signature"].dump(),
        token["encap_content_info"]["content"].contents,
        token["signer_infos"][0]["signed_attrs"].dump(),
        token["signer_infos"][0]["signature"].dump(),
    ]
    for item in [*data["certificates"], *token["certificates"], *data["crls"]]:
        parts += [item.chosen[0].dump(), item.chosen[2].dump()]
    return [
        range(match.start() + 8, match.end())
        for part in parts
        for match in re.finditer(re.escape(part), signed)
    ]


@pytest.mark.slow
def test_no_single_changed_bit_goes_unseen(pki, signed, started):
    """A bit of every byte that no signature covers, and of one in 53 of the others."""
    spans = signed_spans(signed)
    covered = [any(place in span for span in spans) for place in range(len(signed))]
    assert covered.count(True) > len(signed) // 2
    for place, is_covered in enumerate(covered):
        if is_covered and place % 53:
            continue
        changed = bytearray(signed)
        changed[place] ^= 1 << (place % 3)
        assert refused_for(bytes(changed), pki, started), place


@pytest.mark.parametrize("share", range(10))
def test_a_truncated_record_does_not_hold(pki, signed, started, share):
    assert refused_for(signed[: len(signed) * share // 10], pki, started)[0] == "container"


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"%PDF-1.7", b"\x30\x80" * 5000, bytes(5 << 20)],
    ids=["", "json", "pdf", "deep", "huge"],
)
def test_what_is_no_record_does_not_hold(pki, started, content):
    assert refused_for(content, pki, started)[0] == "container"


def test_bytes_after_the_record_are_not_let_pass(pki, signed, started):
    assert refused_for(signed + b"\0", pki, started)[0] == "container"


def test_another_authority_s_record_is_not_trusted(pki, started, tmp_path, clock):
    stranger = create(tmp_path / "stranger", [], clock)
    foreign = signer_of(stranger, clock).sign(CONTENT)
    assert refused_for(foreign, pki, started)[1] == "untrusted"


def test_a_seal_of_the_same_authority_cannot_sign_evidence(pki, started, clock):
    seal = pki.credential(JIANGAN.organ_id)
    by_seal = signer_of(pki, clock, key_name=seal.key_name, certificate=seal.certificate).sign(CONTENT)
    assert refused_for(by_seal, pki, started) == ("signer", "untrusted")


def test_a_key_without_its_certificate_cannot_sign(pki, started, clock):
    other = pki.certify("other", SEAL, "novisit DEMONSTRATION other")
    assert other
    by_other = signer_of(pki, clock, key_name="other").sign(CONTENT)
    assert refused_for(by_other, pki, started) == ("signature", "changed")


def test_a_record_from_the_future_does_not_hold(pki, signed, started):
    assert refused_for(signed, pki, started - timedelta(hours=1)) == ("time", "future")


def test_a_signer_who_names_another_time_than_the_stamp_does_not_hold(pki, started):
    early = Hand(started - timedelta(hours=2))
    credential = record_credential(pki)
    early_crls = pki.crls(started)
    signer = RecordSigner(
        credential,
        keys=pki.keys,
        time_stamps=pki.time_stamp_authority(),
        crls=lambda _: early_crls,
        clock=early,
    )
    with pytest.raises(CertificateRefused):
        signer.sign(CONTENT)
    late = RecordSigner(
        credential,
        keys=pki.keys,
        time_stamps=pki.time_stamp_authority(),
        crls=pki.crls,
        clock=Hand(started + timedelta(hours=2)),
    )
    assert refused_for(late.sign(CONTENT), pki, started + timedelta(hours=3)) == ("time", "other_time")


def test_without_a_time_stamp_it_is_undecided(pki, signed, started):
    container = cms.ContentInfo.load(signed).copy()
    container["content"]["signer_infos"][0]["unsigned_attrs"] = cms.CMSAttributes([])
    verified = verify_record(container.dump(force=True), anchors=pki.anchors, at=started)
    assert verified.status is not RecordStatus.HOLDS
    assert verified.signed_at is None


@pytest.mark.parametrize(("hours", "holds"), [(-1, False), (1, True)], ids=["before", "after"])
def test_a_key_revoked_before_it_signed_signs_nothing(pki, signed, started, hours, holds):
    issuing = x509.load_der_x509_certificate(pki.published("issuing.crt"))
    issuer = Issuer(issuing, pki.keys.private_key("issuing"), "", "")
    serial = x509.load_der_x509_certificate(record_credential(pki).certificate).serial_number
    newer = make_crl(issuer, {serial: started + timedelta(hours=hours)}, now=started + timedelta(hours=2))
    later = started + timedelta(hours=3)
    verified = verify_record(signed, anchors=pki.anchors, at=later, crls=[newer])
    assert (verified.status is RecordStatus.HOLDS) is holds
    if not holds:
        assert verified.checks[-1].reason == "revoked"


def test_production_refuses_the_demonstration_s_key(pki):
    with pytest.raises(DemonstrationRefused, match="licensed"):
        refuse_demonstration_records(record_credential(pki))
