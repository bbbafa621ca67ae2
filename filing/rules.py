"""Rules of a matter as data: a small explicit set, evaluated with three truth values, never failing open.

`Requires`  a field must be answered when the conditions hold;
`Forbids`   a field must not be answered so (or at all) when the conditions hold;
`Limit`     a field is below, at most, at least, above or equal to a figure or to another field.

A condition on an unanswered field is UNKNOWN. A rule that cannot be decided is a finding `rule.undecided`
that names the unanswered field: an unknown answer refuses, it never passes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from filing.findings import Finding

Scalar = str | int | bool | Decimal | date
Row = Mapping[str, Scalar]
Value = Scalar | tuple[Row, ...]
Values = Mapping[str, Value]

UNDECIDED = "rule.undecided"


class Truth(StrEnum):
    """Three-valued truth (Kleene)."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def all_of(truths: Iterable[Truth]) -> Truth:
    """NO as soon as one is NO; else UNKNOWN as soon as one is UNKNOWN; YES for none at all."""
    seen = set(truths)
    if Truth.NO in seen:
        return Truth.NO
    return Truth.UNKNOWN if Truth.UNKNOWN in seen else Truth.YES


@dataclass(frozen=True, slots=True)
class Condition:
    """The answer to `field` is one of `values`; or, with no values, it is answered at all.

    `rows.column` names a column of a table: the condition holds where any row has such a value.
    """

    field: str
    values: tuple[str | int | bool, ...] = ()

    def truth(self, answers: Values) -> Truth:
        """Decide the condition. Only a condition with values can be UNKNOWN."""
        name, _, column = self.field.partition(".")
        answer = answers.get(name)
        if answer is None:
            return Truth.UNKNOWN if self.values else Truth.NO
        if not self.values:
            return Truth.YES
        if isinstance(answer, tuple):
            given = [row[column] for row in answer if column in row]
            if len(given) < len(answer) and not any(self._meets(value) for value in given):
                return Truth.UNKNOWN
            return Truth.YES if any(self._meets(value) for value in given) else Truth.NO
        return Truth.YES if self._meets(answer) else Truth.NO

    def unanswered(self, answers: Values) -> tuple[str, ...]:
        return (self.field,) if self.truth(answers) is Truth.UNKNOWN else ()

    def _meets(self, answer: Scalar) -> bool:
        # True == 1 in Python; an answer "yes" is not the number one.
        return any(type(answer) is type(value) and answer == value for value in self.values)


@dataclass(frozen=True, slots=True)
class Requires:
    """`field` must be answered when all conditions hold."""

    code: str
    field: str
    when: tuple[Condition, ...]

    def findings(self, answers: Values) -> tuple[Finding, ...]:
        if self.field in answers:
            return ()
        return _judged(self.code, self.field, all_of(c.truth(answers) for c in self.when), self.when, answers)


@dataclass(frozen=True, slots=True)
class Forbids:
    """`field` must not be answered with one of `values` (with none: not at all) when all conditions hold."""

    code: str
    field: str
    values: tuple[str | int | bool, ...]
    when: tuple[Condition, ...]

    def findings(self, answers: Values) -> tuple[Finding, ...]:
        conditions = (*self.when, Condition(self.field, self.values))
        broken = all_of(condition.truth(answers) for condition in conditions)
        return _judged(self.code, self.field, broken, conditions, answers)


class Comparison(StrEnum):
    """How a figure is limited."""

    BELOW = "below"
    AT_MOST = "at_most"
    EQUAL = "equal"
    AT_LEAST = "at_least"
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class Limit:
    """`field` compares so with `bound` (a figure) or with the answer to `other`, when all conditions hold."""

    code: str
    field: str
    comparison: Comparison
    bound: Decimal | None
    other: str
    when: tuple[Condition, ...]

    def __post_init__(self) -> None:
        if (self.bound is None) == (not self.other):
            raise ValueError("a limit has either a figure or another field as its bound")

    def findings(self, answers: Values) -> tuple[Finding, ...]:
        holds = all_of(condition.truth(answers) for condition in self.when)
        if holds is not Truth.YES:
            return _judged(self.code, self.field, holds, self.when, answers)
        figure = _figure(answers.get(self.field))
        bound = self.bound if self.bound is not None else _figure(answers.get(self.other))
        if figure is None:
            return (Finding(UNDECIDED, self.field),)
        if bound is None:
            return (Finding(UNDECIDED, self.other),)
        if self._keeps(figure, bound):
            return ()
        return (Finding(self.code, self.field, {"bound": str(bound)}),)

    def _keeps(self, figure: Decimal, bound: Decimal) -> bool:
        return {
            Comparison.BELOW: figure < bound,
            Comparison.AT_MOST: figure <= bound,
            Comparison.EQUAL: figure == bound,
            Comparison.AT_LEAST: figure >= bound,
            Comparison.ABOVE: figure > bound,
        }[self.comparison]


Rule = Requires | Forbids | Limit


def evaluate(rules: Sequence[Rule], answers: Values) -> tuple[Finding, ...]:
    """Give every finding of every rule, each once, in the order of the rules."""
    found = [finding for rule in rules for finding in rule.findings(answers)]
    return tuple(
        finding
        for index, finding in enumerate(found)
        if not any((f.code, f.field) == (finding.code, finding.field) for f in found[:index])
    )


def _judged(
    code: str, field: str, broken: Truth, conditions: Sequence[Condition], answers: Values
) -> tuple[Finding, ...]:
    if broken is Truth.NO:
        return ()
    if broken is Truth.YES:
        return (Finding(code, field),)
    return tuple(Finding(UNDECIDED, name) for c in conditions for name in c.unanswered(answers))


def _figure(value: Value | None) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    return value if isinstance(value, Decimal) else None
