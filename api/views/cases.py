"""How cases look over HTTP."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.views.matters import Body, FindingView, OrganView, TextView
from api.views.parties import PartyPlace, PartyProgress
from filing.cases import Case, CaseState, DecisionKind
from filing.errors import CertificateNotFound, CertificateNotReserved
from filing.findings import Finding
from filing.materials import FiledMaterial
from filing.office import Office
from filing.participation import PartyService, PartyView
from filing.submission import CaseService
from signing.transparency.entries import DocumentForm


class NewCase(Body):
    """A case to be begun."""

    matter_id: str = Field(max_length=64, examples=["catering-under-150"])
    organ_id: str = Field(max_length=64, examples=["jiangan-approval"])


class FormAnswers(Body):
    """Answers to save as typed; null takes an answer back. Fields that are not named stay as they are."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"form": {"operator_name": "江岸区好味面馆", "area_m2": "149.99"}}]},
    )
    form: dict[str, Any]


class CorrectionBody(Body):
    """One thing to put right: a form field, or `material:<name>`."""

    field: str = Field(max_length=128, examples=["area_m2"])
    remark: str = Field(min_length=1, max_length=2000, examples=["与平面图不符，请核对。"])


class DecisionBody(Body):
    """A reviewer's decision; `return` and `reject` have a reason, `fields` name what to put right."""

    decision: DecisionKind
    reason: str = Field(default="", max_length=2000, examples=["请更正面积并重新上传平面图。"])
    fields: list[CorrectionBody] = Field(default_factory=list, max_length=100)


class CaseReceipt(BaseModel):
    """Where a case stands after a step. It carries nothing that was typed."""

    id: str
    state: CaseState
    matter_id: str
    organ_id: str
    revision: int
    certificate_number: str | None = None

    @classmethod
    def of(cls, case: Case, *, certificate_number: str | None = None) -> "CaseReceipt":
        return cls(
            id=case.id,
            state=case.state,
            matter_id=case.matter_id,
            organ_id=case.organ_id,
            revision=case.revision,
            certificate_number=certificate_number,
        )


class MaterialView(BaseModel):
    """A filed material."""

    name: str
    sha256: str
    size: int
    media_type: str
    filed_at: datetime

    @classmethod
    def of(cls, material: FiledMaterial) -> "MaterialView":
        return cls(
            name=material.name,
            sha256=material.sha256,
            size=material.size,
            media_type=material.media_type.value,
            filed_at=material.filed_at,
        )


class VerificationView(BaseModel):
    """How the applicant's proof of identity stands; `needed` is the assurance the matter asks for."""

    needed: str = Field(examples=["ordered"])
    verified_at: datetime | None
    expires_at: datetime | None
    is_valid: bool


class CorrectionView(BaseModel):
    field: str
    remark: str


class DecisionView(BaseModel):
    """The newest decision."""

    decision: DecisionKind
    reason: str
    fields: list[CorrectionView]
    decided_at: datetime


class ClockView(BaseModel):
    """The time the office has used, in working days; waiting for the applicant is not charged."""

    working_days: int
    total_days: int
    desk_minutes: int
    due_on: date
    is_provisional: bool = Field(description="A year it depends on is not published yet.")
    is_suspended: bool
    is_overdue: bool


class ClaimView(BaseModel):
    """A reviewer's hold on the case."""

    mine: bool
    until: datetime


class CaseSummary(BaseModel):
    """A case in a list."""

    id: str
    state: CaseState
    matter_id: str
    matter_name: TextView
    organ: OrganView
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    clock: ClockView | None
    claim: ClaimView | None = None


class CaseView(CaseSummary):
    """A case whole."""

    matter_version: str
    form: dict[str, Any]
    materials: list[MaterialView]
    findings: list[FindingView] = Field(description="What keeps the case from being submitted.")
    verification: VerificationView
    parties: list[PartyProgress]
    decision: DecisionView | None
    certificate_number: str | None
    certificate_issued: bool
    certificate_forms: list[DocumentForm] = Field(
        description="The forms in which the certificate can be downloaded.", examples=[["pdf", "ofd"]]
    )
    revision: int


class CaseViews:
    """Builds views of cases with the parts of an office."""

    def __init__(self, office: Office, *, account_id: str) -> None:
        self._office = office
        self._account_id = account_id

    def summary(self, case: Case) -> CaseSummary:
        return CaseSummary(**self._summary(case))

    def whole(self, case: Case) -> CaseView:
        office, matter = self._office, self._office.matter_of(case)
        decision, proof = case.decision, case.verification
        number, forms = self._certificate(case)
        valid = proof is not None and proof.verified_at <= office.now() < proof.expires_at
        return CaseView(
            **self._summary(case),
            matter_version=case.matter_version,
            form=dict(case.form),
            materials=[MaterialView.of(material) for material in case.materials],
            findings=[self._finding(finding) for finding in CaseService(office).findings(case)],
            verification=VerificationView(
                needed=matter.assurance,
                verified_at=proof.verified_at if proof else None,
                expires_at=proof.expires_at if proof else None,
                is_valid=valid,
            ),
            parties=self._parties(case),
            decision=DecisionView(
                decision=decision.kind,
                reason=decision.reason,
                fields=[CorrectionView(field=c.target, remark=c.remark) for c in decision.corrections],
                decided_at=decision.decided_at,
            )
            if decision
            else None,
            certificate_number=number,
            certificate_issued=bool(forms),
            certificate_forms=forms,
            revision=case.revision,
        )

    def place(self, view: PartyView) -> PartyPlace:
        """Show a party their own place."""
        matter = self._office.matter_of(view.case)
        return PartyPlace(
            case_id=view.case.id,
            party_id=view.party.id,
            role=view.party.role,
            matter_name=TextView.of(matter.name),
            organ=OrganView.of(self._office.organs.organ(view.case.organ_id)),
            text=TextView(zh=view.text.zh, en=view.text.en),
            text_digest=view.text.digest,
            needed=matter.assurance,
            accepted=view.party.account_id is not None,
            verified=view.party.verification is not None,
            consented=view.has_consented,
            expires_at=view.party.expires_at,
        )

    def _summary(self, case: Case) -> dict[str, Any]:
        matter = self._office.matter_of(case)
        claim = None
        if case.claim and self._office.now() < case.claim.until:
            mine = case.claim.reviewer_account_id == self._account_id
            claim = ClaimView(mine=mine, until=case.claim.until)
        return {
            "id": case.id,
            "state": case.state,
            "matter_id": case.matter_id,
            "matter_name": TextView.of(matter.name),
            "organ": OrganView.of(self._office.organs.organ(case.organ_id)),
            "created_at": case.created_at,
            "updated_at": case.updated_at,
            "submitted_at": case.submitted_at,
            "clock": self._clock(case),
            "claim": claim,
        }

    def _clock(self, case: Case) -> ClockView | None:
        if case.ledger is None:
            return None
        used = self._office.clock.used(case.ledger, now=self._office.now())
        return ClockView(
            working_days=used.working_days,
            total_days=used.total_days,
            desk_minutes=int(used.desk_time.total_seconds() // 60),
            due_on=used.due_on,
            is_provisional=used.is_provisional,
            is_suspended=used.is_suspended,
            is_overdue=used.is_overdue,
        )

    def _parties(self, case: Case) -> list[PartyProgress]:
        if not case.parties:
            return []
        digest = PartyService(self._office).text_of(case).digest
        return [
            PartyProgress(
                id=party.id,
                role=party.role,
                display_name=party.display_name,
                share=party.share,
                accepted=party.account_id is not None,
                verified=party.verification is not None,
                consented=party.has_consented_to(digest),
                invitation_expires_at=party.expires_at,
            )
            for party in case.parties
        ]

    def _certificate(self, case: Case) -> tuple[str | None, list[DocumentForm]]:
        store = self._office.certificates
        try:
            number = store.reservation_of(case.id).number
            issued = store.certificate_of(case.id)
        except CertificateNotReserved:
            return None, []
        except CertificateNotFound:
            return number, []
        return number, [document.form for document in issued.documents]

    def _finding(self, finding: Finding) -> FindingView:
        return FindingView.of(finding, self._office.catalogue)
