"""How the end of a certificate looks over HTTP."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from filing.certificates import CertificateEnd


class EndingBody(BaseModel):
    """Why a certificate ends, and which takes its place."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=2000, examples=["申请材料不实"])
    successor: str | None = Field(
        default=None,
        pattern="^[A-Z]{1,8}[0-9]{6,30}$",
        description="替代它的证书编号；不填即撤销 The certificate in its place; without one it is revoked.",
        examples=["JY24201020000026"],
    )


class CertificateEndView(BaseModel):
    """A certificate that holds no more."""

    number: str = Field(examples=["JY24201020000018"])
    status: Literal["revoked", "replaced"]
    ended_at: datetime
    successor: str | None = Field(examples=["JY24201020000026"])
    log_entry: str = Field(description="日志条目的摘要 Hash of the log's entry, hexadecimal.")

    @classmethod
    def of(cls, end: CertificateEnd) -> Self:
        return cls(
            number=end.number,
            status="replaced" if end.successor else "revoked",
            ended_at=end.at,
            successor=end.successor or None,
            log_entry=end.log_entry,
        )
