"""The form of a matter: its fields, and how typed answers are read into values."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from filing.canonical import canonical_json
from filing.errors import FormTooLarge, IdentifierInvalid, UnknownField
from filing.findings import Finding
from filing.identifiers import credit_code, resident_id
from filing.rules import UNDECIDED, Rule, Scalar, Value, Values, evaluate
from filing.texts import Language, Text

MAX_FORM_BYTES = 256 * 1024
YES_NO = {True: Text("是", "yes"), False: Text("否", "no")}


class FieldKind(StrEnum):
    """What an answer is."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    DATE = "date"
    CREDIT_CODE = "credit_code"
    RESIDENT_ID = "resident_id"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a choice."""

    value: str
    label: Text


@dataclass(frozen=True, slots=True)
class FormField:
    """One question. `minimum` and `maximum` bound a figure, `max_length` a text, `max_rows` a table."""

    id: str
    kind: FieldKind
    label: Text
    required: bool = False
    help: Text | None = None
    max_length: int = 200
    pattern: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    places: int = 2
    choices: tuple[Choice, ...] = ()
    columns: tuple["FormField", ...] = ()
    min_rows: int = 0
    max_rows: int = 100

    def __post_init__(self) -> None:
        if (self.kind is FieldKind.CHOICE) != bool(self.choices):
            raise ValueError("a choice, and only a choice, has `choices`")
        if (self.kind is FieldKind.ROWS) != bool(self.columns):
            raise ValueError("a table of rows, and only that, has `columns`")
        if any(column.kind is FieldKind.ROWS for column in self.columns):
            raise ValueError("a table has no tables inside")
        re.compile(self.pattern)

    def show(self, value: Value, language: Language) -> str:
        """Write a value as a person reads it."""
        if isinstance(value, bool):
            return YES_NO[value].in_language(language)
        if isinstance(value, tuple):
            by_id = {column.id: column for column in self.columns}
            rows = (
                ", ".join(by_id[name].show(cell, language) for name, cell in row.items()) for row in value
            )
            return "; ".join(rows)
        if self.kind is FieldKind.CHOICE:
            return next((c.label.in_language(language) for c in self.choices if c.value == value), str(value))
        return str(value)


@dataclass(frozen=True, slots=True)
class Reading:
    """Answers as values, and what is wrong with them. A value that could not be read is absent."""

    values: Values
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """Fields and rules of one version of a matter."""

    fields: tuple[FormField, ...]
    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        ids = [field.id for field in self.fields]
        if len(set(ids)) != len(ids):
            raise ValueError("two fields have the same id")

    def field(self, field_id: str) -> FormField:
        """Find a field. Raises UnknownField."""
        for field in self.fields:
            if field.id == field_id:
                return field
        raise UnknownField(field_id)

    def require_keepable(self, answers: Mapping[str, object]) -> None:
        """Raise UnknownField or FormTooLarge for answers that are not even kept as a draft."""
        for name in answers:
            self.field(name)
        try:
            size = len(canonical_json(dict(answers)))
        except (TypeError, ValueError, RecursionError):
            raise FormTooLarge("The answers hold something that cannot be kept as JSON.") from None
        if size > MAX_FORM_BYTES:
            raise FormTooLarge

    def read(self, answers: Mapping[str, object], *, today: date) -> Reading:
        """Read the answers field by field, without the rules. A missing required answer is a finding."""
        values: dict[str, Value] = {}
        findings: list[Finding] = []
        for field in self.fields:
            value, wrong = _read_field(field, answers.get(field.id), field.id, today)
            findings.extend(wrong)
            if value is not None and not wrong:
                values[field.id] = value
        return Reading(values, tuple(findings))

    def check(self, answers: Mapping[str, object], *, today: date) -> Reading:
        """Read the answers and apply the rules. Nothing is found exactly where the form may be filed."""
        reading = self.read(answers, today=today)
        at_fault = {finding.field for finding in reading.findings}
        # A field that is at fault already need not be told a second time that it is undecided.
        more = [
            f for f in evaluate(self.rules, reading.values) if f.code != UNDECIDED or f.field not in at_fault
        ]
        return Reading(reading.values, (*reading.findings, *more))


def _read_field(
    field: FormField, given: object, path: str, today: date
) -> tuple[Value | None, tuple[Finding, ...]]:
    if given is None or (isinstance(given, str) and not given.strip()) or given == []:
        return None, (Finding("form.required", path),) if field.required else ()
    if field.kind is FieldKind.ROWS:
        return _read_rows(field, given, path, today)
    reader = _READERS.get(field.kind)
    if reader is not None:
        value, wrong = reader(field, given)
    else:
        value, wrong = _read_identifier(field, given, today)
    if wrong is not None:
        return None, (Finding(wrong.code, path, wrong.parameters),)
    return value, ()


def _read_rows(
    field: FormField, given: object, path: str, today: date
) -> tuple[Value | None, tuple[Finding, ...]]:
    if not isinstance(given, Sequence) or isinstance(given, str):
        return None, (Finding("form.not_rows", path),)
    if not field.min_rows <= len(given) <= field.max_rows:
        bounds = {"minimum": str(field.min_rows), "maximum": str(field.max_rows)}
        return None, (Finding("form.row_count", path, bounds),)
    known = {column.id for column in field.columns}
    rows: list[dict[str, Scalar]] = []
    findings: list[Finding] = []
    for number, row in enumerate(given, start=1):
        if not isinstance(row, Mapping) or not set(row) <= known:
            findings.append(Finding("form.not_rows", f"{path}.{number}"))
            continue
        cells: dict[str, Scalar] = {}
        for column in field.columns:
            value, wrong = _read_field(column, row.get(column.id), f"{path}.{number}.{column.id}", today)
            findings.extend(wrong)
            if value is not None and not isinstance(value, tuple):
                cells[column.id] = value
        rows.append(cells)
    return tuple(rows), tuple(findings)


_Read = tuple[Scalar | None, Finding | None]


def _read_text(field: FormField, given: object) -> _Read:
    if not isinstance(given, str):
        return None, Finding("form.not_text")
    text = given.strip()
    if len(text) > field.max_length:
        return None, Finding("form.too_long", parameters={"maximum": str(field.max_length)})
    if any(ord(c) < ord(" ") and c not in "\n\t" for c in text):
        return None, Finding("form.not_text")
    if field.pattern and not re.fullmatch(field.pattern, text):
        return None, Finding("form.pattern")
    return text, None


def _read_integer(field: FormField, given: object) -> _Read:
    if isinstance(given, str) and re.fullmatch(r"-?[0-9]{1,15}", given.strip()):
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int):
        return None, Finding("form.not_integer")
    return given, _out_of_bounds(field, Decimal(given))


def _read_decimal(field: FormField, given: object) -> _Read:
    # A JSON number arrives as a float; its shortest spelling is what was typed.
    if isinstance(given, bool) or not isinstance(given, int | float | str | Decimal):
        return None, Finding("form.not_decimal")
    try:
        value = Decimal(str(given).strip())
    except InvalidOperation:
        return None, Finding("form.not_decimal")
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or value.adjusted() > 15:
        return None, Finding("form.not_decimal")
    if -exponent > field.places:
        return None, Finding("form.too_many_places", parameters={"places": str(field.places)})
    return value, _out_of_bounds(field, value)


def _read_boolean(_field: FormField, given: object) -> _Read:
    return (given, None) if isinstance(given, bool) else (None, Finding("form.not_boolean"))


def _read_choice(field: FormField, given: object) -> _Read:
    if isinstance(given, str) and any(choice.value == given for choice in field.choices):
        return given, None
    return None, Finding("form.not_a_choice")


def _read_date(_field: FormField, given: object) -> _Read:
    try:
        return date.fromisoformat(given if isinstance(given, str) else ""), None
    except ValueError:
        return None, Finding("form.not_a_date")


def _read_identifier(field: FormField, given: object, today: date) -> _Read:
    if not isinstance(given, str):
        return None, Finding("form.not_text")
    try:
        known = credit_code(given) if field.kind is FieldKind.CREDIT_CODE else resident_id(given, today=today)
    except IdentifierInvalid as invalid:
        return None, Finding(invalid.code)
    return known, None


def _out_of_bounds(field: FormField, value: Decimal) -> Finding | None:
    if field.minimum is not None and value < field.minimum:
        return Finding("form.below_minimum", parameters={"minimum": str(field.minimum)})
    if field.maximum is not None and value > field.maximum:
        return Finding("form.above_maximum", parameters={"maximum": str(field.maximum)})
    return None


_READERS: Mapping[FieldKind, Callable[[FormField, object], _Read]] = {
    FieldKind.TEXT: _read_text,
    FieldKind.INTEGER: _read_integer,
    FieldKind.DECIMAL: _read_decimal,
    FieldKind.BOOLEAN: _read_boolean,
    FieldKind.CHOICE: _read_choice,
    FieldKind.DATE: _read_date,
}
