"""How the other files of a matter are spelled (TOML), and their turning into values.

Every problem names the field; `reading` adds the file. `questions` has what a form asks.
"""

from datetime import date
from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, model_validator

from filing.catalogue.questions import ConditionData, File, Identifier, TextData
from filing.materials import MaterialFormat, MaterialRequirement, Need
from filing.matters import CatalogueEntry, CertificateTemplate, LegalBasis, PartyPolicy, PartyRole
from filing.numbers import Check, NumberPart, NumberScheme, PartKind
from filing.texts import Text
from signing.seal import CrossingSeal, SealAnchor, SealPlacement


class MaterialData(File):
    name: Identifier
    label: TextData
    need: Need = Need.ALWAYS
    formats: tuple[Literal["jpg", "png", "pdf"], ...]
    max_mebibytes: int = Field(default=10, ge=1, le=100)
    material_type: str = ""
    source_type: str = ""
    page_num: int = Field(default=1, ge=1)
    accept_stand: TextData | None = None
    fill_explain: TextData | None = None
    by_law: str = ""
    when: tuple[ConditionData, ...] = ()
    group: str = ""

    @model_validator(mode="after")
    def _can_be_built(self) -> Self:
        self.value()
        return self

    def value(self) -> MaterialRequirement:
        return MaterialRequirement(
            name=self.name,
            label=self.label.value(),
            need=self.need,
            formats=tuple(MaterialFormat[name.upper()] for name in self.formats),
            max_bytes=self.max_mebibytes * 2**20,
            material_type=self.material_type,
            source_type=self.source_type,
            page_num=self.page_num,
            accept_stand=self.accept_stand.value() if self.accept_stand else None,
            fill_explain=self.fill_explain.value() if self.fill_explain else None,
            by_law=self.by_law,
            when=tuple(condition.value() for condition in self.when),
            group=self.group,
        )


class MaterialsFile(File):
    """materials.toml"""

    materials: tuple[MaterialData, ...]


class LegalBasisData(TextData):
    clause: str = ""
    effective_from: date
    effective_until: date | None = None

    def basis(self) -> LegalBasis:
        return LegalBasis(Text(self.zh, self.en), self.clause, self.effective_from, self.effective_until)


class EntryData(File):
    catalog_code: str
    task_code: str
    task_name: TextData
    task_type: str
    task_state: str = "1"
    by_law: str
    accept_condition: TextData
    anticipate_day: int
    promise_day: int
    project_type: Literal["immediate", "promised"]
    use_level: str
    limit_scene_num: int = Field(default=0, ge=0)
    handle_flow: TextData
    is_fee: bool = False
    is_schedule: bool = False
    is_online: bool = True
    result_type: str
    link_way: str = ""
    supervise_way: str = ""
    plan_effective_date: date
    plan_cancel_date: date | None = None

    def value(self) -> CatalogueEntry:
        texts = {
            name: getattr(self, name).value() for name in ("task_name", "accept_condition", "handle_flow")
        }
        return CatalogueEntry(**self.model_dump(exclude=set(texts)), **texts)


class RoleData(File):
    id: Identifier
    label: TextData
    minimum: int = 0
    maximum: int = Field(default=50, le=200)
    must_consent: bool = True
    holds_share: bool = False

    def value(self) -> PartyRole:
        return PartyRole(
            self.id, self.label.value(), self.minimum, self.maximum, self.must_consent, self.holds_share
        )


class PartiesData(File):
    roles: tuple[RoleData, ...]
    consent_text: TextData
    shares_total: Decimal | None = None

    def value(self) -> PartyPolicy:
        roles = tuple(role.value() for role in self.roles)
        return PartyPolicy(roles, self.consent_text.value(), self.shares_total)


class MatterFile(File):
    """matter.toml"""

    version: str = Field(pattern=r"^[0-9]{4}\.[0-9]+$")
    assurance: Literal["ordered", "timed"]
    where_to_go: TextData
    entry: EntryData
    legal_basis: tuple[LegalBasisData, ...] = Field(min_length=1)
    parties: PartiesData | None = None


class PartData(File):
    kind: PartKind
    text: str = ""
    field: str = ""
    choices: dict[str, str] = Field(default_factory=dict)
    digits: int = 0

    def value(self) -> NumberPart:
        return NumberPart(self.kind, self.text, self.field, tuple(self.choices.items()), self.digits)


class NumberData(File):
    prefix: str
    check: Check = Check.MOD_11_10
    parts: tuple[PartData, ...]

    @model_validator(mode="after")
    def _can_be_built(self) -> Self:
        self.value()
        return self

    def value(self) -> NumberScheme:
        return NumberScheme(self.prefix, tuple(part.value() for part in self.parts), self.check)


class LineData(TextData):
    field: str


class CertificateSealData(File):
    """Where the seal goes, and whether one crosses the edges of several pages (骑缝章)."""

    anchor: str = ""
    occurrence: int | None = None
    right_mm: float = 0.0
    down_mm: float = 0.0
    crossing: bool = False
    crossing_at_mm: float | None = None

    @model_validator(mode="after")
    def _can_be_built(self) -> Self:
        if not self.anchor and (self.occurrence is not None or self.right_mm or self.down_mm):
            raise ValueError("`occurrence`, `right_mm` and `down_mm` belong to an `anchor`")
        if self.crossing_at_mm is not None and not self.crossing:
            raise ValueError("`crossing_at_mm` belongs to `crossing = true`")
        self.value()
        return self

    def value(self) -> SealPlacement:
        anchor = (
            SealAnchor(self.anchor, self.occurrence, self.right_mm, self.down_mm) if self.anchor else None
        )
        return SealPlacement(anchor, CrossingSeal(self.crossing_at_mm) if self.crossing else None)


class CertificateFile(File):
    """certificate.toml"""

    title: TextData
    holder_field: str
    valid_years_field: str = ""
    valid_years: int | None = None
    lines: tuple[LineData, ...]
    notes: tuple[TextData, ...] = ()
    number: NumberData
    seal: CertificateSealData = Field(default_factory=CertificateSealData)

    @model_validator(mode="after")
    def _one_validity(self) -> Self:
        if self.valid_years_field and self.valid_years is not None:
            raise ValueError("either `valid_years` or `valid_years_field`")
        return self

    def value(self) -> CertificateTemplate:
        return CertificateTemplate(
            title=self.title.value(),
            holder_field=self.holder_field,
            valid_years_field=self.valid_years_field,
            valid_years=self.valid_years,
            lines=tuple((Text(line.zh, line.en), line.field) for line in self.lines),
            notes=tuple(note.value() for note in self.notes),
            number=self.number.value(),
            seal=self.seal.value(),
        )
