"""Cases: what an applicant begins, fills in, hands over and gets."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.bootstrap import Services
from api.dependencies import ServicesDep, SignedIn
from api.errors import BodyTooLarge
from api.evidence.port import UNKEPT, EvidenceKind, EvidenceRef, NewEvidence
from api.filing_dependencies import Filing, FilingReading, PageDep
from api.idempotency import IdempotentRoute, idempotent
from api.problems import problem_responses
from api.store.filing import certificate_owner, filing_services
from api.uploads import store_body
from api.views.cases import (
    CaseReceipt,
    CaseSummary,
    CaseView,
    CaseViews,
    FormAnswers,
    MaterialView,
    NewCase,
)
from api.views.dockets import DocketView
from filing.cases import Case, CaseState
from filing.certificates import Certificate, SealedDocument
from filing.errors import MaterialRefused
from filing.findings import Finding
from filing.materials import SNIFF_BYTES, FiledMaterial, MaterialFormat, MaterialRequirement
from filing.ports import AsApplicant
from signing.transparency.entries import MEDIA_TYPES, DocumentForm

BINARY = {"schema": {"type": "string", "format": "binary"}}
router = APIRouter(prefix="/v1/cases", tags=["cases"], route_class=IdempotentRoute)


def case_owner(case_id: str) -> str:
    """Who evidence of a case belongs to."""
    return f"case:{case_id}"


@router.post(
    "",
    status_code=201,
    dependencies=[Depends(idempotent)],
    responses=problem_responses(400, 401, 404, 410, 422),
    summary="新建办件 Begin a case",
)
def create_case(body: NewCase, account: SignedIn, filing: Filing, response: Response) -> CaseReceipt:
    """Begin a draft under the newest version of a matter, at an office that takes it."""
    case = filing.cases.create(account.id, matter_id=body.matter_id, organ_id=body.organ_id)
    response.headers["Location"] = f"/v1/cases/{case.id}"
    return CaseReceipt.of(case)


@router.get("", responses=problem_responses(401), summary="我的办件 My cases")
def list_cases(
    account: SignedIn,
    filing: FilingReading,
    page: PageDep,
    role: Annotated[Literal["applicant", "party"], Query(description="以何身份 In which part")] = "applicant",
) -> list[CaseSummary]:
    """List one's own cases, or those in which one takes part by invitation, the newest first."""
    views = CaseViews(filing.office, account_id=account.id)
    found = filing.cases.list if role == "applicant" else filing.cases.list_as_party
    return [views.summary(case) for case in found(account.id, page)]


@router.get("/{case_id}", responses=problem_responses(401, 404), summary="办件详情 A case whole")
def read_case(case_id: str, account: SignedIn, filing: FilingReading) -> CaseView:
    """Show a case with everything that still keeps it from being submitted."""
    return CaseViews(filing.office, account_id=account.id).whole(filing.cases.find(account.id, case_id))


@router.patch(
    "/{case_id}", responses=problem_responses(401, 404, 409, 413, 422), summary="保存填写内容 Save answers"
)
def save_answers(case_id: str, body: FormAnswers, account: SignedIn, filing: Filing) -> CaseView:
    """Save answers as typed, also wrong ones: `findings` says what to put right."""
    case = filing.cases.fill(account.id, case_id, body.form)
    return CaseViews(filing.office, account_id=account.id).whole(case)


@router.put(
    "/{case_id}/materials/{name}",
    responses=problem_responses(401, 404, 409, 413, 415),
    summary="上传材料 File a material",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                kind.value: {"schema": {"type": "string", "format": "binary"}} for kind in MaterialFormat
            },
        }
    },
)
async def file_material(
    case_id: str, name: str, request: Request, account: SignedIn, services: ServicesDep
) -> MaterialView:
    """File a material from the raw body. Its kind is told from its content, not from its name."""
    case, requirement = await run_in_threadpool(_fileable, services, account.id, case_id, name)

    def begin(head: bytes) -> NewEvidence:
        kind = requirement.require_acceptable(head=head, size=len(head))
        return NewEvidence(
            owner=case_owner(case.id),
            kind=EvidenceKind.MATERIAL,
            media_type=kind.value,
            limit_bytes=requirement.max_bytes,
            organ_id=case.organ_id,
        )

    try:
        stored = await store_body(request, services.evidence, head_bytes=SNIFF_BYTES, begin=begin)
    except BodyTooLarge:
        limit = {"mebibytes": str(requirement.max_bytes // 2**20)}
        raise MaterialRefused([Finding("material.too_large", f"material:{name}", limit)]) from None
    return await run_in_threadpool(_attach, services, account.id, case_id, name, stored)


def _fileable(
    services: Services, account_id: str, case_id: str, name: str
) -> tuple[Case, MaterialRequirement]:
    with services.reading() as db:
        filing = filing_services(db, services)
        case = filing.cases.require_fileable(account_id, case_id, name)
        return case, filing.office.matter_of(case).material(name)


def _attach(
    services: Services, account_id: str, case_id: str, name: str, stored: EvidenceRef
) -> MaterialView:
    filed = FiledMaterial(
        name=name,
        evidence_id=stored.id,
        sha256=stored.sha256,
        size=stored.size,
        media_type=MaterialFormat(stored.media_type),
        filed_at=services.clock(),
    )
    with services.transaction() as db:
        filing = filing_services(db, services)
        before = filing.cases.find(account_id, case_id)
        filing.cases.attach(account_id, case_id, filed)
        services.evidence.keep_until(stored.id, None, db=db)
        for old in before.materials:
            # What a reviewer has seen stays with the case; a draft's former file goes.
            if old.name == name and before.state is CaseState.DRAFT:
                services.evidence.keep_until(old.evidence_id, services.clock() + UNKEPT, db=db)
    return MaterialView.of(filed)


@router.get(
    "/{case_id}/materials/{name}",
    response_class=StreamingResponse,
    responses=problem_responses(401, 404),
    summary="查看材料 Read a material",
)
def read_material(
    case_id: str, name: str, account: SignedIn, filing: FilingReading, services: ServicesDep
) -> StreamingResponse:
    """Read a material that one filed."""
    return material_response(services, filing.cases.find(account.id, case_id), name)


def material_response(services: Services, case: Case, name: str) -> StreamingResponse:
    """Stream a material of a case. Raises UnknownMaterial, EvidenceNotFound."""
    material = case.material(name)
    pieces = services.evidence.open(material.evidence_id, owner=case_owner(case.id))
    extension = material.media_type.name.lower()
    return StreamingResponse(
        pieces,
        media_type=material.media_type.value,
        headers={
            "Content-Disposition": f'attachment; filename="{name}.{extension}"',
            "Content-Length": str(material.size),
            "X-Content-Type-Options": "nosniff",
        },
    )


@router.post(
    "/{case_id}/submission",
    dependencies=[Depends(idempotent)],
    responses=problem_responses(400, 401, 403, 404, 409, 410, 422),
    summary="提交 Hand over to the office",
)
def submit_case(case_id: str, account: SignedIn, filing: Filing) -> CaseReceipt:
    """Submit the case, for the first time or after a return. Only the verified applicant can."""
    return CaseReceipt.of(filing.cases.submit(account.id, case_id))


@router.get("/{case_id}/docket", responses=problem_responses(401, 404), summary="办件流水 The docket")
def read_docket(case_id: str, account: SignedIn, filing: FilingReading) -> DocketView:
    """Show every change of the case as a chain of hashes, verified as it is read."""
    case = filing.cases.find(account.id, case_id)
    entries = filing.office.cases.docket_of(case_id, AsApplicant(account.id))
    return DocketView.of(case.id, entries, case.head)


@router.get(
    "/{case_id}/certificate",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES.values()
            }
        },
        **problem_responses(401, 404),
    },
    summary="下载证书 The sealed certificate",
)
def read_certificate(
    case_id: str,
    account: SignedIn,
    filing: FilingReading,
    services: ServicesDep,
    form: Annotated[DocumentForm | None, Query(examples=["ofd"])] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> StreamingResponse:
    """Download the sealed certificate: in the `form` that is asked for, or else the one that `Accept` names.

    `pdf` and `ofd` are forms of the same certificate, each under a seal of its own; the log of seals commits
    to both in one entry. Which of them there are stands in the case, as `certificate_forms`.
    """
    certificate = filing.certificates.of_case(account.id, case_id)
    document = _chosen(certificate, form, accept)
    pieces = services.evidence.open(document.evidence_id, owner=certificate_owner(certificate.number))
    return StreamingResponse(
        pieces,
        media_type=MEDIA_TYPES[document.form],
        headers={
            "Content-Disposition": f'attachment; filename="{certificate.number}.{document.form}"',
            "Content-Length": str(document.size),
            "Vary": "Accept",
        },
    )


def _chosen(certificate: Certificate, form: DocumentForm | None, accept: str) -> SealedDocument:
    """The form that was asked for. Raises CertificateFormMissing."""
    if form is not None:
        return certificate.document_as(form)
    wanted = [kind.partition(";")[0].strip().lower() for kind in accept.split(",")]
    kinds = {MEDIA_TYPES[document.form]: document for document in certificate.documents}
    return next((kinds[kind] for kind in wanted if kind in kinds), certificate.document)
