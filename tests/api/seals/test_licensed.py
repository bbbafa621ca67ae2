"""Production: sealing with imported certificates and time stamps over HTTP, and every refusal by its name."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.bootstrap import Services
from api.jobs.port import JobState
from api.jobs.sealing import MAY_PASS, SEALING
from api.seal_setup import SealSetup, open_licensed
from filing.organs import demonstration_organs
from signing.admission import CertificatePath
from signing.certificate_answers import check_answer, check_evidence_answer
from signing.certificate_requests import make_request
from signing.demonstration import create
from signing.errors import CertificateRefused, DemonstrationRefused, RevocationUnknown
from signing.keys.custody import KeyCustody
from signing.licensed import LicensedSeals
from signing.purposes import Purpose
from signing.records import RecordStatus, verify_record
from signing.seal import Seal
from signing.timestamps import TimeStampSource
from tests.api.conftest import Clock
from tests.api.seals.conftest import HerePool, run_jobs
from tests.signing.licensed import LATE, LicensedAuthority
from tests.signing.timestamps.servers import StampServer, serving

ORGAN = demonstration_organs()[0]
SEAL = Seal(ORGAN.id, ORGAN.name_zh, "4201020000001")
KEY, RECORDS = f"seal-{ORGAN.id}", "records"


@dataclasses.dataclass
class Production:
    """An installation as production has it: licensed seals, a signer, two time-stamp servers."""

    services: Services
    licensed: LicensedAuthority
    seals: LicensedSeals
    first: StampServer
    second: StampServer

    def job(self, case_id: str) -> tuple[JobState, str]:
        run_jobs(self.services)
        job = self.services.jobs.job(f"{SEALING}-{case_id}")
        return job.state, job.error_code or ""

    def figures(self) -> str:
        return self.services.metrics.text().decode()

    def bring_lists(self) -> None:
        for content in self.licensed.crls(self.services.clock()):
            self.seals.keep_list(content)


@pytest.fixture
def production(
    services: Services, pool: HerePool, signer: KeyCustody, clock: Clock, tmp_path: Path
) -> Iterator[Production]:
    stamper = create(tmp_path / "tsa", [], clock)
    stamps = stamper.time_stamp_authority()
    with serving(stamps.respond) as first, serving(stamps.respond) as second:
        sources = tuple(TimeStampSource(server.url, stamper.anchors) for server in (first, second))
        setup = SealSetup(
            services.settings.seal_dir, services.signer_address, production=True, time_stamps=sources
        )
        services.part("seal_setup", lambda _: setup)
        licensed = LicensedAuthority(clock.now)
        seals = open_licensed(setup, clock, keys=services.keys, hear=services.hear_of_stamp)
        made = Production(services, licensed, seals, first, second)
        services.keys.generate(KEY)
        seals.install_seal(SEAL, KEY, answered(made))
        made.bring_lists()
        for content in stamper.crls(clock.now):
            seals.keep_list(content)
        yield made


def answered(production: Production) -> CertificatePath:
    """The authority's answer for the organ's key."""
    keys = production.services.keys
    request = make_request(keys, KEY, organization=ORGAN.name_zh, common_name="seal", purpose=Purpose.SEAL)
    content = production.licensed.answer(request, organization_id=ORGAN.credit_code)
    return check_answer(
        content, seal=SEAL, public_key_info=keys.public_key_info(KEY), at=production.licensed.now
    )


def test_approval_leaves_with_a_licensed_seal_that_verifies(
    production: Production, client: TestClient, applicant: TestClient, case_id: str
):
    assert production.job(case_id) == (JobState.SUCCEEDED, "")
    pdf = applicant.get(f"/v1/cases/{case_id}/certificate").content
    told = client.post(
        "/v1/seal-verifications", content=pdf, headers={"content-type": "application/pdf"}
    ).json()
    assert told["status"] == "TOTAL_PASSED", told["checks"]
    assert (told["sealed_by"]["holder"], told["sealed_by"]["demonstration"]) == (ORGAN.name_zh, False)
    assert told["sealed_by"]["organ_id"] == ORGAN.credit_code


def test_time_stamps_fall_over_and_both_are_counted(production: Production, case_id: str):
    production.first.status = 503
    assert production.job(case_id) == (JobState.SUCCEEDED, "")
    assert production.second.asked >= 2
    figures = production.figures()
    for server, outcome in ((production.first, "http_status"), (production.second, "granted")):
        host = f"127.0.0.1:{server.server_port}"
        assert f'novisit_time_stamps_total{{host="{host}",outcome="{outcome}"}}' in figures


def test_a_stamp_that_comes_seconds_after_the_order_is_no_fault(
    production: Production, clock: Clock, case_id: str
):
    """The order names the moment; the authority stamps when it is asked, by a clock of its own."""
    respond = production.first.respond

    def late(request: bytes) -> bytes:
        clock.move(seconds=20)
        return respond(request)

    production.first.respond = late
    assert production.job(case_id) == (JobState.SUCCEEDED, "")
    assert production.first.asked >= 2


def test_without_any_time_stamp_nothing_is_issued(
    production: Production, applicant: TestClient, case_id: str
):
    production.first.status = production.second.status = 503
    assert production.job(case_id) == (JobState.FAILED, "seal.time_stamp_unavailable")
    assert applicant.get(f"/v1/cases/{case_id}/certificate").status_code == 404
    assert 'outcome="http_status"' in production.figures()


Happening = Callable[[Production, Clock], None]


def expired(production: Production, clock: Clock) -> None:
    clock.now += LATE
    production.bring_lists()


def not_yet_valid(production: Production, clock: Clock) -> None:
    keys, later = production.services.keys, clock.now + timedelta(days=2)
    request = make_request(keys, KEY, organization=ORGAN.name_zh, common_name="x", purpose=Purpose.SEAL)
    path = check_answer(
        production.licensed.answer(request, now=later),
        seal=SEAL,
        public_key_info=keys.public_key_info(KEY),
        at=later,
    )
    production.seals.install_seal(SEAL, KEY, path)


def revoked(production: Production, clock: Clock) -> None:
    path = production.seals.credential(ORGAN.id).path
    production.licensed.revoked[path.loaded()[0].serial_number] = clock.now
    production.bring_lists()


def of_another_organ(production: Production, clock: Clock) -> None:
    other = demonstration_organs()[1]
    keys = production.services.keys
    request = make_request(keys, KEY, organization=other.name_zh, common_name="x", purpose=Purpose.SEAL)
    seal = dataclasses.replace(SEAL, holder=other.name_zh)
    path = check_answer(
        production.licensed.answer(request),
        seal=seal,
        public_key_info=keys.public_key_info(KEY),
        at=clock.now,
    )
    production.seals.install_seal(SEAL, KEY, path)


def without_lists(production: Production, clock: Clock) -> None:
    for path in (production.services.settings.seal_dir / "crls").iterdir():
        path.unlink()


def of_a_demonstration(production: Production, clock: Clock) -> None:
    """A demonstration's certificate that somebody carried into the folder by hand."""
    folder = production.services.settings.seal_dir.parent / "demonstration"
    authority = create(folder, [SEAL], clock, sealing_keys=production.services.keys)
    credential = authority.credential(ORGAN.id)
    production.seals.install_seal(SEAL, credential.key_name, credential.path)
    for content in authority.crls(clock.now):
        production.seals.keep_list(content)


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (expired, "seal.certificate_expired"),
        (not_yet_valid, "seal.certificate_not_yet_valid"),
        (revoked, "seal.certificate_revoked"),
        (of_another_organ, "seal.other_organ"),
        (of_a_demonstration, "seal.demonstration_refused"),
    ],
)
def test_certificate_that_may_not_seal_ends_the_job_with_its_name(
    production: Production, applicant: TestClient, case_id: str, clock: Clock, happens: Happening, code: str
):
    happens(production, clock)
    assert production.job(case_id) == (JobState.FAILED, code)
    assert applicant.get(f"/v1/cases/{case_id}/certificate").status_code in (401, 404)


def test_missing_list_is_tried_again_and_then_named(production: Production, case_id: str, clock: Clock):
    without_lists(production, clock)
    assert production.job(case_id) == (JobState.FAILED, "seal.revocation_unknown")
    assert RevocationUnknown in MAY_PASS


def test_production_signs_evidence_with_an_imported_key(production: Production, clock: Clock):
    services, keys = production.services, production.services.keys
    with pytest.raises(CertificateRefused, match="import-evidence"):
        _ = services.record_signer
    keys.generate(RECORDS)
    request = make_request(
        keys, RECORDS, organization="运营单位", common_name="evidence", purpose=Purpose.EVIDENCE
    )
    path = check_evidence_answer(
        production.licensed.answer(request),
        public_key_info=keys.public_key_info(RECORDS),
        at=clock.now,
        holders=[ORGAN.name_zh],
    )
    production.seals.install_evidence(RECORDS, path)
    signed = services.record_signer.sign(b"record")
    office = services.seal_office

    def judged(*signers: bytes) -> RecordStatus:
        stamps = office.time_stamp_anchors
        return verify_record(
            signed, anchors=[path.root], time_stamp_anchors=stamps, at=clock.now, signers=signers
        ).status

    assert judged(path.certificate) is RecordStatus.HOLDS
    assert judged() is RecordStatus.FAILS


def test_production_refuses_a_demonstrations_key_for_evidence(production: Production, clock: Clock):
    folder = production.services.settings.seal_dir.parent / "demonstration"
    authority = create(folder, [SEAL], clock, sealing_keys=production.services.keys)
    credential = authority.credential(ORGAN.id)
    production.seals.install_evidence(credential.key_name, credential.path)
    with pytest.raises(DemonstrationRefused, match="evidence"):
        _ = production.services.record_signer


def test_readiness_names_what_is_missing(production: Production, clock: Clock):
    production.services.seal_office.check()
    clock.now += LATE
    with pytest.raises(CertificateRefused, match="ran out"):
        production.services.seal_office.check()
