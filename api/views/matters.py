"""How matters look over HTTP. Texts are given in both languages, so that a page can switch."""

from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from filing.catalogue import Catalogue
from filing.findings import Finding
from filing.forms import FormField
from filing.materials import MaterialRequirement
from filing.matters import Matter
from filing.organs import Organ
from filing.rules import Condition, Forbids, Limit, Requires, Rule
from filing.texts import Text


class Body(BaseModel):
    """A body that takes no field it does not know."""

    model_config = ConfigDict(extra="forbid")


class TextView(BaseModel):
    """A text in both languages."""

    zh: str = Field(examples=["经营场所使用面积（平方米）"])
    en: str = Field(examples=["Usable area of the premises (m2)"])

    @classmethod
    def of(cls, text: Text) -> "TextView":
        return cls(zh=text.zh, en=text.en)


class OrganView(BaseModel):
    """An office."""

    id: str = Field(examples=["jiangan-approval"])
    name: TextView

    @classmethod
    def of(cls, organ: Organ) -> "OrganView":
        return cls(id=organ.id, name=TextView(zh=organ.name_zh, en=organ.name_en))


class FindingView(BaseModel):
    """One thing to put right: `field` is a form field, `material:<name>`, `party:<id>` or empty."""

    code: str = Field(examples=["catering.area_too_large"])
    field: str = Field(examples=["area_m2"])
    text: TextView
    where_to_go: TextView | None = None

    @classmethod
    def of(cls, finding: Finding, catalogue: Catalogue) -> "FindingView":
        route = catalogue.messages.texts.get(f"{finding.code}.where_to_go")
        return cls(
            code=finding.code,
            field=finding.field,
            text=TextView(zh=catalogue.messages.of(finding, "zh"), en=catalogue.messages.of(finding, "en")),
            where_to_go=TextView.of(route) if route else None,
        )


class ConditionView(BaseModel):
    """The answer to `field` is one of `values`; with none, it is answered at all."""

    field: str
    values: list[bool | int | str]

    @classmethod
    def of(cls, condition: Condition) -> "ConditionView":
        return cls(field=condition.field, values=list(condition.values))


class RuleView(BaseModel):
    """A rule of the form as data, so that a page can show it while people type. The server decides."""

    kind: str = Field(examples=["requires_if", "forbids_if", "limit"])
    code: str
    text: TextView
    field: str
    when: list[ConditionView]
    values: list[bool | int | str] = Field(default_factory=list)
    comparison: str | None = None
    bound: Decimal | None = None
    other: str | None = None

    @classmethod
    def of(cls, rule: Rule, matter: Matter) -> "RuleView":
        shown: dict[str, Any] = {
            "code": rule.code,
            "text": TextView.of(matter.texts[rule.code]),
            "field": rule.field,
            "when": [ConditionView.of(condition) for condition in rule.when],
        }
        match rule:
            case Requires():
                return cls(kind="requires_if", **shown)
            case Forbids():
                return cls(kind="forbids_if", values=list(rule.values), **shown)
            case Limit():
                bound = {"bound": rule.bound, "other": rule.other or None}
                return cls(kind="limit", comparison=rule.comparison.value, **bound, **shown)


class ChoiceView(TextView):
    """One answer of a choice."""

    value: str


class FieldView(BaseModel):
    """A field of the form."""

    id: str
    kind: str
    label: TextView
    help: TextView | None
    required: bool
    max_length: int
    pattern: str
    minimum: Decimal | None
    maximum: Decimal | None
    places: int
    choices: list[ChoiceView]
    columns: list["FieldView"]
    min_rows: int
    max_rows: int

    @classmethod
    def of(cls, field: FormField) -> "FieldView":
        same = (
            "id",
            "required",
            "max_length",
            "pattern",
            "minimum",
            "maximum",
            "places",
            "min_rows",
            "max_rows",
        )
        return cls(
            **{name: getattr(field, name) for name in same},
            kind=field.kind.value,
            label=TextView.of(field.label),
            help=TextView.of(field.help) if field.help else None,
            choices=[ChoiceView(value=c.value, zh=c.label.zh, en=c.label.en) for c in field.choices],
            columns=[cls.of(column) for column in field.columns],
        )


class MaterialRequirementView(BaseModel):
    """A material that the matter asks for; `need` is always, if, one_of (of its group) or optional."""

    name: str
    label: TextView
    need: str
    formats: list[str]
    max_bytes: int
    when: list[ConditionView]
    group: str
    fill_explain: TextView | None

    @classmethod
    def of(cls, material: MaterialRequirement) -> "MaterialRequirementView":
        return cls(
            name=material.name,
            label=TextView.of(material.label),
            need=material.need.value,
            formats=[kind.value for kind in material.formats],
            max_bytes=material.max_bytes,
            when=[ConditionView.of(condition) for condition in material.when],
            group=material.group,
            fill_explain=TextView.of(material.fill_explain) if material.fill_explain else None,
        )


class RoleView(BaseModel):
    """A role of parties."""

    id: str
    label: TextView
    minimum: int
    maximum: int
    must_consent: bool
    holds_share: bool


class MatterSummary(BaseModel):
    """A matter in a list."""

    id: str = Field(examples=["catering-under-150"])
    version: str = Field(examples=["2018.1"])
    name: TextView
    accept_condition: TextView
    is_open: bool
    where_to_go: TextView | None = Field(description="Where to go instead, for a matter that is closed.")
    promise_day: int = Field(examples=[1])
    anticipate_day: int = Field(examples=[20])
    takes_parties: bool
    organs: list[OrganView]


class MatterView(MatterSummary):
    """A matter with everything an applicant needs."""

    assurance: str = Field(examples=["ordered"])
    handle_flow: TextView
    by_law: str
    fields: list[FieldView]
    rules: list[RuleView]
    materials: list[MaterialRequirementView]
    eligibility_questions: list[str]
    roles: list[RoleView]
    certificate_title: TextView


class Answers(Body):
    """Answers to the questions that decide whether a matter is the right one."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"answers": {"area_m2": "149.99", "central_kitchen": False, "group_meals": False}}]
        },
    )
    answers: dict[str, Any]


class EligibilityView(BaseModel):
    """Whether a filing with these answers is eligible, and if not, every reason and where to go instead."""

    eligible: bool
    reasons: list[FindingView]


def matter_summary(matter: Matter, *, is_open: bool, organs: tuple[Organ, ...]) -> dict[str, Any]:
    """Give the attributes of a MatterSummary."""
    return {
        "id": matter.id,
        "version": matter.version,
        "name": TextView.of(matter.name),
        "accept_condition": TextView.of(matter.entry.accept_condition),
        "is_open": is_open,
        "where_to_go": None if is_open else TextView.of(matter.where_to_go),
        "promise_day": matter.entry.promise_day,
        "anticipate_day": matter.entry.anticipate_day,
        "takes_parties": matter.parties is not None,
        "organs": [OrganView.of(organ) for organ in organs],
    }


def matter_view(matter: Matter, *, is_open: bool, organs: tuple[Organ, ...]) -> MatterView:
    """Show a matter whole."""
    roles = matter.parties.roles if matter.parties else ()
    return MatterView(
        **matter_summary(matter, is_open=is_open, organs=organs),
        assurance=matter.assurance,
        handle_flow=TextView.of(matter.entry.handle_flow),
        by_law=matter.entry.by_law,
        fields=[FieldView.of(field) for field in matter.form.fields],
        rules=[RuleView.of(rule, matter) for rule in matter.form.rules],
        materials=[MaterialRequirementView.of(material) for material in matter.materials],
        eligibility_questions=list(matter.questions),
        roles=[
            RoleView(
                id=role.id,
                label=TextView.of(role.label),
                minimum=role.minimum,
                maximum=role.maximum,
                must_consent=role.must_consent,
                holds_share=role.holds_share,
            )
            for role in roles
        ],
        certificate_title=TextView.of(matter.certificate.title),
    )
