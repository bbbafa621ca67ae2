"""How the files of a matter are spelled (TOML), and their turning into values.

Every problem names the field; `reading` adds the file.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, model_validator

from filing.forms import Choice, FieldKind, Form, FormField
from filing.materials import MaterialFormat, MaterialRequirement, Need
from filing.matters import CatalogueEntry, CertificateTemplate, LegalBasis, PartyPolicy, PartyRole
from filing.numbers import Check, NumberPart, NumberScheme, PartKind
from filing.rules import Comparison, Condition, Forbids, Limit, Requires, Rule
from filing.texts import Text

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$", max_length=80)]
Answer = StrictBool | StrictInt | StrictStr


class _File(BaseModel):
    """A part of a file: nothing but what is named here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TextData(_File):
    zh: str
    en: str

    def value(self) -> Text:
        return Text(self.zh, self.en)


class ConditionData(_File):
    """`{field, is}`, `{field, in}`, or `{field, answered = true}`."""

    field: str
    is_: Answer | None = Field(default=None, alias="is")
    in_: tuple[Answer, ...] = Field(default=(), alias="in")
    answered: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_operator(self) -> Self:
        if (self.is_ is not None) + bool(self.in_) + (self.answered is not None) != 1:
            raise ValueError("a condition has exactly one of `is`, `in`, `answered`")
        return self

    def value(self) -> Condition:
        return Condition(self.field, (self.is_,) if self.is_ is not None else self.in_)


class RuleData(_File):
    kind: Literal["requires_if", "forbids_if", "limit"]
    code: Code
    zh: str
    en: str
    where_to_go: TextData | None = None
    field: str
    when: tuple[ConditionData, ...] = ()
    values: tuple[Answer, ...] = ()
    comparison: Comparison | None = None
    bound: Decimal | None = None
    other: str = ""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if (self.kind == "limit") != (self.comparison is not None):
            raise ValueError("a limit, and only a limit, has a `comparison`")
        if self.kind == "limit" and (self.bound is None) == (not self.other):
            raise ValueError("a limit has either a `bound` or an `other` field")
        if self.kind != "limit" and (self.bound is not None or self.other):
            raise ValueError("only a limit has a `bound` or an `other` field")
        if self.kind == "requires_if" and (self.values or not self.when):
            raise ValueError("requires_if has `when`, and no `values`")
        return self

    def value(self) -> Rule:
        when = tuple(condition.value() for condition in self.when)
        if self.comparison is not None:
            return Limit(self.code, self.field, self.comparison, self.bound, self.other, when)
        if self.kind == "requires_if":
            return Requires(self.code, self.field, when)
        return Forbids(self.code, self.field, self.values, when)

    def texts(self) -> dict[str, Text]:
        texts = {self.code: Text(self.zh, self.en)}
        return texts | ({f"{self.code}.where_to_go": self.where_to_go.value()} if self.where_to_go else {})


class ChoiceData(TextData):
    value_: str = Field(alias="value")

    def choice(self) -> Choice:
        return Choice(self.value_, Text(self.zh, self.en))


class FieldData(_File):
    id: Identifier
    kind: FieldKind
    label: TextData
    required: bool = False
    help: TextData | None = None
    max_length: int = Field(default=200, ge=1, le=4000)
    pattern: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    places: int = Field(default=2, ge=0, le=6)
    choices: tuple[ChoiceData, ...] = ()
    columns: tuple["FieldData", ...] = ()
    min_rows: int = Field(default=0, ge=0)
    max_rows: int = Field(default=100, ge=1, le=500)

    @model_validator(mode="after")
    def _can_be_built(self) -> Self:
        self.value()
        return self

    def value(self) -> FormField:
        plain = self.model_dump(exclude={"label", "help", "choices", "columns"})
        return FormField(
            **plain,
            label=self.label.value(),
            help=self.help.value() if self.help else None,
            choices=tuple(choice.choice() for choice in self.choices),
            columns=tuple(column.value() for column in self.columns),
        )


class FormFile(_File):
    """form.toml"""

    fields: tuple[FieldData, ...]
    rules: tuple[RuleData, ...] = ()

    @model_validator(mode="after")
    def _can_be_built(self) -> Self:
        self.value()
        return self

    def value(self) -> Form:
        return Form(tuple(f.value() for f in self.fields), tuple(rule.value() for rule in self.rules))


class EligibilityFile(_File):
    """eligibility.toml: the questions asked before a case, by field id, and the rules that refuse."""

    questions: tuple[str, ...]
    rules: tuple[RuleData, ...] = ()


class MaterialData(_File):
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


class MaterialsFile(_File):
    """materials.toml"""

    materials: tuple[MaterialData, ...]


class LegalBasisData(TextData):
    clause: str = ""
    effective_from: date
    effective_until: date | None = None

    def basis(self) -> LegalBasis:
        return LegalBasis(Text(self.zh, self.en), self.clause, self.effective_from, self.effective_until)


class EntryData(_File):
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


class RoleData(_File):
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


class PartiesData(_File):
    roles: tuple[RoleData, ...]
    consent_text: TextData
    shares_total: Decimal | None = None

    def value(self) -> PartyPolicy:
        roles = tuple(role.value() for role in self.roles)
        return PartyPolicy(roles, self.consent_text.value(), self.shares_total)


class MatterFile(_File):
    """matter.toml"""

    version: str = Field(pattern=r"^[0-9]{4}\.[0-9]+$")
    assurance: Literal["ordered", "timed"]
    where_to_go: TextData
    entry: EntryData
    legal_basis: tuple[LegalBasisData, ...] = Field(min_length=1)
    parties: PartiesData | None = None


class PartData(_File):
    kind: PartKind
    text: str = ""
    field: str = ""
    choices: dict[str, str] = Field(default_factory=dict)
    digits: int = 0

    def value(self) -> NumberPart:
        return NumberPart(self.kind, self.text, self.field, tuple(self.choices.items()), self.digits)


class NumberData(_File):
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


class CertificateFile(_File):
    """certificate.toml"""

    title: TextData
    holder_field: str
    valid_years_field: str = ""
    valid_years: int | None = None
    lines: tuple[LineData, ...]
    notes: tuple[TextData, ...] = ()
    number: NumberData

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
        )
