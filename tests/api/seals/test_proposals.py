"""A seal needs two administrators: what one proposes another approves, and then it seals."""

import hashlib
import itertools
import struct
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi.testclient import TestClient
from httpx import Response

from api.auth.accounts import Role
from api.bootstrap import Services
from api.jobs.port import RunningJob
from api.jobs.seal_enforcement import UPKEEP, upkeep
from api.store.organs import SqlOrgans
from api.store.seal_proposals import SealProposals
from filing.organs import demonstration_organs
from signing.certificates import ISSUING, SEAL, Issuer, issue, self_sign, subject
from signing.demonstration import Demonstration
from signing.design import SealDesign
from signing.keys import KeyAlgorithm
from signing.keys.custody import KeyCustody
from signing.keys.journal import RevocationReason
from tests.api.conftest import Clock, fresh_key
from tests.api.filing.world import JIANGAN, World
from tests.api.seals.conftest import HerePool, run_jobs

Staff = Callable[..., TestClient]
CODE = "4201020009999"
PURPOSE = f"seal-{JIANGAN}"
_names = itertools.count(1)


@pytest.fixture
def administrators(staff: Staff, world: World, authority: Demonstration) -> tuple[TestClient, TestClient]:
    """Two administrators of the service, in an office with demonstration seals."""
    return staff(Role.ADMINISTRATOR, None), staff(Role.ADMINISTRATOR, None)


def make_key(signer: KeyCustody, purpose: str = PURPOSE) -> str:
    return signer.make(purpose, algorithm=KeyAlgorithm.P256, since=None, by="test").name


def propose(browser: TestClient, key: str, **changes: object) -> Response:
    body = {"organ_id": JIANGAN, "code": CODE, "key_name": key, **changes}
    answer: Response = browser.post("/v1/seal-proposals", json=body, headers=fresh_key())
    return answer


def proposed(browser: TestClient, key: str, **changes: object) -> str:
    answer = propose(browser, key, **changes)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/v1/seal-proposals/{answer.json()['id']}"
    return f"/v1/seal-proposals/{answer.json()['id']}"


def code_of(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_approved_seal_comes_in_force_with_its_own_key(
    administrators: tuple[TestClient, TestClient], services: Services, signer: KeyCustody
):
    one, other = administrators
    key = make_key(signer)
    url = proposed(one, key)
    assert services.seal_office.credential(JIANGAN).key_name != key
    assert (one.get(url).json()["is_own"], other.get(url).json()["is_own"]) == (True, False)
    approved = other.post(f"{url}/approval").json()
    assert approved["state"] == "approved"
    assert approved["decided_by"] != approved["proposed_by"]
    run_jobs(services)
    assert one.get(url).json()["state"] == "in_force"
    credential = services.seal_office.credential(JIANGAN)
    assert (credential.key_name, credential.seal.code) == (key, CODE)


def test_sealing_goes_on_with_the_new_seal(
    administrators: tuple[TestClient, TestClient],
    services: Services,
    signer: KeyCustody,
    pool: HerePool,
    world: World,
):
    one, other = administrators
    key = make_key(signer)
    other.post(f"{proposed(one, key)}/approval").raise_for_status()
    run_jobs(services)
    applicant = world.applicant()
    case_id, _ = world.approved(applicant, world.reviewer())
    run_jobs(services)
    pdf = applicant.get(f"/v1/cases/{case_id}/certificate").content
    told = applicant.post(
        "/v1/seal-verifications", content=pdf, headers={"content-type": "application/pdf"}
    ).json()
    assert (told["status"], told["sealed_by"]["seal_code"]) == ("TOTAL_PASSED", CODE)
    assert signer.counts.uses(key) == 1


def test_a_proposed_seal_looks_as_its_organ_has_set_and_is_shown_to_who_decides(
    administrators: tuple[TestClient, TestClient], services: Services, signer: KeyCustody, world: World
):
    one, other = administrators
    special = SealDesign(diameter_mm=40.0, line="行政审批专用章", short_name="江岸审批局")
    with services.transaction() as db:
        SqlOrgans(db).redesign_seal(JIANGAN, special)
    url = proposed(one, make_key(signer))
    with services.transaction() as db:
        SqlOrgans(db).redesign_seal(JIANGAN, SealDesign())
    told = other.get(url).json()
    assert (told["shown_name"], told["line"], told["diameter_mm"]) == ("江岸审批局", "行政审批专用章", 40.0)
    assert (told["centre"], told["emblem_sha256"]) == ("star", None)
    shown = other.get(f"{url}/picture")
    assert shown.headers["content-type"] == "image/png"
    assert struct.unpack(">II", shown.content[16:24]) == (round(40 / 25.4 * 300),) * 2
    assert world.applicant().get(f"{url}/picture").status_code == 403
    other.post(f"{url}/approval").raise_for_status()
    run_jobs(services)
    assert services.seal_office.credential(JIANGAN).seal.design == special


def test_nobody_decides_on_what_they_proposed(
    administrators: tuple[TestClient, TestClient], services: Services, signer: KeyCustody
):
    one, other = administrators
    url = proposed(one, make_key(signer))
    assert code_of(one.post(f"{url}/approval")) == (403, "proposal.own")
    assert code_of(one.post(f"{url}/rejection", json={"reason": "no"})) == (403, "proposal.own")
    assert code_of(other.post(f"{url}/withdrawal")) == (409, "proposal.closed")
    run_jobs(services)
    assert other.get(url).json()["state"] == "proposed"


def test_what_is_decided_is_decided(
    administrators: tuple[TestClient, TestClient], services: Services, signer: KeyCustody, staff: Staff
):
    one, other = administrators
    url = proposed(one, make_key(signer))
    rejected = other.post(f"{url}/rejection", json={"reason": "编码不符"}).json()
    assert (rejected["state"], rejected["reason"]) == ("rejected", "编码不符")
    third = staff(Role.ADMINISTRATOR, None)
    for again in (third.post(f"{url}/approval"), one.post(f"{url}/withdrawal")):
        assert code_of(again) == (409, "proposal.closed")


def test_one_proposal_of_an_organ_waits_at_a_time(
    administrators: tuple[TestClient, TestClient], signer: KeyCustody
):
    one, other = administrators
    key = make_key(signer)
    proposed(one, key)
    assert code_of(propose(other, key)) == (409, "proposal.open")


def test_withdrawn_proposal_makes_room(
    administrators: tuple[TestClient, TestClient], signer: KeyCustody, clock: Clock
):
    one, other = administrators
    key = make_key(signer)
    assert one.post(f"{proposed(one, key)}/withdrawal").json()["state"] == "withdrawn"
    clock.move(seconds=1)
    assert propose(other, key).status_code == 201
    assert [item["state"] for item in one.get("/v1/seal-proposals").json()] == ["proposed", "withdrawn"]


def test_later_seal_comes_in_force_at_its_moment(
    administrators: tuple[TestClient, TestClient], services: Services, signer: KeyCustody, clock: Clock
):
    one, other = administrators
    key = make_key(signer)
    since = clock() + timedelta(days=2)
    url = proposed(one, key, since=since.isoformat())
    other.post(f"{url}/approval").raise_for_status()

    def state_after_upkeep() -> str:
        upkeep(services, RunningJob("upkeep", UPKEEP, {}))
        run_jobs(services)
        with services.reading() as db:
            return SealProposals(db).latest()[0].state.value

    assert state_after_upkeep() == "approved"
    clock.move(days=2, seconds=1)
    assert state_after_upkeep() == "in_force"
    assert services.seal_office.credential(JIANGAN).key_name == key


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"key_name": "absent"}, "proposal.key_unknown"),
        ({"key_name": "records"}, "proposal.key_of_another"),
        ({"certificates": "-----BEGIN CERTIFICATE-----"}, "proposal.demonstration"),
        ({"since": "2099-01-01T00:00:00Z"}, "proposal.too_far"),
    ],
)
def test_unfit_seal_is_refused_with_its_reason(
    administrators: tuple[TestClient, TestClient], signer: KeyCustody, change: dict[str, str], code: str
):
    make_key(signer, "records")
    assert code_of(propose(administrators[0], make_key(signer), **change)) == (422, code)


def test_revoked_key_and_unknown_organ_are_refused(
    administrators: tuple[TestClient, TestClient], signer: KeyCustody, clock: Clock
):
    one, _ = administrators
    key = make_key(signer)
    signer.revoke(key, since=clock(), reason=RevocationReason.SUPERSEDED, by="test")
    assert code_of(propose(one, key)) == (422, "proposal.key_unknown")
    assert code_of(propose(one, make_key(signer), organ_id="nowhere")) == (404, "organ.not_found")


def test_only_administrators_come_here(
    administrators: tuple[TestClient, TestClient], signer: KeyCustody, staff: Staff, client: TestClient
):
    url = proposed(administrators[0], make_key(signer))
    for role in (Role.REVIEWER, Role.SUPERVISOR, Role.OPERATOR):
        browser = staff(role, JIANGAN)
        assert browser.get(url).status_code == 403
        assert browser.post(f"{url}/approval").status_code == 403
    assert client.get(url).status_code == 401
    assert client.post(f"{url}/approval").status_code == 401


def test_administrator_of_an_organ_sees_only_its_own(
    administrators: tuple[TestClient, TestClient], signer: KeyCustody, staff: Staff
):
    url = proposed(administrators[0], make_key(signer))
    elsewhere = staff(Role.ADMINISTRATOR, "jianghan-approval")
    assert elsewhere.get(url).status_code == 404
    assert elsewhere.post(f"{url}/approval").status_code == 404
    assert elsewhere.get("/v1/seal-proposals").json() == []
    assert code_of(propose(elsewhere, make_key(signer))) == (404, "organ.not_found")
    assert staff(Role.ADMINISTRATOR, JIANGAN).post(f"{url}/approval").status_code == 200


def licensed_answer(services: Services, key: str, holder: str, clock: Clock) -> str:
    """What a licensed authority answers: a certificate of the key, its authority and its root (PEM)."""
    root_key, issuing_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    number = next(_names)
    root = self_sign(subject(f"Root {number}", organization="Licensed"), root_key, now=clock())
    urls = ("https://ca.example/x.crt", "https://ca.example/x.crl", "https://ca.example/ocsp")
    above = Issuer(root, root_key, *urls)
    name = subject(f"Issuing {number}", organization="Licensed")
    issuing = issue(ISSUING, name, issuing_key.public_key(), issuer=above, now=clock())
    seal_name = subject(f"{holder}电子印章", organization=holder, organization_id=JIANGAN, code=CODE)
    certificate = issue(
        SEAL,
        seal_name,
        services.keys.public_key(key),
        issuer=Issuer(issuing, issuing_key, *urls),
        now=clock(),
    )
    pem = serialization.Encoding.PEM
    return b"".join(item.public_bytes(pem) for item in (certificate, issuing, root)).decode()


def test_answer_of_a_licensed_authority_is_checked_and_put_in_the_book(
    staff: Staff, world: World, services: Services, signer: KeyCustody, clock: Clock
):
    one, other = staff(Role.ADMINISTRATOR, None), staff(Role.ADMINISTRATOR, None)
    key, stranger = make_key(signer), make_key(signer)
    holder = demonstration_organs()[0].name_zh
    for wrong, code in (
        ("", "proposal.no_certificate"),
        ("no certificate", "seal.certificate_unfit"),
        (licensed_answer(services, stranger, holder, clock), "seal.certificate_unfit"),
        (licensed_answer(services, key, "别的机构", clock), "seal.other_organ"),
    ):
        assert code_of(propose(one, key, certificates=wrong)) == (422, code)
    pem = licensed_answer(services, key, holder, clock)
    url = proposed(one, key, certificates=pem)
    shown = other.get(url).json()["certificate_sha256"]
    der = x509.load_pem_x509_certificates(pem.encode())[0].public_bytes(serialization.Encoding.DER)
    assert shown == hashlib.sha256(der).hexdigest()
    other.post(f"{url}/approval").raise_for_status()
    run_jobs(services)
    assert one.get(url).json()["state"] == "in_force"
    credential = services.seal_office.credential(JIANGAN)
    assert (credential.key_name, credential.certificate, credential.seal.code) == (key, der, CODE)
