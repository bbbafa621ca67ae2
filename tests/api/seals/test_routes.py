"""Anyone may have a sealed file verified."""

import dataclasses

import pytest
from fastapi.testclient import TestClient

from api.bootstrap import Services
from api.jobs.paper import SealingOrder, draw_and_seal
from filing.organs import demonstration_organs
from signing.demonstration import Demonstration
from signing.seal import LARGEST_PDF, SealPlace
from tests.api.seals.conftest import HerePool, run_jobs
from tests.filing.test_rendering import make_content

PDF = {"content-type": "application/pdf"}
ENGLISH = {**PDF, "accept-language": "en"}


@pytest.fixture
def issued(
    services: Services,
    pool: HerePool,
    authority: Demonstration,
    applicant: TestClient,
    case_id: str,
) -> bytes:
    """The certificate of a case, as its applicant downloads it."""
    run_jobs(services)
    answer: bytes = applicant.get(f"/v1/cases/{case_id}/certificate").content
    return answer


def test_issued_file_passes_and_is_known_by_its_number(client: TestClient, issued: bytes):
    told = client.post("/v1/seal-verifications", content=issued, headers=PDF).json()
    assert told["status"] == "TOTAL_PASSED"
    assert told["text"].startswith("印章有效")
    assert [check["number"] for check in told["checks"]] == list(range(1, 13))
    assert all(check["passed"] for check in told["checks"])
    assert told["certificate"]["number"] == told["certificate_number"]
    assert told["is_issued_file"] is True
    assert told["sealed_by"]["holder"] == demonstration_organs()[0].name_zh
    assert told["sealed_by"]["demonstration"] is True


def test_changed_file_fails_with_a_reason_in_the_readers_language(client: TestClient, issued: bytes):
    changed = issued[:4000] + bytes([issued[4000] ^ 1]) + issued[4001:]
    told = client.post("/v1/seal-verifications", content=changed, headers=ENGLISH).json()
    assert (told["status"], told["is_issued_file"]) == ("TOTAL_FAILED", False)
    failed = next(check for check in told["checks"] if check["outcome"] == "failed")
    assert failed["text"] == "The content differs from what was sealed."


def test_seal_of_another_organ_on_a_known_number_fails(
    client: TestClient,
    services: Services,
    issued: bytes,
    authority: Demonstration,
):
    number = client.post("/v1/seal-verifications", content=issued, headers=PDF).json()["certificate_number"]
    other = demonstration_organs()[1]
    content = dataclasses.replace(
        make_content(), number=number, organ_id=other.id, organ_name_zh=other.name_zh
    )
    forged = draw_and_seal(
        SealingOrder(
            content,
            services.seal_setup,
            "https://example.org",
            services.clock(),
        )
    )
    told = client.post("/v1/seal-verifications", content=forged.pdf, headers=PDF).json()
    assert (told["status"], told["sub_indication"]) == ("INDETERMINATE", "SIG_CONSTRAINTS_FAILURE")
    assert told["checks"][-1]["reason"] == "other_holder"
    assert told["certificate_number"] == number


@pytest.mark.parametrize("number", ["XX000001", "no-number"])
def test_genuine_seal_on_a_number_that_nobody_gave_out_is_never_a_pass(
    client: TestClient, services: Services, pool: HerePool, authority: Demonstration, number: str
):
    organ = demonstration_organs()[0]
    page = make_content(organ_name_zh=organ.name_zh, number=number)
    sealed = draw_and_seal(SealingOrder(page, services.seal_setup, "https://x", services.clock()))
    told = client.post("/v1/seal-verifications", content=sealed.pdf, headers=PDF).json()
    assert (told["status"], told["certificate"]) == ("INDETERMINATE", None)
    assert (told["checks"][-1]["outcome"], told["checks"][-1]["reason"]) == ("undecided", "number_unknown")
    assert all(check["passed"] for check in told["checks"][:-1])


@pytest.mark.parametrize("body", [b"", b"no pdf", b"%PDF-1.7\n%%EOF"])
def test_what_is_no_sealed_pdf_is_an_answer_and_not_an_error(
    client: TestClient,
    pool: HerePool,
    authority: Demonstration,
    body: bytes,
):
    answer = client.post("/v1/seal-verifications", content=body, headers=PDF)
    assert (answer.status_code, answer.json()["status"]) == (200, "TOTAL_FAILED")


def test_too_large_a_file_is_refused_before_it_is_read(
    client: TestClient,
    pool: HerePool,
    authority: Demonstration,
):
    answer = client.post("/v1/seal-verifications", content=bytes(LARGEST_PDF + 1), headers=PDF)
    assert (answer.status_code, answer.json()["code"]) == (413, "request.body_too_large")


def test_without_seals_it_says_that_it_cannot_verify(client: TestClient, pool: HerePool):
    answer = client.post("/v1/seal-verifications", content=b"%PDF-1.7", headers=PDF)
    assert (answer.status_code, answer.json()["code"]) == (503, "seal.certificate_refused")


def test_lost_process_is_a_clear_refusal_and_never_a_pass(
    client: TestClient,
    pool: HerePool,
    issued: bytes,
):
    pool.losses = 1
    answer = client.post("/v1/seal-verifications", content=issued, headers=PDF)
    assert (answer.status_code, answer.json()["code"]) == (503, "work.lost")


def test_place_of_a_seal_must_lie_on_a_page():
    with pytest.raises(ValueError, match="page"):
        SealPlace(-1, 0, 0)
