"""Work on paper for processes of the pool: draw and seal a certificate, verify a sealed file.

Each process opens keys once. What it needs to know, the time included, comes with the order.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from api.jobs.ofd_paper import draw_and_seal_ofd, is_ofd, verify_with
from signing.transparency.entries import DocumentForm

if TYPE_CHECKING:
    from api.seal_setup import SealSetup
    from filing.certificates import CertificateContent
    from filing.rendering import Printing
    from signing.credentials import SealCredential
    from signing.errors import SealingError
    from signing.ofd.office import OfdOffice
    from signing.office import SealOffice
    from signing.seal import Seal, SealedPdf
    from signing.sealing import PdfSealer
    from signing.timestamps import Attempt
    from signing.verdict import SealVerification

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class SealingOrder:
    """A certificate to be drawn and sealed, how this installation seals, and when it is done."""

    content: "CertificateContent"
    setup: "SealSetup"
    verify_url: str
    at: datetime
    forms: tuple[DocumentForm, ...] = (DocumentForm.PDF,)
    fonts_dir: Path = Path()


@dataclass(frozen=True, slots=True)
class SealedFile:
    """One form of a certificate under its seal."""

    form: DocumentForm
    content: bytes
    certificate_serial: str
    sealed_at: datetime


def seal_all_forms(order: SealingOrder) -> tuple[SealedFile, ...]:
    """Draw and seal a certificate in every form it leaves in, all of them or none.

    Raises what `draw_and_seal` and `draw_and_seal_ofd` do.
    """
    files = []
    for form in order.forms:
        match form:
            case DocumentForm.PDF:
                pdf = draw_and_seal(order)
                file = SealedFile(form, pdf.pdf, pdf.certificate_serial, pdf.sealed_at)
            case DocumentForm.OFD:
                _hand().at = order.at
                office = _ofd_office(order.setup)
                credential = office.shelf.credential(order.content.organ_id)
                marked = office.shelf.is_demonstration(order.content.organ_id)
                ofd = draw_and_seal_ofd(order, office, _printing(order, credential.seal, marked=marked))
                file = SealedFile(form, ofd.ofd, ofd.certificate_serial, ofd.sealed_at)
        files.append(file)
    return tuple(files)


def draw_and_seal(order: SealingOrder) -> "SealedPdf":
    """Draw a certificate, seal it, and let it go only when our own verifier passes it.

    Raises GlyphMissing, CertificateRefused (in production DemonstrationRefused for any seal of a
    demonstration), TimeStampUnavailable, KeyUnavailable or SealRefused.
    """
    from cryptography.x509 import load_der_x509_certificate

    from filing.rendering import draw_certificate
    from signing.certificates import is_demonstration
    from signing.demonstration import refuse_demonstration
    from signing.errors import SealRefused
    from signing.expectations import Expected
    from signing.timestamps.answers import CLOCKS_DIFFER
    from signing.verdict import SealStatus
    from signing.verification import verify_pdf

    content = order.content
    _hand().at = order.at
    office = _office(order.setup)
    credential = office.credential(content.organ_id)
    if order.setup.production:
        refuse_demonstration(credential)
    marked = is_demonstration(load_der_x509_certificate(credential.certificate))
    printing = _printing(order, credential.seal, marked=marked)
    sealer = _sealer(order.setup, credential)
    drawn = draw_certificate(content, printing)
    sealed = sealer.seal(
        drawn.pdf, reason=sealing_reason(content), place=drawn.seal_place, crossing=drawn.crossing
    )
    verification = verify_pdf(
        sealed.pdf,
        anchors=office.anchors,
        at=order.at + CLOCKS_DIFFER,  # it was stamped after the order, by a clock that may be ahead of ours
        expected=Expected(content.organ_name_zh, credential.identifier, content.number),
        time_stamp_anchors=office.time_stamp_anchors,
    )
    if verification.status is not SealStatus.TOTAL_PASSED:
        raise SealRefused(f"The sealed document does not verify: {verification.sub_indication}.")
    return sealed


def _printing(order: SealingOrder, seal: "Seal", *, marked: bool) -> "Printing":
    """What the paper shows beside its content."""
    from filing.rendering import DEMONSTRATION_MARK, DEMONSTRATION_NOTE, Printing

    return Printing(
        verify_url=order.verify_url,
        seal_mm=seal.diameter_mm,
        mark=DEMONSTRATION_MARK if marked else "",
        mark_note=DEMONSTRATION_NOTE if marked else "",
    )


def verify(content: bytes, setup: "SealSetup", at: datetime) -> "SealVerification":
    """Verify a file, PDF or OFD, against the roots of this installation and its current revocation lists.

    Raises KeyUnavailable where no seals were set up.
    """
    from signing.errors import CertificateRefused
    from signing.verification import verify_pdf

    _hand().at = at
    if is_ofd(content):
        return verify_with(_ofd_office(setup), content, at)
    office = _office(setup)
    if not office.anchors:
        raise CertificateRefused("No seal was set up here, so there is no root to verify by.")
    return verify_pdf(
        content,
        anchors=office.anchors,
        at=at,
        crls=office.revocations(at),
        time_stamp_anchors=office.time_stamp_anchors,
    )


@dataclass(frozen=True, slots=True)
class Told(Generic[Result]):
    """What work in another process came to, and which time-stamp authorities it asked on the way."""

    attempts: "tuple[Attempt, ...]"
    outcome: "Result | SealingError"

    def result(self) -> Result:
        """What came of it. Raises what the work raised."""
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def telling(work: Callable[..., Result], *arguments: Any) -> Told[Result]:  # noqa: ANN401  passed on
    """Do work on paper and tell of the time-stamp authorities it asked, also where it failed."""
    from signing.errors import SealingError

    _heard().clear()
    try:
        result = work(*arguments)
    except SealingError as error:
        return Told(tuple(_heard()), error)
    return Told(tuple(_heard()), result)


def sealing_reason(content: "CertificateContent") -> str:
    """What a seal says it is for; the certificate's number stands last."""
    return f"{content.title_zh} {content.number}"


@dataclass
class _Hand:
    """The hand of this process's clock, set by each order."""

    at: datetime | None = None

    def __call__(self) -> datetime:
        if self.at is None:
            raise RuntimeError("no order has set the time")
        return self.at


@lru_cache(maxsize=1)
def _hand() -> _Hand:
    return _Hand()


@lru_cache(maxsize=1)
def _heard() -> "list[Attempt]":
    """What this process heard of time-stamp authorities since it was last asked."""
    return []


def _office(setup: "SealSetup") -> "SealOffice":
    """The seals, and the signer that seals with them; who verifies asks it nothing."""
    return _opened(setup, setup.is_demonstration)


@lru_cache(maxsize=4)
def _opened(setup: "SealSetup", is_demonstration: bool) -> "SealOffice":
    """Opened once; a folder that became a demonstration since is opened anew."""
    del is_demonstration
    from api.seal_setup import open_office
    from signing.signer.client import SignerKeyStore

    return open_office(setup, _hand(), keys=SignerKeyStore.at(setup.signer), hear=_heard().append)


@lru_cache(maxsize=4)
def _ofd_office(setup: "SealSetup") -> "OfdOffice":
    """The OFD seals beside them."""
    from api.seal_setup import open_ofd_office

    return open_ofd_office(setup, _office(setup), _hand())


@lru_cache(maxsize=64)
def _sealer(setup: "SealSetup", credential: "SealCredential") -> "PdfSealer":
    """What seals for an organ with its current key; a new key makes a new entry."""
    from signing.sealing import PdfSealer

    office = _office(setup)
    return PdfSealer(
        credential,
        keys=office.sealing_keys,
        time_stamps=office.time_stamp_authority(),
        crls=office.crls,
        clock=_hand(),
        time_stamp_roots=office.time_stamp_anchors,
    )
