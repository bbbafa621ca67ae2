"""A world for the routes of filing: organs, applicants, reviewers, proofs, sealed documents."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.auth.accounts import Role
from api.bootstrap import Services
from api.evidence.port import EvidenceKind, NewEvidence
from api.store.filing import FilingServices, certificate_owner, filing_services
from filing.certificates import SealedDocument
from filing.verification import Verification
from tests.api.conftest import fresh_key, signed_in_applicant
from tests.filing.builders import CATERING, COMPLETE_CATERING

JIANGAN, JIANGHAN = "jiangan-approval", "jianghan-approval"
PDF = b"%PDF-1.7\n" + b"one page " * 40
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels " * 40


@dataclass
class World:
    """Everything a test of the routes needs."""

    app: FastAPI
    services: Services
    staff: Callable[..., TestClient]

    def applicant(self, name: str = "wang.fang") -> TestClient:
        return signed_in_applicant(self.app, name)

    def reviewer(self, organ_id: str = JIANGAN) -> TestClient:
        return self.staff(Role.REVIEWER, organ_id)

    def draft(self, client: TestClient, organ_id: str = JIANGAN, **answers: Any) -> str:
        body = {"matter_id": CATERING, "organ_id": organ_id}
        made = client.post("/v1/cases", json=body, headers=fresh_key())
        assert made.status_code == 201, made.text
        case_id: str = made.json()["id"]
        for name in ("application", "business_licence", "layout", "safety_rules"):
            filed = client.put(f"/v1/cases/{case_id}/materials/{name}", content=PDF)
            assert filed.status_code == 200, filed.text
        form = {**COMPLETE_CATERING, **answers}
        assert client.patch(f"/v1/cases/{case_id}", json={"form": form}).status_code == 200
        return case_id

    def verify(
        self,
        client: TestClient,
        case_id: str,
        *,
        party_id: str | None = None,
        name: str = "王芳",
        number: str = "420102199003071232",
    ) -> None:
        services, now = self.services, self.services.clock()
        proof = Verification(
            id=services.new_id(),
            account_id=client.get("/v1/accounts/me").json()["id"],
            person_digest=services.person_digests.person("resident_id", number),
            name_digest=services.person_digests.name(name),
            case_id=case_id,
            party_id=party_id,
            profile="ordered",
            verified_at=now,
            expires_at=now + timedelta(hours=24),
        )
        with self.filing() as filing:
            filing.cases.record_verification(proof)

    def submitted(self, client: TestClient, organ_id: str = JIANGAN, **answers: Any) -> str:
        case_id = self.draft(client, organ_id, **answers)
        self.verify(client, case_id)
        done = client.post(f"/v1/cases/{case_id}/submission", headers=fresh_key())
        assert done.status_code == 200, done.text
        return case_id

    def approved(self, client: TestClient, reviewer: TestClient) -> tuple[str, str]:
        case_id = self.submitted(client)
        assert reviewer.post(f"/v1/review/cases/{case_id}/claim").status_code == 200
        done = decide(reviewer, case_id, decision="approve")
        assert done.status_code == 200, done.text
        return case_id, done.json()["certificate_number"]

    def seal(self, case_id: str, pdf: bytes = PDF) -> None:
        """What the sealing job does, with a document that bears no seal."""
        with self.filing() as filing:
            number = filing.certificates.to_seal(case_id).number
        stored = self.services.evidence.put(
            [pdf],
            NewEvidence(
                owner=certificate_owner(number),
                kind=EvidenceKind.CERTIFICATE,
                media_type="application/pdf",
                limit_bytes=1 << 20,
            ),
        )
        with self.filing() as filing:
            now = self.services.clock()
            filing.certificates.issue(case_id, SealedDocument(stored.id, stored.sha256, stored.size, now))

    def filing(self) -> "_InTransaction":
        return _InTransaction(self.services)


class _InTransaction:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._transaction = services.transaction()

    def __enter__(self) -> FilingServices:
        return filing_services(self._transaction.__enter__(), self._services)

    def __exit__(self, *error: Any) -> None:
        self._transaction.__exit__(*error)


def decide(reviewer: TestClient, case_id: str, **body: Any):
    return reviewer.post(f"/v1/review/cases/{case_id}/decision", json=body, headers=fresh_key())
