"""The electronic seal of an organ: whose it is, its code and its looks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from signing.design import LONGEST_NAME, SHORTEST_NAME, SealDesign
from signing.seal_layout import lay_out

_ORGAN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CODE = re.compile(r"[0-9]{13}")
LARGEST_PDF = 20 * 1024 * 1024
"""Bytes of the largest document that is sealed or verified."""


@dataclass(frozen=True, slots=True)
class Seal:
    """One organ's round seal.

    `holder` is the organ's full name, as the certificate states it. `code` is the 13-digit seal code, whose
    first six digits are the division code. Raises ValueError, and SealUnfit where the words do not fit on it.
    """

    organ_id: str
    holder: str
    code: str
    design: SealDesign = field(default_factory=SealDesign)

    def __post_init__(self) -> None:
        if not _ORGAN_ID.fullmatch(self.organ_id):
            raise ValueError(
                "an organ id is made of at most 64 letters, digits, dots, dashes and underscores"
            )
        if not SHORTEST_NAME <= len(self.holder) <= LONGEST_NAME:
            raise ValueError(f"the name on a seal has {SHORTEST_NAME} to {LONGEST_NAME} characters")
        if not _CODE.fullmatch(self.code):
            raise ValueError("a seal code has 13 digits")
        lay_out(self.shown_name, self.design)

    @property
    def shown_name(self) -> str:
        """The name in the ring."""
        return self.design.short_name or self.holder

    @property
    def diameter_mm(self) -> float:
        return self.design.diameter_mm

    def as_record(self) -> dict[str, object]:
        """Plain JSON values; `from_record` is the inverse."""
        names = {"organ_id": self.organ_id, "holder": self.holder, "code": self.code}
        return {**names, **self.design.as_record()}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Seal":
        """Read what `as_record` gave; a design that is not there is the usual one."""
        design = SealDesign.from_record(record)
        return cls(record["organ_id"], record["holder"], record["code"], design)


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

    `occurrence` tells which of several: 1 the first of the document, -1 the last; without it the text must
    stand in the document exactly once.
    """

    text: str
    occurrence: int | None = None
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
class SealPlacement:
    """How a kind of document carries its seal, as data.

    With `anchor` the seal goes to a text; without, to where the document's template marks. `crossing` is for
    documents of several pages: of one page there is nothing to join.
    """

    anchor: SealAnchor | None = None
    crossing: CrossingSeal | None = None

    def crossing_over(self, pages: int) -> CrossingSeal | None:
        """The crossing seal of a document of so many pages."""
        return self.crossing if pages > 1 else None


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
