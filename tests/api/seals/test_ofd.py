"""A certificate that leaves as OFD, alone or beside its PDF."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.bootstrap import Services
from api.jobs.ofd_paper import draw_and_seal_ofd
from api.jobs.paper import SealingOrder, seal_all_forms
from api.seal_setup import open_ofd_office
from api.settings import Settings
from api.store.filing import filing_services, seal_log
from filing.rendering import Printing
from signing.demonstration import Demonstration
from signing.errors import DemonstrationRefused, GlyphMissing
from signing.ofd.demonstration import OfdDemonstration, create
from signing.ofd.package import pack, unpack
from signing.ofd.trust_files import read_trust
from signing.office import DemonstrationOffice
from signing.transparency.entries import DocumentForm
from tests.api.seals.conftest import HerePool, run_jobs
from tests.filing.test_rendering import make_content

PAGE = "Doc_0/Pages/Page_0/Content.xml"
BOTH = (DocumentForm.PDF, DocumentForm.OFD)

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path / "data",
        weights_dir=tmp_path / "weights",
        fonts_dir=Path(os.environ["NOVISIT_FONTS_DIR"]),
        certificate_forms="both",
    )


@pytest.fixture
def ofd_authority(services: Services, authority: Demonstration) -> OfdDemonstration:
    folder = services.settings.seal_dir
    base = DemonstrationOffice(folder, services.clock, services.keys)
    return create(folder, base, authority.seals, services.clock)


@pytest.fixture
def issued(
    services: Services, pool: HerePool, ofd_authority: OfdDemonstration, applicant: TestClient, case_id: str
) -> dict[str, bytes]:
    """Both forms of a certificate, as the applicant downloads them."""
    run_jobs(services)
    url = f"/v1/cases/{case_id}/certificate"
    return {form: applicant.get(url, params={"form": form}).content for form in ("pdf", "ofd")}


def verified(client: TestClient, content: bytes) -> dict[str, object]:
    answer = client.post("/v1/seal-verifications", content=content)
    assert answer.status_code == 200, answer.text
    told: dict[str, object] = answer.json()
    return told


def test_both_forms_leave_and_stand_in_one_entry_of_the_log(
    services: Services, issued: dict[str, bytes], applicant: TestClient, case_id: str
):
    with services.reading() as db:
        certificate = filing_services(db, services).office.certificates.certificate_of(case_id)
        ((logged, opening),) = seal_log(db, services).store.of_number(certificate.number)
    assert [document.form for document in certificate.documents] == list(BOTH)
    digests = {document.form: document.sha256 for document in certificate.documents}
    assert {document.form: document.sha256 for document in opening.documents} == digests
    assert opening.opens(logged.leaf)
    assert applicant.get(f"/v1/cases/{case_id}").json()["certificate_forms"] == ["pdf", "ofd"]
    known = applicant.get(f"/v1/certificates/{certificate.number}").json()
    assert {file["form"]: file["sha256"] for file in known["files"]} == digests


def test_form_is_chosen_by_the_query_or_by_accept(
    issued: dict[str, bytes], applicant: TestClient, case_id: str
):
    url = f"/v1/cases/{case_id}/certificate"
    assert issued["pdf"].startswith(b"%PDF-")
    assert issued["ofd"].startswith(b"PK\x03\x04")
    assert applicant.get(url).content == issued["pdf"]
    accepted = applicant.get(url, headers={"Accept": "application/ofd, application/pdf;q=0.5"})
    assert accepted.content == issued["ofd"]
    assert accepted.headers["content-type"] == "application/ofd"
    assert accepted.headers["content-disposition"].endswith('.ofd"')
    assert applicant.get(url, params={"form": "docx"}).status_code == 422


def test_both_forms_verify_by_the_same_steps_and_words(issued: dict[str, bytes], applicant: TestClient):
    pdf, ofd = (verified(applicant, issued[form]) for form in ("pdf", "ofd"))
    assert pdf["status"] == ofd["status"] == "TOTAL_PASSED"
    for told in (pdf, ofd):
        assert told["is_issued_file"]
    assert [(check["number"], check["title"], check["outcome"]) for check in pdf["checks"]] == [  # type: ignore[attr-defined]  # JSON
        (check["number"], check["title"], check["outcome"])
        for check in ofd["checks"]  # type: ignore[attr-defined]  # JSON
    ]
    assert pdf["certificate_number"] == ofd["certificate_number"]
    assert ofd["sealed_by"]["demonstration"]  # type: ignore[index]  # JSON


def test_changed_ofd_is_told_at_its_step(issued: dict[str, bytes], applicant: TestClient):
    parts = unpack(issued["ofd"])
    changed = pack({**parts, PAGE: parts[PAGE].replace("武汉".encode(), "北京".encode())})
    told = verified(applicant, changed)
    assert told["status"] == "TOTAL_FAILED"
    failed = [check["code"] for check in told["checks"] if check["outcome"] == "failed"]  # type: ignore[attr-defined]  # JSON
    assert failed == ["integrity"]
    assert verified(applicant, b"PK\x03\x04 no package")["status"] == "TOTAL_FAILED"


def test_certificate_that_left_as_ofd_alone_is_the_one_that_is_downloaded(
    services: Services, pool: HerePool, ofd_authority: OfdDemonstration, applicant: TestClient, case_id: str
):
    services.settings = services.settings.model_copy(update={"certificate_forms": "ofd"})
    run_jobs(services)
    url = f"/v1/cases/{case_id}/certificate"
    assert applicant.get(url).headers["content-type"] == "application/ofd"
    missing = applicant.get(url, params={"form": "pdf"})
    assert (missing.status_code, missing.json()["code"]) == (404, "certificate.form_missing")


def make_order(services: Services, **changes: str) -> SealingOrder:
    organ = services.seal_office.seals[0]
    content = make_content(organ_id=organ.organ_id, organ_name_zh=organ.holder, **changes)
    return SealingOrder(
        content=content,
        setup=services.seal_setup,
        verify_url="https://example.org/verify?number=JY24201020000018",
        at=services.clock(),
        forms=BOTH,
        fonts_dir=services.settings.fonts_dir,
    )


def test_nothing_leaves_where_one_form_cannot_be_drawn(services: Services, ofd_authority: OfdDemonstration):
    with pytest.raises(GlyphMissing, match="𠮷"):
        seal_all_forms(make_order(services, title_zh="小餐饮备案凭证𠮷"))


def test_rare_character_of_a_name_is_sealed(services: Services, ofd_authority: OfdDemonstration):
    files = seal_all_forms(make_order(services, organ_name_en="", title_en="", title_zh="㛃记备案凭证"))
    assert [file.form for file in files] == list(BOTH)
    assert sum(name.endswith(".otf") for name in unpack(files[1].content)) == 2


def test_production_refuses_a_demonstration_seal(services: Services, ofd_authority: OfdDemonstration):
    order = make_order(services)
    order = replace(order, setup=replace(order.setup, production=True))
    office = open_ofd_office(order.setup, services.seal_office, services.clock)
    with pytest.raises(DemonstrationRefused):
        draw_and_seal_ofd(order, office, Printing(order.verify_url, 42))


def test_service_gives_out_what_the_certificates_point_at(
    services: Services, ofd_authority: OfdDemonstration, applicant: TestClient
):
    for name in ("sm2-root.crt", "sm2-issuing.crt", "sm2-root.crl", "sm2-issuing.crl"):
        answer = applicant.get(f"/v1/pki/{name}")
        assert answer.status_code == 200
        assert answer.content == ofd_authority.published(name)
    trust = read_trust(applicant.get("/v1/pki/ofd-trust.pem").content)
    assert list(trust.seals.roots) == list(ofd_authority.shelf.trust.roots)


def test_readiness_misses_an_ofd_seal(services: Services, authority: Demonstration):
    from api.readiness import check_seals
    from signing.errors import CertificateRefused

    with pytest.raises(CertificateRefused, match="No OFD seal"):
        check_seals(services)
