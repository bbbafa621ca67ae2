"""How a verified seal looks over HTTP."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from api.messages import Catalogue, Language
from api.views.certificates import PublicCertificateView
from api.views.transparency import LogStandingView
from signing.verdict import Check, Outcome, SealedBy, SealStatus, SealVerification


class CheckView(BaseModel):
    """One numbered step of the verification."""

    number: int = Field(examples=[5])
    code: str = Field(examples=["changes"])
    clause: str = Field(description="Clause of ETSI EN 319 102-1.", examples=["5.2.8"])
    outcome: Outcome
    passed: bool
    title: str = Field(examples=["盖章后没有改动"])
    reason: str = Field(examples=["changed_after_seal"])
    text: str = Field(examples=["盖章后文件被改动过。"])

    @classmethod
    def of(cls, check: Check, catalogue: Catalogue, language: Language) -> Self:
        return cls(
            number=check.number,
            code=check.code,
            clause=check.clause,
            outcome=check.outcome,
            passed=check.passed,
            title=catalogue.text(f"seal.step.{check.code}", language),
            reason=check.reason,
            text=catalogue.text(f"seal.reason.{check.reason}", language),
        )


class SealedByView(BaseModel):
    """What the seal says of itself; believe it only where the status is TOTAL_PASSED."""

    holder: str = Field(examples=["江岸区行政审批局"])
    organ_id: str = Field(examples=["jiangan-approval"])
    seal_code: str = Field(examples=["4201020000001"])
    certificate_serial: str
    sealed_at: datetime | None
    reason: str = Field(examples=["小餐饮备案凭证 JY24201020000018"])
    demonstration: bool = Field(description="The seal comes from a demonstration authority: no legal force.")

    @classmethod
    def of(cls, found: SealedBy) -> Self:
        return cls(
            holder=found.holder,
            organ_id=found.organ_id,
            seal_code=found.seal_code,
            certificate_serial=found.certificate_serial,
            sealed_at=found.sealed_at,
            reason=found.reason,
            demonstration=found.demonstration,
        )


class SealVerificationView(BaseModel):
    """What is known of a sealed file; `certificate` where the seal is genuine and its number is ours."""

    status: SealStatus
    sub_indication: str = Field(description="As in ETSI EN 319 102-1; empty where the seal is valid.")
    text: str = Field(examples=["印章有效：文件自盖章后未被改动，印章属于所示机关。"])
    checks: list[CheckView]
    sealed_by: SealedByView
    certificate_number: str | None
    certificate: PublicCertificateView | None
    log: LogStandingView | None = Field(
        description="公开日志中的登记与证明 Its entry in the public log, with the proof."
    )
    is_issued_file: bool = Field(description="The file is, byte for byte, the one that was issued.")
    digest: str = Field(description="SHA-256 of the file, hexadecimal.")
    verified_at: datetime

    @classmethod
    def of(
        cls,
        found: SealVerification,
        certificate: PublicCertificateView | None,
        log: LogStandingView | None,
        catalogue: Catalogue,
        language: Language,
    ) -> Self:
        return cls(
            status=found.status,
            sub_indication=found.sub_indication,
            text=catalogue.text(f"seal.status.{found.answer}", language),
            checks=[CheckView.of(check, catalogue, language) for check in found.checks],
            sealed_by=SealedByView.of(found.sealed_by),
            certificate_number=certificate.number if certificate else None,
            certificate=certificate,
            log=log,
            is_issued_file=certificate is not None
            and any(file.sha256 == found.digest for file in certificate.files),
            digest=found.digest,
            verified_at=found.verified_at,
        )
