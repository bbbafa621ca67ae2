"""No tampered file passes, and none ends in a traceback."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import pytest

from signing.demonstration import Demonstration
from signing.expectations import Expected
from signing.seal import SealedPdf
from signing.verdict import STEPS, SealStatus
from signing.verification import verify_pdf
from tests.signing.conftest import JIANGAN, JIANGHAN
from tests.signing.hostile import FACTS, Forged, Materials, corpus, flipped, tries
from tests.signing.hostile.forgeries import status_answers

LONGEST_SECONDS = 3.0


@pytest.fixture(scope="module")
def files(
    authority: Demonstration,
    page: bytes,
    sealed: SealedPdf,
    clock: Callable[[], datetime],
    tmp_path_factory: pytest.TempPathFactory,
) -> Mapping[str, bytes]:
    return corpus(Materials(authority, page, sealed.pdf, tmp_path_factory.mktemp("hostile"), clock))


@pytest.mark.slow
def test_nothing_hostile_passes_and_each_is_answered_in_time(
    files: Mapping[str, bytes], authority: Demonstration, started: datetime
):
    assert len(files) >= 90
    passed, slow = [], []
    for name, pdf in files.items():
        begun = time.process_time()
        verification = verify_pdf(
            pdf, anchors=authority.anchors, at=started, expected=Expected(JIANGAN.holder)
        )
        if time.process_time() - begun > LONGEST_SECONDS:
            slow.append(name)
        if verification.status is SealStatus.TOTAL_PASSED:
            passed.append(name)
        assert verification.sub_indication or name in passed
        assert [check.code for check in verification.checks] == list(STEPS)
    assert passed == []
    assert slow == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("replaced content, stamped", "changed_after_seal"),
        ("added script, stamped", "changed_after_seal"),
        ("overlay", "not_covered"),
        ("junk header", "not_a_pdf"),
        ("bit flip in content", "digest_differs"),
        ("seal stripped", "no_seal"),
        ("truncated to the seal", "archive_stamp_missing"),
        ("encrypted", "encrypted"),
        ("other organ's seal", "other_holder"),
        ("look-alike authority", "certificate_untrusted"),
        ("two signatures", "several_signatures"),
        ("sha-1", "weak_algorithm"),
        ("rsa-1024", "weak_algorithm"),
        ("not certifying", "not_certifying"),
        ("wrong key", "signature_wrong"),
        ("signature wrapping", "bad_byte_range"),
        ("signature wrapping, stamped", "bad_byte_range"),
        ("shadow hide, stamped", "changed_after_seal"),
        ("expired certificate", "certificate_not_valid_then"),
        ("certificate not yet valid", "certificate_not_valid_then"),
        ("evidence certificate", "certificate_untrusted"),
        ("stale ocsp", "revocation_unknown"),
        ("foreign ocsp", "revocation_unknown"),
        ("no revocation lists", "revocation_unknown"),
        ("revoked by ocsp", "revoked"),
        ("revoked by list", "revoked"),
        ("tls certificate", "certificate_untrusted"),
        ("zeroed cms", "unreadable"),
        ("negative length", "bad_byte_range"),
        ("swapped time-stamp token, stamped", "time_stamp_untrusted"),
        ("stamped by a seal's certificate", "time_stamp_untrusted"),
    ],
)
def test_the_reason_is_the_right_one(
    files: Mapping[str, bytes], authority: Demonstration, started: datetime, name: str, reason: str
):
    verification = verify_pdf(
        files[name], anchors=authority.anchors, at=started, expected=Expected(JIANGAN.holder)
    )
    stopped = next(check for check in verification.checks if not check.passed)
    assert stopped.reason == reason


@pytest.mark.slow
def test_every_attack_that_was_named_is_there_and_every_file_is_described(files: Mapping[str, bytes]):
    assert set(FACTS.values()) <= set(files)
    assert all(tries(name) for name in files)


def test_a_seal_with_fresh_status_answers_passes(
    authority: Demonstration,
    page: bytes,
    started: datetime,
    clock: Callable[[], datetime],
    tmp_path: Path,
):
    """The files with stale and foreign answers differ from this only in the answer they are named after."""
    materials = Materials(authority, page, b"", tmp_path, clock)
    credential = authority.credential(JIANGAN.organ_id)
    tool = Forged(
        authority.keys.private_key(credential.key_name),
        credential.certificate,
        crls=(authority.published("root.crl"),),
        ocsps=status_answers(materials, started),
    )
    pdf = tool.sign(page, materials)
    assert verify_pdf(pdf, anchors=authority.anchors, at=started).status is SealStatus.TOTAL_PASSED


@pytest.mark.slow
def test_a_flipped_bit_anywhere_the_stamp_covers_is_found(
    authority: Demonstration, sealed: SealedPdf, started: datetime
):
    last_container = sealed.pdf.rindex(b"/Contents <")
    for place in range(7, last_container, len(sealed.pdf) // 30):
        verification = verify_pdf(flipped(sealed.pdf, place), anchors=authority.anchors, at=started)
        assert verification.status is not SealStatus.TOTAL_PASSED, place


def test_another_organs_seal_passes_only_where_no_organ_is_expected_or_it_is_expected(
    files: Mapping[str, bytes], authority: Demonstration, started: datetime
):
    pdf, anchors = files["other organ's seal"], authority.anchors
    assert verify_pdf(pdf, anchors=anchors, at=started).status is SealStatus.TOTAL_PASSED
    theirs = verify_pdf(pdf, anchors=anchors, at=started, expected=Expected(organ_id=JIANGHAN.organ_id))
    assert theirs.status is SealStatus.TOTAL_PASSED
    ours = verify_pdf(pdf, anchors=anchors, at=started, expected=Expected(organ_id=JIANGAN.organ_id))
    assert (ours.status, ours.sub_indication) == (SealStatus.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE")
