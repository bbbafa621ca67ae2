"""Seals: verify a sealed file."""

import anyio
from anyio.lowlevel import RunVar
from fastapi import APIRouter, Depends, Request

from api.bootstrap import Services
from api.dependencies import LanguageDep, ServicesDep
from api.errors import BodyTooLarge
from api.jobs.paper import number_in, verify
from api.limits import limited
from api.problems import problem_responses
from api.store.filing import filing_services
from api.views.certificates import PublicCertificateView
from api.views.seals import SealVerificationView
from filing.errors import CertificateNotFound
from filing.issuing import PublicCertificate
from signing.seal import LARGEST_PDF
from signing.verdict import SealStatus, SealVerification, expect_holder, holder_unknown

router = APIRouter(prefix="/v1", tags=["seals"])

VERIFICATION_SECONDS = 20.0
VERIFICATIONS_AT_ONCE = 4
_gate: RunVar[anyio.CapacityLimiter | None] = RunVar("novisit_seal_verifications")
PdfBody = {
    "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    "required": True,
}


@router.post(
    "/seal-verifications",
    summary="验证印章 Verify a seal",
    dependencies=[Depends(limited("seal-verifications"))],
    responses=problem_responses(413, 429, 503),
    openapi_extra={"requestBody": PdfBody},
)
async def verify_seal(request: Request, services: ServicesDep, language: LanguageDep) -> SealVerificationView:
    """Verify the electronic seal of a PDF, at most 20 MiB, sent as the body. No account is needed.

    The answer is TOTAL_PASSED only where the file is what the organ sealed, unchanged, and the seal is that
    of the organ the certificate's number belongs to; a number that nobody here gave out leaves it undecided.
    The file is not kept.
    """
    pdf = await _read_body(request)
    found, certificate = await anyio.to_thread.run_sync(_verify, services, pdf, limiter=_threads())
    view = PublicCertificateView.of(certificate) if certificate else None
    return SealVerificationView.of(found, view, services.catalogue, language)


async def _read_body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_PDF:
            raise BodyTooLarge
    return bytes(body)


def _threads() -> anyio.CapacityLimiter:
    """Threads of its own: those who wait for a verification take none from the other routes."""
    gate = _gate.get(None)
    if gate is None:
        gate = anyio.CapacityLimiter(VERIFICATIONS_AT_ONCE)
        _gate.set(gate)
    return gate


def _verify(services: Services, pdf: bytes) -> tuple[SealVerification, PublicCertificate | None]:
    """Verify in another process, then hold the seal against the organ that the number belongs to."""
    found = services.paper_pool.run(
        verify, pdf, services.settings.seal_dir, services.clock(), timeout_seconds=VERIFICATION_SECONDS
    )
    if found.status is not SealStatus.TOTAL_PASSED:
        return found, None
    number = number_in(found.sealed_by.reason)
    with services.reading() as db:
        filing = filing_services(db, services)
        try:
            known = filing.certificates.public(number)
            content = filing.office.certificates.by_number(number).content
        except CertificateNotFound:
            return holder_unknown(found), None
    held = expect_holder(found, holder=content.organ_name_zh, organ_id=content.organ_id)
    return held, known
