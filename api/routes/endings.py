"""The end of a certificate, ordered by a reviewer of the organ that issued it."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Path

from api.dependencies import ServicesDep
from api.filing_dependencies import Filing, ReviewerDep
from api.idempotency import IdempotentRoute, idempotent
from api.problems import problem_responses
from api.transparency import publish_soon
from api.views.endings import CertificateEndView, EndingBody
from filing.ending import Ending

router = APIRouter(prefix="/v1/review/certificates", tags=["review"], route_class=IdempotentRoute)

Number = Annotated[str, Path(pattern="^[A-Z]{1,8}[0-9]{6,30}$", examples=["JY24201020000018"])]


@router.post(
    "/{number}/end",
    status_code=201,
    dependencies=[Depends(idempotent)],
    responses=problem_responses(400, 401, 403, 404, 409, 422),
    summary="撤销或替代证书 Revoke or replace a certificate",
)
def end_certificate(
    number: Number,
    body: EndingBody,
    reviewer: ReviewerDep,
    filing: Filing,
    services: ServicesDep,
    tasks: BackgroundTasks,
) -> CertificateEndView:
    """Revoke a certificate of one's organ for good, or name the certificate that takes its place.

    It is entered in the docket and in the public log at once, and shown to whoever verifies it. The reason
    stays with the case: the log tells only that and when it ended. Nobody ends a certificate of their own.
    """
    end = filing.endings.end(reviewer, number, Ending(body.reason, body.successor or ""))
    tasks.add_task(publish_soon, services)
    return CertificateEndView.of(end)
