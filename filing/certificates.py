"""The certificate: reserved by an approval, issued once the sealed document is recorded in docket and log.

A `Certificate` cannot be built without them: where there is one, there is proof of how it came to be.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from filing.canonical import canonical_json, sha256_hex
from filing.errors import CertificateFormMissing
from filing.identifiers import mask_name
from signing.seal import CrossingSeal, SealAnchor, SealPlacement
from signing.transparency.entries import DocumentForm

SHA256_HEX_LENGTH = 64


class CertificateStatus(StrEnum):
    """What the public is told about a certificate."""

    SEALING = "sealing"
    ISSUED = "issued"
    EXPIRED = "expired"
    REVOKED = "revoked"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """One line of the certificate: label in both languages and the value as printed."""

    label_zh: str
    label_en: str
    value: str


@dataclass(frozen=True, slots=True)
class CertificateContent:
    """Everything the document shows, frozen at the approval: drawn again it is the same document."""

    number: str
    organ_id: str
    organ_name_zh: str
    organ_name_en: str
    seal_id: str
    case_id: str
    matter_id: str
    matter_version: str
    matter_name_zh: str
    matter_name_en: str
    title_zh: str
    title_en: str
    holder: str
    lines: tuple[CertificateLine, ...]
    legal_basis_zh: tuple[str, ...]
    notes_zh: tuple[str, ...]
    approved_at: datetime
    valid_from: date
    valid_until: date | None
    placement: SealPlacement = field(default_factory=SealPlacement)

    def __post_init__(self) -> None:
        if not all((self.number, self.organ_id, self.seal_id, self.case_id, self.title_zh, self.holder)):
            raise ValueError("a certificate names its number, organ, seal, case, title and holder")
        if self.approved_at.tzinfo is None:
            raise ValueError("times are aware")
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise ValueError("a certificate ends after it begins")

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical content, hexadecimal."""
        return sha256_hex(canonical_json(content_as_dict(self)))

    @property
    def masked_holder(self) -> str:
        """The holder as the public may see it."""
        return mask_name(self.holder)

    def __repr__(self) -> str:
        return f"CertificateContent(number={self.number!r}, organ_id={self.organ_id!r})"


@dataclass(frozen=True, slots=True)
class Reservation:
    """A number held for an approved case until its document is sealed."""

    organ_id: str
    case_id: str
    number: str
    content: CertificateContent
    reserved_at: datetime

    def __post_init__(self) -> None:
        same = (self.organ_id, self.case_id, self.number)
        if same != (self.content.organ_id, self.content.case_id, self.content.number):
            raise ValueError("a reservation and its content name the same organ, case and number")


@dataclass(frozen=True, slots=True)
class SealedDocument:
    """What the sealing job has stored: where, how long, its SHA-256, and in which form."""

    evidence_id: str
    sha256: str
    size: int
    sealed_at: datetime
    form: DocumentForm = DocumentForm.PDF

    def __post_init__(self) -> None:
        if not self.evidence_id or len(self.sha256) != SHA256_HEX_LENGTH or self.size <= 0:
            raise ValueError("a sealed document names its place, its SHA-256 and its size")


@dataclass(frozen=True, slots=True)
class Certificate:
    """An issued certificate. `docket_entry` and `log_entry` are the hashes of the entries that record it.

    `documents` is one sealed document for each form in which the certificate left.
    """

    reservation: Reservation
    documents: tuple[SealedDocument, ...]
    docket_entry: str
    log_entry: str
    issued_at: datetime

    def __post_init__(self) -> None:
        if not self.docket_entry or not self.log_entry:
            raise ValueError("no certificate without a docket entry and a log entry")
        if not self.documents or len({document.form for document in self.documents}) < len(self.documents):
            raise ValueError("a certificate has a sealed document, and one at most in each form")

    @property
    def document(self) -> SealedDocument:
        """The document that is meant where nobody says in which form."""
        return self.documents[0]

    def document_as(self, form: DocumentForm) -> SealedDocument:
        """The document in a form. Raises CertificateFormMissing where the certificate did not leave in it."""
        for document in self.documents:
            if document.form is form:
                return document
        raise CertificateFormMissing

    @property
    def number(self) -> str:
        return self.reservation.number

    @property
    def content(self) -> CertificateContent:
        return self.reservation.content

    def status_on(self, day: date) -> CertificateStatus:
        """Say whether it still holds on a day of the organ's calendar."""
        until = self.content.valid_until
        return CertificateStatus.EXPIRED if until is not None and day > until else CertificateStatus.ISSUED


@dataclass(frozen=True, slots=True)
class CertificateEnd:
    """How a certificate ceased to hold: why, and which other took its place, if any (empty: none)."""

    number: str
    organ_id: str
    at: datetime
    reason: str
    successor: str
    docket_entry: str
    log_entry: str

    def __post_init__(self) -> None:
        if not all((self.number, self.organ_id, self.reason)) or self.number == self.successor:
            raise ValueError(
                "an end names its certificate, organ and reason, and no certificate replaces itself"
            )
        if not self.docket_entry or not self.log_entry:
            raise ValueError("no certificate ends without a docket entry and a log entry")

    def __repr__(self) -> str:
        return f"CertificateEnd(number={self.number!r})"


def content_as_dict(content: CertificateContent) -> dict[str, object]:
    """Give the content as plain JSON values; `content_from_dict` is its inverse."""
    plain: dict[str, object] = {
        name: getattr(content, name)
        for name in CertificateContent.__slots__
        if isinstance(getattr(content, name), str)
    }
    if content.placement != SealPlacement():
        plain["placement"] = asdict(content.placement)
    return plain | {
        "lines": [[line.label_zh, line.label_en, line.value] for line in content.lines],
        "legal_basis_zh": list(content.legal_basis_zh),
        "notes_zh": list(content.notes_zh),
        "approved_at": content.approved_at.isoformat(),
        "valid_from": content.valid_from.isoformat(),
        "valid_until": content.valid_until.isoformat() if content.valid_until else None,
    }


def content_from_dict(plain: Mapping[str, Any]) -> CertificateContent:
    """Build the content that `content_as_dict` gave."""
    values: dict[str, Any] = {name: plain[name] for name in CertificateContent.__slots__ if name in plain}
    until = plain["valid_until"]
    values |= {
        "lines": tuple(CertificateLine(*line) for line in plain["lines"]),
        "legal_basis_zh": tuple(plain["legal_basis_zh"]),
        "notes_zh": tuple(plain["notes_zh"]),
        "approved_at": datetime.fromisoformat(plain["approved_at"]),
        "valid_from": date.fromisoformat(plain["valid_from"]),
        "valid_until": date.fromisoformat(until) if until else None,
    }
    if "placement" in values:
        values["placement"] = _placement(values["placement"])
    return CertificateContent(**values)


def _placement(plain: Mapping[str, Any]) -> SealPlacement:
    anchor, crossing = plain["anchor"], plain["crossing"]
    return SealPlacement(
        SealAnchor(**anchor) if anchor else None, CrossingSeal(**crossing) if crossing else None
    )
