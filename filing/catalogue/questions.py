"""How form.toml and eligibility.toml are spelled: texts, fields, conditions, rules."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, model_validator

from filing.forms import Choice, FieldKind, Form, FormField
from filing.rules import Comparison, Condition, Forbids, Limit, Requires, Rule
from filing.texts import Text

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$", max_length=80)]
Answer = StrictBool | StrictInt | StrictStr


class File(BaseModel):
    """A part of a file: nothing but what is named here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TextData(File):
    zh: str
    en: str

    def value(self) -> Text:
        return Text(self.zh, self.en)


class ConditionData(File):
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


class RuleData(File):
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


class FieldData(File):
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


class FormFile(File):
    """form.toml"""

    fields: tuple[FieldData, ...]
    rules: tuple[RuleData, ...] = ()

    @model_validator(mode="after")
    def _can_be_built(self) -> Self:
        self.value()
        return self

    def value(self) -> Form:
        return Form(tuple(f.value() for f in self.fields), tuple(rule.value() for rule in self.rules))


class EligibilityFile(File):
    """eligibility.toml: the questions asked before a case, by field id, and the rules that refuse."""

    questions: tuple[str, ...]
    rules: tuple[RuleData, ...] = ()
