"""Seals: verify a sealed file."""

from dataclasses import dataclass

import anyio
from anyio.lowlevel import RunVar
from fastapi import APIRouter, Depends, Request

from api.bootstrap import Services
from api.dependencies import LanguageDep, ServicesDep
from api.errors import BodyTooLarge
from api.jobs.ofd_paper import is_ofd
from api.jobs.paper import verify
from api.limits import limited
from api.problems import problem_responses
from api.store.filing import filing_services
from api.transparency import log_keys, standing
from api.views.certificates import PublicCertificateView
from api.views.seals import SealVerificationView
from api.views.transparency import LogStandingView
from filing.errors import CertificateNotFound
from filing.issuing import PublicCertificate
from signing.seal import LARGEST_PDF
from signing.transparency.entries import MEDIA_TYPES
from signing.transparency.proofs import LogProof
from signing.transparency.standing import Standing, logged
from signing.verdict import SealStatus, SealVerification, expect_holder, holder_unknown

router = APIRouter(prefix="/v1", tags=["seals"])

VERIFICATION_SECONDS = 20.0
VERIFICATIONS_AT_ONCE = 4
_gate: RunVar[anyio.CapacityLimiter | None] = RunVar("novisit_seal_verifications")
SealedBody = {
    "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES.values()},
    "required": True,
}


@router.post(
    "/seal-verifications",
    summary="验证印章 Verify a seal",
    dependencies=[Depends(limited("seal-verifications"))],
    responses=problem_responses(413, 429, 503),
    openapi_extra={"requestBody": SealedBody},
)
async def verify_seal(request: Request, services: ServicesDep, language: LanguageDep) -> SealVerificationView:
    """Verify the electronic seal of a PDF or an OFD file, at most 20 MiB, sent as the body.

    No account is needed. Which of the two it is is seen from the file, whatever it is called.

    The answer is TOTAL_PASSED only where the file is what the organ sealed, unchanged, and the seal is that
    of the organ the certificate's number belongs to; a number that nobody here gave out leaves it undecided.
    The file is not kept.
    """
    content = await _read_body(request)
    verified = await anyio.to_thread.run_sync(_verify, services, content, limiter=_threads())
    return SealVerificationView.of(
        verified.found,
        PublicCertificateView.of(verified.certificate) if verified.certificate else None,
        LogStandingView.of(verified.proof) if verified.proof else None,
        services.catalogue,
        language,
    )


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


@dataclass(frozen=True, slots=True)
class Verified:
    """A verified file, what its number is known as, and the proof that the log holds it."""

    found: SealVerification
    certificate: PublicCertificate | None = None
    proof: LogProof | None = None


def _verify(services: Services, content: bytes) -> Verified:
    """Verify in another process, then hold the seal against the organ of the number, and against the log."""
    found = services.paper_pool.run(
        verify, content, services.seal_setup, services.clock(), timeout_seconds=VERIFICATION_SECONDS
    )
    if found.status is not SealStatus.TOTAL_PASSED:
        return Verified(found)
    number = found.sealed_by.number
    with services.reading() as db:
        filing = filing_services(db, services)
        try:
            known = filing.certificates.public(number)
            issued = filing.office.certificates.by_number(number).content
        except CertificateNotFound:
            return Verified(holder_unknown(found))
        seals = services.ofd_office.shelf if is_ofd(content) else services.seal_office
        identifier = seals.credential(issued.organ_id).identifier
        held = expect_holder(found, holder=issued.organ_name_zh, organ_id=identifier)
        if held.status is not SealStatus.TOTAL_PASSED:
            return Verified(held, known)
        stands, proof = standing(filing.office.log, log_keys(services), number, sha256=found.digest)
        return Verified(logged(held, stands), known, None if stands is Standing.NOT_LOGGED else proof)
