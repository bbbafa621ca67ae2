"""How a certificate looks to anyone who asks for its number."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from api.views.matters import TextView
from filing.certificates import CertificateStatus
from filing.issuing import PublicCertificate
from signing.transparency.entries import DocumentForm


class IssuedFileView(BaseModel):
    """One form in which a certificate left."""

    form: DocumentForm
    sha256: str = Field(description="SHA-256 of the sealed file, hexadecimal.")


class PublicCertificateView(BaseModel):
    """What anyone may know of a certificate number."""

    number: str = Field(examples=["JY24201020000018"])
    status: CertificateStatus
    organ: TextView
    matter: TextView
    masked_holder: str = Field(examples=["江*****馆"])
    valid_from: date
    valid_until: date | None
    ended_at: datetime | None = Field(description="撤销或替代的时间 Since when it is revoked or replaced.")
    successor: str | None = Field(
        description="替代它的证书 The certificate in its place.", examples=["JY24201020000026"]
    )
    files: list[IssuedFileView] = Field(description="The sealed files; empty until it is sealed.")

    @classmethod
    def of(cls, known: PublicCertificate) -> "PublicCertificateView":
        return cls(
            number=known.number,
            status=known.status,
            organ=TextView(zh=known.organ_name_zh, en=known.organ_name_en),
            matter=TextView(zh=known.matter_name_zh, en=known.matter_name_en),
            masked_holder=known.masked_holder,
            valid_from=known.valid_from,
            valid_until=known.valid_until,
            ended_at=known.ended_at,
            successor=known.successor,
            files=[IssuedFileView(form=file.form, sha256=file.sha256) for file in known.documents],
        )
