"""The OFD half of work on paper: draw and seal a certificate as OFD, verify a sealed OFD file.

Each process opens seals and fonts once.
"""

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from api.jobs.paper import SealingOrder
    from filing.rendering import Printing
    from signing.ofd.fonts import FontShelf
    from signing.ofd.office import OfdOffice
    from signing.ofd.sealing import OfdCredential, OfdSealer, SealedOfd
    from signing.verdict import SealVerification

PACKAGE: Final = b"PK"
"""How an OFD file begins: it is a ZIP package, and a PDF is none."""


def is_ofd(content: bytes) -> bool:
    """Whether a file is to be verified as OFD."""
    return content.startswith(PACKAGE)


def draw_and_seal_ofd(order: "SealingOrder", office: "OfdOffice", printing: "Printing") -> "SealedOfd":
    """Draw a certificate as OFD, seal it, and let it go only when our own verifier passes it.

    Raises GlyphMissing, CertificateRefused (in production DemonstrationRefused for any seal of a
    demonstration), TimeStampUnavailable, KeyUnavailable or SealRefused.
    """
    from filing.ofd_rendering import draw_ofd_certificate
    from signing.errors import SealRefused
    from signing.expectations import Expected
    from signing.ofd.verification import LATEST_STAMP, verify_ofd
    from signing.verdict import SealStatus

    content = order.content
    if order.setup.production:
        office.shelf.refuse_demonstration(content.organ_id)
    sealer = _sealer(office, office.shelf.credential(content.organ_id))
    drawn = draw_ofd_certificate(content, printing, shelf_at(order.fonts_dir))
    sealed = sealer.seal(drawn.parts, place=drawn.seal_place, crossing=drawn.crossing)
    verification = verify_ofd(
        sealed.ofd,
        trust=office.trust(order.at),
        at=order.at + LATEST_STAMP,  # the clock of whoever stamps may be ahead of ours
        expected=Expected(content.organ_name_zh, sealer.identifier, content.number),
    )
    if verification.status is not SealStatus.TOTAL_PASSED:
        raise SealRefused(f"The sealed OFD document does not verify: {verification.sub_indication}.")
    return sealed


def verify_with(office: "OfdOffice", ofd: bytes, at: datetime) -> "SealVerification":
    """Verify an OFD file by the roots of this installation and its current revocation lists.

    Where it has no OFD seals the answer says so, and is INDETERMINATE for any file that is whole.
    """
    from signing.ofd.verification import verify_ofd

    return verify_ofd(ofd, trust=office.trust(at), at=at)


def warm_fonts(folder: Path) -> int:
    """Make the common cut of the font ahead, where it is not there; gives its size in bytes."""
    return len(shelf_at(folder).common.content)


@lru_cache(maxsize=2)
def shelf_at(folder: Path) -> "FontShelf":
    """The fonts of this process's OFD documents."""
    from signing.ofd.fonts import FontShelf

    return FontShelf(folder)


@lru_cache(maxsize=64)
def _sealer(office: "OfdOffice", credential: "OfdCredential") -> "OfdSealer":
    """What seals for an organ with its current key and seal; another of either makes a new entry."""
    return office.sealer(credential.seal.organ_id)
