"""An approval becomes a sealed certificate, once, whatever happens on the way."""

import dataclasses
import shutil
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.bootstrap import Services
from api.jobs.paper import SealingOrder, draw_and_seal, sealing_reason
from api.jobs.port import JobState, RunningJob
from api.jobs.sealing import SEALING, UPKEEP, handle, upkeep
from api.messages import Language
from api.store.certificates import unissued
from api.store.filing import filing_services, seal_log
from filing.certificates import SealedDocument
from filing.organs import demonstration_organs
from signing.demonstration import Demonstration, create
from signing.errors import GlyphMissing
from signing.expectations import Expected
from signing.keys.custody import KeyCustody
from signing.keys.journal import RevocationReason
from signing.seal import Seal
from signing.verdict import SealedBy, SealStatus
from signing.verification import verify_pdf
from tests.api.filing.world import JIANGAN, World, decide
from tests.api.seals.conftest import HerePool, run_jobs
from tests.filing.test_rendering import make_content
from tests.signers import signer_at


def sealing_job(services: Services, case_id: str) -> JobState:
    return services.jobs.job(f"{SEALING}-{case_id}").state


def test_approved_case_gets_a_certificate_that_verifies_everywhere_we_look(
    services: Services, pool: HerePool, authority: Demonstration, applicant: TestClient, case_id: str
):
    run_jobs(services)
    assert sealing_job(services, case_id) is JobState.SUCCEEDED
    pdf = applicant.get(f"/v1/cases/{case_id}/certificate").content
    organ = demonstration_organs()[0]
    verification = verify_pdf(
        pdf,
        anchors=authority.anchors,
        at=services.clock(),
        expected=Expected(organ.name_zh, organ.id),
    )
    assert verification.status is SealStatus.TOTAL_PASSED
    with services.reading() as db:
        certificates = filing_services(db, services).office.certificates
        certificate = certificates.certificate_of(case_id)
        ((logged, opening),) = seal_log(db, services).store.of_number(certificate.number)
    assert certificate.document.sha256 == verification.digest
    assert verification.sealed_by.number == certificate.number
    assert [document.sha256 for document in opening.documents] == [verification.digest]
    assert opening.opens(logged.leaf)
    assert certificate.log_entry == logged.leaf.hash.hex()


def test_repeated_job_issues_once_and_keeps_the_first_document(
    services: Services, pool: HerePool, authority: Demonstration, applicant: TestClient, case_id: str
):
    job = RunningJob("seal-again", SEALING, {"case_id": case_id})
    handle(services, job)
    first = applicant.get(f"/v1/cases/{case_id}/certificate").content
    handle(services, job)
    run_jobs(services)
    assert applicant.get(f"/v1/cases/{case_id}/certificate").content == first
    with services.reading() as db:
        assert seal_log(db, services).store.size() == 1


def test_issued_document_is_kept_past_the_day_that_unused_evidence_lives(
    services: Services, pool: HerePool, authority: Demonstration, case_id: str, clock
):
    run_jobs(services)
    clock.move(days=2)
    while services.evidence.delete_due():
        pass
    assert services.evidence.find(document(services, case_id).evidence_id).size > 10_000


def test_lost_process_is_tried_again(
    services: Services, pool: HerePool, authority: Demonstration, case_id: str, clock
):
    pool.losses = 2
    for _ in range(4):
        run_jobs(services)
        clock.move(hours=1)
    assert sealing_job(services, case_id) is JobState.SUCCEEDED
    assert document(services, case_id).size > 10_000


class Restarting(HerePool):
    """Does its work here, after the signer came back before the third try."""

    def __init__(self, start: Callable[[], object]) -> None:
        super().__init__()
        self.start = start
        self.tries = 0

    def run(self, function: Callable[..., Any], *args: Any, timeout_seconds: float) -> Any:
        self.tries += 1
        if self.tries == 3:
            self.start()
        return super().run(function, *args, timeout_seconds=timeout_seconds)


def test_signer_that_is_away_is_waited_for_and_nothing_is_lost(services: Services, case_id: str, clock):
    with ExitStack() as stack:
        socket = services.settings.signer_socket
        with signer_at(socket, clock):
            seals = [Seal(organ.id, organ.name_zh, "4201020000001") for organ in demonstration_organs()]
            create(services.settings.seal_dir, seals, clock, sealing_keys=services.keys)
        custodies: list[KeyCustody] = []
        pool = Restarting(lambda: custodies.append(stack.enter_context(signer_at(socket, clock))))
        services.part("paper_pool", lambda _: pool)
        run_jobs(services)
        assert sealing_job(services, case_id) is JobState.SUCCEEDED
        assert pool.tries == 3
        assert document(services, case_id).size > 10_000
        uses = {state.record.purpose: state.uses for state in custodies[0].states()}
        assert uses[f"seal-{JIANGAN}"] == 1


def test_signer_that_stays_away_is_named_and_the_case_gets_its_certificate_later(
    services: Services, pool: HerePool, case_id: str, clock, request: pytest.FixtureRequest
):
    with signer_at(services.settings.signer_socket, clock):
        seals = [Seal(organ.id, organ.name_zh, "4201020000001") for organ in demonstration_organs()]
        create(services.settings.seal_dir, seals, clock, sealing_keys=services.keys)
    run_jobs(services)
    job = services.jobs.job(f"{SEALING}-{case_id}")
    assert (job.state, job.error_code) == (JobState.FAILED, "seal.signer_away")
    with signer_at(services.settings.signer_socket, clock):
        for _ in range(2):
            clock.move(hours=1, seconds=1)
            upkeep(services, RunningJob("upkeep-1", UPKEEP, {}))
            run_jobs(services)
    assert document(services, case_id).size > 10_000


@pytest.mark.parametrize(
    ("limit", "code"), [(0, "seal.key_exhausted"), (None, "seal.key_revoked")], ids=["limit", "revoked"]
)
def test_key_that_may_not_sign_ends_the_job_with_a_clear_code(
    services: Services,
    pool: HerePool,
    authority: Demonstration,
    signer: KeyCustody,
    case_id: str,
    limit: int | None,
    code: str,
):
    key = authority.credential(JIANGAN).key_name
    signer.set_limit(key, limit, by="test")
    if limit is None:
        signer.revoke(key, since=services.clock(), reason=RevocationReason.KEY_COMPROMISE, by="test")
    run_jobs(services)
    job = services.jobs.job(f"{SEALING}-{case_id}")
    assert (job.state, job.error_code) == (JobState.FAILED, code)
    assert services.catalogue.text(code, Language.CHINESE)


def document(services: Services, case_id: str) -> SealedDocument:
    with services.reading() as db:
        return filing_services(db, services).office.certificates.certificate_of(case_id).document


def test_without_a_seal_the_job_fails_with_its_code_and_nothing_is_issued(
    services: Services, pool: HerePool, applicant: TestClient, case_id: str
):
    run_jobs(services)
    job = services.jobs.job(f"{SEALING}-{case_id}")
    assert (job.state, job.error_code) == (JobState.FAILED, "seal.certificate_refused")
    assert applicant.get(f"/v1/cases/{case_id}/certificate").status_code == 404


def test_case_whose_job_failed_gets_its_certificate_when_that_is_possible_again(
    services: Services, pool: HerePool, case_id: str, clock, request: pytest.FixtureRequest
):
    run_jobs(services)
    assert sealing_job(services, case_id) is JobState.FAILED
    request.getfixturevalue("authority")
    for _ in range(2):
        clock.move(hours=1, seconds=1)
        upkeep(services, RunningJob("upkeep-1", UPKEEP, {}))
        run_jobs(services)
    assert document(services, case_id).size > 10_000
    with services.reading() as db:
        assert unissued(db, before=services.clock(), limit=9) == []
        assert seal_log(db, services).store.size() == 1


def test_each_organ_seals_with_its_own_seal(
    services: Services,
    pool: HerePool,
    authority: Demonstration,
    world: World,
):
    other = demonstration_organs()[1]
    client, reviewer = world.applicant("li.si"), world.reviewer(other.id)
    case_id = world.submitted(client, other.id)
    reviewer.post(f"/v1/review/cases/{case_id}/claim").raise_for_status()
    decide(reviewer, case_id, decision="approve").raise_for_status()
    run_jobs(services)
    pdf = client.get(f"/v1/cases/{case_id}/certificate").content
    assert verify_pdf(pdf, anchors=authority.anchors, at=services.clock()).holder == other.name_zh


def order(services: Services, **changes: Any) -> SealingOrder:
    organ = demonstration_organs()[0]
    content = dataclasses.replace(make_content(organ_name_zh=organ.name_zh), **changes)
    return SealingOrder(
        content,
        services.seal_setup,
        "https://example.org/verify",
        services.clock(),
    )


def test_number_stands_last_in_what_the_seal_is_for():
    content = make_content(title_zh="小餐饮 备案凭证")
    assert SealedBy(reason=sealing_reason(content)).number == content.number
    assert SealedBy(reason="").number == ""


def test_character_without_a_glyph_ends_the_job_for_good(services: Services, authority: Demonstration):
    with pytest.raises(GlyphMissing):
        draw_and_seal(order(services, notes_zh=("\U0001f35c",)))


def test_new_key_is_used_by_a_process_that_knew_the_old_one(
    services: Services, authority: Demonstration, clock
):
    before = draw_and_seal(order(services))
    authority.revoke(JIANGAN, since=clock.now)
    create(services.settings.seal_dir, authority.seals, clock, sealing_keys=services.keys)
    after = draw_and_seal(order(services))
    assert after.certificate_serial != before.certificate_serial


@pytest.mark.slow
def test_the_pool_seals_in_a_process_of_its_own_and_the_paper_says_it_is_a_demonstration(
    services: Services, authority: Demonstration, tmp_path: Path
):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed: apt-get install poppler-utils")
    sealed = services.paper_pool.run(draw_and_seal, order(services), timeout_seconds=60)
    (tmp_path / "sealed.pdf").write_bytes(sealed.pdf)
    shown = subprocess.run(
        ["pdftotext", tmp_path / "sealed.pdf", "-"], capture_output=True, text=True, check=True
    )
    assert "没有法律效力" in shown.stdout
