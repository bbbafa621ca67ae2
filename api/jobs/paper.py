"""Work on paper for processes of the pool: draw and seal a certificate, verify a sealed file.

Each process opens keys once. What it needs to know, the time included, comes with the order.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filing.certificates import CertificateContent
    from signing.demonstration import Demonstration
    from signing.seal import SealedPdf
    from signing.sealing import PdfSealer
    from signing.signer.addresses import SignerAddress
    from signing.verdict import SealVerification


@dataclass(frozen=True, slots=True)
class SealingOrder:
    """A certificate to be drawn and sealed, the folder of the seals, their signer, and when it is done."""

    content: "CertificateContent"
    seal_dir: Path
    signer: "SignerAddress"
    verify_url: str
    at: datetime


def draw_and_seal(order: SealingOrder) -> "SealedPdf":
    """Draw a certificate, seal it, and let it go only when our own verifier passes it.

    Raises GlyphMissing, CertificateRefused, TimeStampUnavailable, KeyUnavailable or SealRefused.
    """
    from cryptography.x509 import load_der_x509_certificate

    from filing.rendering import DEMONSTRATION_MARK, DEMONSTRATION_NOTE, Printing, draw_certificate
    from signing.certificates import is_demonstration
    from signing.errors import SealRefused
    from signing.verdict import SealStatus
    from signing.verification import verify_pdf

    content = order.content
    _hand().at = order.at
    authority = _authority(order.seal_dir, order.signer)
    credential = authority.credential(content.organ_id)
    marked = is_demonstration(load_der_x509_certificate(credential.certificate))
    printing = Printing(
        verify_url=order.verify_url,
        seal_mm=credential.seal.diameter_mm,
        mark=DEMONSTRATION_MARK if marked else "",
        mark_note=DEMONSTRATION_NOTE if marked else "",
    )
    sealer = _sealer(order.seal_dir, order.signer, content.organ_id, credential.key_name)
    drawn = draw_certificate(content, printing)
    sealed = sealer.seal(drawn.pdf, reason=sealing_reason(content), place=drawn.seal_place)
    verification = verify_pdf(
        sealed.pdf,
        anchors=authority.anchors,
        at=order.at,
        expected_holder=content.organ_name_zh,
        expected_organ_id=content.organ_id,
    )
    if verification.status is not SealStatus.TOTAL_PASSED:
        raise SealRefused(f"The sealed document does not verify: {verification.sub_indication}.")
    return sealed


def verify(pdf: bytes, seal_dir: Path, at: datetime) -> "SealVerification":
    """Verify a file against the root of this installation and its current revocation lists.

    Raises KeyUnavailable where no seals were set up.
    """
    from signing.verification import verify_pdf

    _hand().at = at
    authority = _authority(seal_dir)
    return verify_pdf(pdf, anchors=authority.anchors, at=at, crls=authority.crls(at))


def sealing_reason(content: "CertificateContent") -> str:
    """What a seal says it is for; the certificate's number stands last."""
    return f"{content.title_zh} {content.number}"


def number_in(reason: str) -> str:
    """The certificate's number in what a seal says it is for, or nothing; anyone may have written it."""
    last = reason.rpartition(" ")[2]
    return last if re.fullmatch("[A-Z]{1,8}[0-9]{6,30}", last) else ""


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


@lru_cache(maxsize=4)
def _authority(seal_dir: Path, signer: "SignerAddress | None" = None) -> "Demonstration":
    """What sealed, or with its signer seals; who verifies needs no key."""
    from signing.demonstration import open_folder
    from signing.signer.client import SignerKeyStore

    return open_folder(seal_dir, _hand(), SignerKeyStore.at(signer) if signer else None)


@lru_cache(maxsize=64)
def _sealer(seal_dir: Path, signer: "SignerAddress", organ_id: str, key_name: str) -> "PdfSealer":
    """What seals for an organ with its current key; a new key makes a new entry."""
    del key_name
    return _authority(seal_dir, signer).sealer(organ_id)
