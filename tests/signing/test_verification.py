import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from api.messages import Catalogue, Language
from signing.anchors import read_anchors
from signing.demonstration import Demonstration, create
from signing.errors import AnchorsUnreadable
from signing.expectations import Expected
from signing.seal import SealedPdf
from signing.verdict import (
    STEPS,
    Check,
    Outcome,
    SealedBy,
    SealStatus,
    SealVerification,
    expect_holder,
)
from signing.verification import verify_pdf
from tests.signing.conftest import JIANGAN, JIANGHAN, PLACE, Hand
from tests.signing.hostile import Forged, Materials, restamped


def test_sealed_document_passes_every_step(authority: Demonstration, sealed: SealedPdf, started: datetime):
    verification = verify_pdf(
        sealed.pdf, anchors=authority.anchors, at=started, expected=Expected(JIANGAN.holder)
    )
    assert verification.status is SealStatus.TOTAL_PASSED
    assert [(check.number, check.code) for check in verification.checks] == list(enumerate(STEPS, start=1))
    assert all(check.passed for check in verification.checks)


def test_it_tells_who_sealed_what_and_when(authority: Demonstration, sealed: SealedPdf, started: datetime):
    verification = verify_pdf(sealed.pdf, anchors=authority.anchors, at=started)
    assert verification.sealed_by == SealedBy(
        holder=JIANGAN.holder,
        organ_id=JIANGAN.organ_id,
        seal_code=JIANGAN.code,
        certificate_serial=sealed.certificate_serial,
        seal_digest=sealed.seal_digest,
        reason="备案证明 1 号",
        sealed_at=started,
        demonstration=True,
    )
    assert verification.digest == sealed.digest


@pytest.mark.parametrize("days", [31, 400, 1500, 3600])
def test_it_holds_offline_after_lists_and_certificate_have_run_out(
    authority: Demonstration, sealed: SealedPdf, started: datetime, days: int
):
    later = verify_pdf(sealed.pdf, anchors=authority.anchors, at=started + timedelta(days=days))
    assert later.status is SealStatus.TOTAL_PASSED


def test_it_is_undecided_once_the_time_stamp_certificate_has_run_out(
    authority: Demonstration, sealed: SealedPdf, started: datetime
):
    later = verify_pdf(sealed.pdf, anchors=authority.anchors, at=started + timedelta(days=3700))
    assert later.status is SealStatus.INDETERMINATE


def test_it_is_undecided_before_it_was_made(authority: Demonstration, sealed: SealedPdf, started: datetime):
    early = verify_pdf(sealed.pdf, anchors=authority.anchors, at=started - timedelta(days=1))
    assert early.status is not SealStatus.TOTAL_PASSED


def test_a_later_archive_stamp_keeps_it_valid(
    authority: Demonstration, sealed: SealedPdf, started: datetime, clock: Hand
):
    renewed = restamped(sealed.pdf, authority.time_stamp_authority())
    verification = verify_pdf(renewed, anchors=authority.anchors, at=started)
    assert verification.status is SealStatus.TOTAL_PASSED
    assert verification.sealed_by.seal_digest == sealed.seal_digest
    assert verification.digest != sealed.digest


def test_what_another_tool_seals_with_the_real_key_and_lists_passes(
    authority: Demonstration, page: bytes, started: datetime, clock: Callable[[], datetime], tmp_path: Path
):
    """The forgeries of the hostile corpus differ from this only in the one thing each is named after."""
    credential = authority.credential(JIANGAN.organ_id)
    tool = Forged(authority.keys.private_key(credential.key_name), credential.certificate)
    pdf = tool.sign(page, Materials(authority, page, b"", tmp_path, clock))
    assert verify_pdf(pdf, anchors=authority.anchors, at=started).status is SealStatus.TOTAL_PASSED


@pytest.fixture
def revocable(tmp_path: Path, started: datetime) -> tuple[Demonstration, Hand]:
    hand = Hand(started)
    return create(tmp_path, [JIANGAN], hand), hand


@pytest.mark.parametrize(("hours", "status"), [(-1, SealStatus.TOTAL_FAILED), (1, SealStatus.TOTAL_PASSED)])
def test_newer_list_counts_from_the_day_it_revokes(
    revocable: tuple[Demonstration, Hand], page: bytes, hours: int, status: SealStatus
):
    authority, hand = revocable
    sealed = authority.sealer(JIANGAN.organ_id).seal(page, reason="1", place=PLACE)
    authority.revoke(JIANGAN.organ_id, since=hand.now + timedelta(hours=hours))
    crls = authority.crls(hand.now)
    hand.now += timedelta(days=2)
    verification = verify_pdf(sealed.pdf, anchors=authority.anchors, at=hand.now, crls=crls)
    assert verification.status is status


def test_foreign_list_revokes_nothing(
    authority: Demonstration, sealed: SealedPdf, started: datetime, tmp_path: Path
):
    foreign = create(tmp_path, [JIANGAN], Hand(started))
    foreign.revoke(JIANGAN.organ_id, since=started - timedelta(days=1))
    verification = verify_pdf(sealed.pdf, anchors=authority.anchors, at=started, crls=foreign.crls(started))
    assert verification.status is SealStatus.TOTAL_PASSED


def test_without_an_anchor_nothing_is_verified(sealed: SealedPdf, started: datetime):
    with pytest.raises(AnchorsUnreadable):
        verify_pdf(sealed.pdf, anchors=(), at=started)


def test_holder_is_compared_in_one_spelling(authority: Demonstration, sealed: SealedPdf, started: datetime):
    padded = verify_pdf(
        sealed.pdf, anchors=authority.anchors, at=started, expected=Expected(f" {JIANGAN.holder} ")
    )
    assert padded.status is SealStatus.TOTAL_PASSED


def test_verification_never_writes_a_traceback_to_the_console(
    authority: Demonstration, sealed: SealedPdf, started: datetime, capfd: pytest.CaptureFixture[str]
):
    root = logging.getLogger()
    handlers, root.handlers = root.handlers, []
    try:
        verify_pdf(sealed.pdf[:-100], anchors=authority.anchors, at=started)
        verify_pdf(sealed.pdf, anchors=authority.anchors, at=started + timedelta(days=5000))
    finally:
        root.handlers = handlers
    assert capfd.readouterr() == ("", "")


def test_anchors_are_read_from_pem_and_der(authority: Demonstration):
    root = authority.anchors[0]
    pem = x509.load_der_x509_certificate(root).public_bytes(serialization.Encoding.PEM)
    assert read_anchors(root) == (root,)
    assert read_anchors(pem + pem) == (root, root)


@pytest.mark.parametrize(
    "content", [b"", b"nothing", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_unreadable_anchors_are_refused(content: bytes):
    with pytest.raises(AnchorsUnreadable):
        read_anchors(content)


@pytest.mark.parametrize(
    ("holder", "organ_id", "status"),
    [
        (JIANGAN.holder, JIANGAN.organ_id, SealStatus.TOTAL_PASSED),
        (JIANGHAN.holder, JIANGAN.organ_id, SealStatus.INDETERMINATE),
        (JIANGAN.holder, JIANGHAN.organ_id, SealStatus.INDETERMINATE),
    ],
)
def test_holder_can_be_asked_afterwards(
    authority: Demonstration,
    sealed: SealedPdf,
    started: datetime,
    holder: str,
    organ_id: str,
    status: SealStatus,
):
    verification = verify_pdf(sealed.pdf, anchors=authority.anchors, at=started)
    asked = expect_holder(verification, holder=holder, organ_id=organ_id)
    assert asked.status is status
    assert asked.checks[-1].passed == (status is SealStatus.TOTAL_PASSED)


def test_expected_holder_never_lifts_a_seal_that_did_not_pass(
    authority: Demonstration, sealed: SealedPdf, started: datetime
):
    broken = verify_pdf(sealed.pdf + b"x", anchors=authority.anchors, at=started)
    assert expect_holder(broken, holder=JIANGAN.holder, organ_id=JIANGAN.organ_id) == broken


def test_verdict_cannot_claim_a_pass_that_a_step_denies(started: datetime):
    failed = (Check(1, "file", Outcome.FAILED, "not_a_pdf"),)
    for checks in (failed, ()):
        with pytest.raises(ValueError, match="every step"):
            SealVerification(SealStatus.TOTAL_PASSED, "", checks, SealedBy(), "", started)


def test_every_answer_has_its_sentence_in_both_languages():
    catalogue = Catalogue.load()
    folder = Path(verify_pdf.__code__.co_filename).parent
    source = "".join(
        (folder / f"{name}.py").read_text(encoding="utf-8")
        for name in ("structure", "verification", "expectations")
    )
    reasons = {part.split('"')[1] for part in source.split("Fault(")[1:] if part.startswith('"')}
    assert len(reasons) > 15
    codes = [f"seal.reason.{reason}" for reason in reasons | {"passed", "not_reached", "not_asked"}]
    codes += [f"seal.step.{step}" for step in STEPS] + [f"seal.status.{status}" for status in SealStatus]
    for code in codes:
        assert catalogue.text(code, Language.CHINESE) != code
        assert catalogue.text(code, Language.ENGLISH) != code
