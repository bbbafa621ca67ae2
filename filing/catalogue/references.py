"""What the files of a matter say about each other: every field that is named must exist and fit."""

from collections.abc import Iterator, Sequence
from string import Template

from filing.errors import UnknownField
from filing.forms import FieldKind, FormField
from filing.matters import Matter
from filing.rules import Condition, Forbids, Limit, Rule

_FIGURES = frozenset({FieldKind.INTEGER, FieldKind.DECIMAL})

Problem = tuple[str, str, str]
"""File name, field in it, what is wrong."""


def dangling_references(matter: Matter) -> Iterator[Problem]:
    """Give every reference that leads nowhere or to a field of the wrong kind."""
    for index, name in enumerate(matter.questions):
        yield from _of_field(matter, name, "eligibility.toml", f"questions.{index}")
    yield from _of_rules(matter, matter.form.rules, "form.toml")
    yield from _of_rules(matter, matter.eligibility, "eligibility.toml")
    for index, material in enumerate(matter.materials):
        yield from _of_conditions(matter, material.when, "materials.toml", f"materials.{index}.when")
    names = [material.name for material in matter.materials]
    if len(set(names)) != len(names):
        yield "materials.toml", "materials", "two materials have the same name"
    yield from _of_certificate(matter)
    yield from _of_parties(matter)


def _of_parties(matter: Matter) -> Iterator[Problem]:
    """What the text leaves out could be changed after everybody consented to it."""
    if matter.parties is None:
        return
    where = ("matter.toml", "parties.consent_text")
    for name in sorted(matter.parties.placeholders - {"parties"}):
        yield from _of_field(matter, name, *where)
    for language, text in (("zh", matter.parties.consent_text.zh), ("en", matter.parties.consent_text.en)):
        named = Template(text).get_identifiers()
        for name in ("parties", *(field.id for field in matter.form.fields)):
            if name not in named:
                yield (*where, f"the text in {language} does not show ${name}")


def _of_rules(matter: Matter, rules: Sequence[Rule], file: str) -> Iterator[Problem]:
    for index, rule in enumerate(rules):
        where = f"rules.{index}"
        yield from _of_field(matter, rule.field, file, f"{where}.field")
        yield from _of_conditions(matter, rule.when, file, f"{where}.when")
        if isinstance(rule, Forbids) and rule.values:
            yield from _of_conditions(matter, [Condition(rule.field, rule.values)], file, f"{where}.values")
        if isinstance(rule, Limit):
            for name in filter(None, (rule.field, rule.other)):
                field = _find(matter, name)
                if field is None:
                    yield file, f"{where}.other", f"the form has no field {name}"
                elif field.kind not in _FIGURES:
                    yield file, where, f"{name} is not a figure; only figures have limits"


def _of_conditions(
    matter: Matter, conditions: Sequence[Condition], file: str, where: str
) -> Iterator[Problem]:
    for index, condition in enumerate(conditions):
        field = _find(matter, condition.field)
        if field is None:
            yield file, f"{where}.{index}", f"the form has no field {condition.field}"
            continue
        for value in condition.values:
            if not _can_be_answered(field, value):
                yield file, f"{where}.{index}", f"{condition.field} is never answered with {value!r}"


def _of_certificate(matter: Matter) -> Iterator[Problem]:
    file, template = "certificate.toml", matter.certificate
    yield from _of_field(matter, template.holder_field, file, "holder_field")
    if template.valid_years_field:
        yield from _of_field(matter, template.valid_years_field, file, "valid_years_field")
    for index, (_, name) in enumerate(template.lines):
        yield from _of_field(matter, name, file, f"lines.{index}.field")
    for index, part in enumerate(template.number.parts):
        if part.field:
            choices = [Condition(part.field, tuple(answer for answer, _ in part.choices))]
            yield from _of_conditions(matter, choices, file, f"number.parts.{index}.choices")


def _of_field(matter: Matter, name: str, file: str, where: str) -> Iterator[Problem]:
    if _find(matter, name) is None:
        yield file, where, f"the form has no field {name}"


def _find(matter: Matter, path: str) -> FormField | None:
    name, _, column = path.partition(".")
    try:
        field = matter.form.field(name)
    except UnknownField:
        return None
    if not column:
        return field
    return next((c for c in field.columns if c.id == column), None)


def _can_be_answered(field: FormField, value: str | int | bool) -> bool:
    if field.kind is FieldKind.BOOLEAN:
        return isinstance(value, bool)
    if field.kind is FieldKind.CHOICE:
        return any(choice.value == value for choice in field.choices)
    if field.kind is FieldKind.INTEGER:
        return isinstance(value, int) and not isinstance(value, bool)
    return field.kind is FieldKind.TEXT and isinstance(value, str)
