"""The electronic seal of an organ: whose it is, its code and its looks."""

import re
from dataclasses import dataclass
from datetime import datetime

_ORGAN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CODE = re.compile(r"[0-9]{13}")
LARGEST_DIAMETER_MM = 58.0
LARGEST_PDF = 20 * 1024 * 1024
"""Bytes of the largest document that is sealed or verified."""


@dataclass(frozen=True, slots=True)
class Seal:
    """One organ's round seal.

    `holder` is the organ's full name, as the certificate states it. `code` is the 13-digit seal code, whose
    first six digits are the division code. `diameter_mm` is 45 for a district government and at most 45 for
    its departments (State Council 1999 no. 25).
    """

    organ_id: str
    holder: str
    code: str
    diameter_mm: float = 42.0

    def __post_init__(self) -> None:
        if not _ORGAN_ID.fullmatch(self.organ_id):
            raise ValueError(
                "an organ id is made of at most 64 letters, digits, dots, dashes and underscores"
            )
        if not 2 <= len(self.holder) <= 50:
            raise ValueError("the name on a seal has 2 to 50 characters")
        if not _CODE.fullmatch(self.code):
            raise ValueError("a seal code has 13 digits")
        if not 20 <= self.diameter_mm <= LARGEST_DIAMETER_MM:
            raise ValueError(f"a seal is 20 to {LARGEST_DIAMETER_MM:.0f} mm wide")


@dataclass(frozen=True, slots=True)
class SealPlace:
    """Where a seal's centre goes: page from 0, millimetres from the page's left and upper edge."""

    page: int
    x_mm: float
    y_mm: float

    def __post_init__(self) -> None:
        if self.page < 0 or not (0 <= self.x_mm <= 2000 and 0 <= self.y_mm <= 2000):
            raise ValueError("a seal's place lies on a page")


@dataclass(frozen=True, slots=True)
class SealAnchor:
    """A text on a page, over whose middle a seal's centre goes, moved by millimetres to the right and down.

    `occurrence` tells which of several: 1 the first of the document, -1 the last.
    """

    text: str
    occurrence: int = -1
    right_mm: float = 0.0
    down_mm: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= len(self.text.strip()) <= 100:
            raise ValueError("the text that a seal goes to has 1 to 100 characters")
        if self.occurrence == 0:
            raise ValueError("the first occurrence of a text is 1, the last is -1")
        if max(abs(self.right_mm), abs(self.down_mm)) > 500:
            raise ValueError("a seal is moved by at most 500 mm from its text")


@dataclass(frozen=True, slots=True)
class CrossingSeal:
    """A second drawing of the seal, cut over the right edges of all pages (骑缝章).

    `y_mm` is its middle from the upper edge; by default the middle of the page.
    """

    y_mm: float | None = None

    def __post_init__(self) -> None:
        if self.y_mm is not None and not 0 <= self.y_mm <= 2000:
            raise ValueError("a crossing seal lies on the pages")


@dataclass(frozen=True, slots=True)
class SealedPdf:
    """A document that left with a seal, and what the log keeps of it (hexadecimal SHA-256).

    `digest` is over the whole file; `seal_digest` is what the seal itself signed, and stays the same when
    time stamps are added to the file later.
    """

    pdf: bytes
    digest: str
    seal_digest: str
    certificate_serial: str
    sealed_at: datetime
