from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from filing.canonical import canonical_json
from filing.cases import CaseState, DecisionKind
from filing.certificates import Certificate, CertificateStatus, content_as_dict, content_from_dict
from filing.docket import DocketKind, verify_chain
from filing.errors import (
    CaseNotFound,
    CertificateNotFound,
    CertificateNotReserved,
    WrongCaseState,
)
from filing.ports import AsApplicant
from signing.transparency.entries import DocumentForm, LoggedDocument
from tests.filing.builders import (
    APPLICANT,
    REVIEWER,
    make_bench,
    make_claimed,
    make_document,
    make_submitted,
)


@pytest.fixture
def bench():
    return make_bench()


@pytest.fixture
def approved(bench):
    return bench.review.decide(REVIEWER, make_claimed(bench).id, DecisionKind.APPROVE, reason="")


def test_an_approval_reserves_a_number_and_asks_for_the_seal(bench, approved) -> None:
    assert approved.state is CaseState.APPROVED
    (reservation,) = bench.queue.reservations
    assert reservation == bench.certificates.to_seal(approved.id)
    assert reservation.number == "JY24201020000018"
    content = reservation.content
    assert (content.holder, content.seal_id) == ("江岸区好味面馆", "jiangan-approval")
    assert (content.valid_from, content.valid_until) == (date(2026, 3, 2), date(2031, 3, 1))
    assert ("主体业态", "餐饮服务经营者") in [(line.label_zh, line.value) for line in content.lines]
    assert approved.ledger.closed_at is not None


def test_before_the_seal_there_is_no_certificate(bench, approved) -> None:
    with pytest.raises(CertificateNotFound):
        bench.certificates.of_case(APPLICANT, approved.id)
    public = bench.certificates.public("JY24201020000018")
    assert (public.status, public.documents) == (CertificateStatus.SEALING, ())


def test_a_sealed_document_makes_a_certificate_with_docket_and_log_entry(bench, approved) -> None:
    certificate = bench.certificates.issue(approved.id, make_document())
    docket = bench.office.cases.docket_of(approved.id, AsApplicant(APPLICANT))
    case = bench.cases.find(APPLICANT, approved.id)
    (logged,) = bench.office.log.store.entries(0, 9)
    assert docket[-1].kind is DocketKind.CERTIFICATE_ISSUED
    assert (certificate.docket_entry, certificate.log_entry) == (docket[-1].hash, logged.leaf.hash.hex())
    assert verify_chain(docket, head=case.head).is_whole
    assert bench.certificates.of_case(APPLICANT, approved.id) == certificate
    public = bench.certificates.public(certificate.number)
    assert (public.status, public.masked_holder) == (CertificateStatus.ISSUED, "江*****馆")
    assert public.documents == (LoggedDocument(DocumentForm.PDF, "b" * 64),)


def test_a_repeated_job_issues_once(bench, approved) -> None:
    first = bench.certificates.issue(approved.id, make_document())
    again = bench.certificates.issue(approved.id, make_document(sha256="c" * 64))
    assert again == first
    assert bench.office.log.store.size() == 1
    assert [n.code for n in bench.notices.notices].count("notice.certificate_issued") == 1


def test_nothing_is_issued_for_a_case_that_was_not_approved(bench) -> None:
    case = make_submitted(bench)
    with pytest.raises(WrongCaseState):
        bench.certificates.issue(case.id, make_document())
    with pytest.raises(CertificateNotReserved):
        bench.certificates.to_seal(case.id)


def test_no_certificate_without_docket_entry_and_log_entry(bench, approved) -> None:
    reservation = bench.certificates.to_seal(approved.id)
    for docket_entry, log_entry in (("", "x"), ("x", "")):
        with pytest.raises(ValueError, match="no certificate without"):
            Certificate(reservation, (make_document(),), docket_entry, log_entry, bench.now())


def test_numbers_follow_each_other_within_an_area_and_kind(bench, approved) -> None:
    second = bench.review.decide(REVIEWER, make_claimed(bench).id, DecisionKind.APPROVE, reason="")
    assert approved.id != second.id
    assert bench.certificates.to_seal(second.id).number.startswith("JY2420102000002")


def test_content_comes_back_from_its_json_the_same(bench, approved) -> None:
    content = bench.certificates.to_seal(approved.id).content
    plain = content_as_dict(content)
    assert canonical_json(plain)
    assert content_from_dict(plain) == content
    assert content_from_dict(plain).digest == content.digest
    assert replace(content, holder="别人").digest != content.digest
    assert content.holder not in repr(content)


def test_an_expired_certificate_says_so(bench, approved) -> None:
    certificate = bench.certificates.issue(approved.id, make_document())
    assert certificate.status_on(date(2031, 3, 1)) is CertificateStatus.ISSUED
    bench.now.at = certificate.issued_at.replace(year=2031, day=2)
    assert bench.now.at.astimezone(ZoneInfo("Asia/Shanghai")).date() == date(2031, 3, 2)
    assert bench.certificates.public(certificate.number).status is CertificateStatus.EXPIRED


def test_the_certificate_of_somebody_else_is_not_found(bench, approved) -> None:
    bench.certificates.issue(approved.id, make_document())
    with pytest.raises(CaseNotFound):
        bench.certificates.of_case("someone-else", approved.id)
    with pytest.raises(CertificateNotFound):
        bench.certificates.public("JY24201020000026")
