"""Certificates: what anyone may ask for by number."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.filing_dependencies import FilingReading
from api.problems import problem_responses
from api.views.certificates import PublicCertificateView

router = APIRouter(prefix="/v1/certificates", tags=["certificates"])

Number = Annotated[str, Path(pattern="^[A-Z]{1,8}[0-9]{6,30}$", examples=["JY24201020000018"])]


@router.get("/{number}", responses=problem_responses(404, 422), summary="查询证书 Look up a certificate")
def read_public_certificate(number: Number, filing: FilingReading) -> PublicCertificateView:
    """Tell what holds of a certificate number. The holder is masked."""
    return PublicCertificateView.of(filing.certificates.public(number))
