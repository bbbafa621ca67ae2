"""Materials: what a matter asks for, what was filed, and what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from filing.certificates import SHA256_HEX_LENGTH
from filing.errors import MaterialRefused
from filing.findings import Finding
from filing.rules import UNDECIDED, Condition, Truth, Values, all_of
from filing.texts import Text


class MaterialFormat(StrEnum):
    """Kinds of file a material may be, by media type."""

    JPG = "image/jpeg"
    PNG = "image/png"
    PDF = "application/pdf"


class Need(StrEnum):
    """When a material is needed. ONE_OF: at least one material of the same group."""

    ALWAYS = "always"
    IF = "if"
    ONE_OF = "one_of"
    OPTIONAL = "optional"


_SIGNATURES: Mapping[MaterialFormat, bytes] = {
    MaterialFormat.JPG: b"\xff\xd8\xff",
    MaterialFormat.PNG: b"\x89PNG\r\n\x1a\n",
    MaterialFormat.PDF: b"%PDF-",
}
SNIFF_BYTES = 16


def sniff_format(head: bytes) -> MaterialFormat | None:
    """Tell the kind of a file from its first SNIFF_BYTES bytes; None where it is no accepted kind."""
    return next((kind for kind, signature in _SIGNATURES.items() if head.startswith(signature)), None)


@dataclass(frozen=True, slots=True)
class MaterialRequirement:
    """One material a matter asks for (field names after the national catalogue)."""

    name: str
    label: Text
    need: Need
    formats: tuple[MaterialFormat, ...]
    max_bytes: int
    material_type: str = ""
    source_type: str = ""
    page_num: int = 1
    accept_stand: Text | None = None
    fill_explain: Text | None = None
    by_law: str = ""
    when: tuple[Condition, ...] = ()
    group: str = ""

    def __post_init__(self) -> None:
        if not self.formats or self.max_bytes <= 0:
            raise ValueError("a material names its formats and its greatest size")
        if (self.need is Need.IF) != bool(self.when):
            raise ValueError("a material needed `if` has conditions, and only such a one")
        if (self.need is Need.ONE_OF) != bool(self.group):
            raise ValueError("a material needed `one_of` names its group, and only such a one")

    def require_acceptable(self, *, head: bytes, size: int) -> MaterialFormat:
        """Tell the kind of the file. Raises MaterialRefused for an empty, too large or unaccepted file."""
        where = f"material:{self.name}"
        if size <= 0:
            raise MaterialRefused([Finding("material.empty", where)])
        if size > self.max_bytes:
            limit = {"mebibytes": str(self.max_bytes // 2**20)}
            raise MaterialRefused([Finding("material.too_large", where, limit)])
        kind = sniff_format(head)
        if kind is None or kind not in self.formats:
            accepted = {"formats": ", ".join(f.name.lower() for f in self.formats)}
            raise MaterialRefused([Finding("material.format", where, accepted)])
        return kind


@dataclass(frozen=True, slots=True)
class FiledMaterial:
    """One file as it was filed: where it is kept, and its SHA-256."""

    name: str
    evidence_id: str
    sha256: str
    size: int
    media_type: MaterialFormat
    filed_at: datetime

    def __post_init__(self) -> None:
        if not self.name or not self.evidence_id or self.size <= 0:
            raise ValueError("a filed material has a name, a place and a size")
        if len(self.sha256) != SHA256_HEX_LENGTH:
            raise ValueError("a filed material has a SHA-256")


def missing_materials(
    requirements: Sequence[MaterialRequirement], filed: Sequence[FiledMaterial], answers: Values
) -> tuple[Finding, ...]:
    """Say what is still missing, given the answers to the form. An undecided need is a finding."""
    present = {material.name for material in filed}
    findings: list[Finding] = []
    for requirement in requirements:
        where = f"material:{requirement.name}"
        needed = all_of(condition.truth(answers) for condition in requirement.when)
        if (
            requirement.name in present
            or requirement.need in (Need.OPTIONAL, Need.ONE_OF)
            or needed is Truth.NO
        ):
            continue
        if needed is Truth.UNKNOWN:
            unanswered = [name for condition in requirement.when for name in condition.unanswered(answers)]
            findings.extend(Finding(UNDECIDED, name) for name in unanswered)
        else:
            findings.append(Finding("material.missing", where))
    for group in dict.fromkeys(r.group for r in requirements if r.need is Need.ONE_OF):
        members = [r.name for r in requirements if r.group == group]
        if not present.intersection(members):
            findings.append(Finding("material.one_of_missing", f"material:{members[0]}"))
    return tuple(findings)
