"""What each piece of evidence may do: a table of data, never code."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Any, Final, Self

from liveness.errors import PadPolicyUnfit, UnknownPadPolicy
from liveness.pad.measurement import Measurement

NEEDED_IN_PRODUCTION: Final = (
    "planar_motion",
    "frozen_picture",
    "cut",
    "hidden_cut",
    "repeated_pictures",
    "life",
)
"""Evidence that must gate where real people are judged."""

NEVER: Final = "never"
"""Stands for a threshold in a policy where evidence is a doubt at most."""


class Weight(StrEnum):
    """What a piece of evidence may do.

    gates: it decides alone. supports: it counts where others agree. informs: the reviewer sees it.
    """

    GATES = "gates"
    SUPPORTS = "supports"
    INFORMS = "informs"


class Worse(StrEnum):
    """On which side of its thresholds an attack lies."""

    BELOW = "below"
    ABOVE = "above"


class Finding(StrEnum):
    """What one piece of evidence says."""

    CLEAR = "clear"
    DOUBTFUL = "doubtful"
    ATTACK = "attack"
    NOT_MEASURABLE = "not_measurable"


@dataclass(frozen=True, slots=True)
class EvidenceRule:
    """Thresholds and weight of one piece of evidence; attack is None for what is never more than a doubt."""

    weight: Weight
    worse: Worse
    attack: float | None
    doubtful: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) for value in (self.doubtful, self.attack or 0.0)):
            raise ValueError("a threshold is a number: nothing lies beyond any other")
        if self.attack is None:
            return
        ordered = self.attack <= self.doubtful if self.worse is Worse.BELOW else self.doubtful <= self.attack
        if not ordered:
            raise ValueError("the doubtful range lies before the attack")

    def judge(self, value: float) -> Finding:
        """Place a measured value; what is no number, or beyond all numbers, leaves a doubt."""
        if not math.isfinite(value):
            return Finding.DOUBTFUL
        sign = -1.0 if self.worse is Worse.BELOW else 1.0
        if self.attack is not None and sign * value >= sign * self.attack:
            return Finding.ATTACK
        return Finding.DOUBTFUL if sign * value >= sign * self.doubtful else Finding.CLEAR

    def place(self, measurement: Measurement | None) -> Finding:
        """Judge what was measured.

        A gate nobody measures, or whose measurement failed though the clip holds what it needs, is a doubt.
        """
        if measurement is None or (measurement.value is None and measurement.expected):
            return Finding.DOUBTFUL if self.weight is Weight.GATES else Finding.NOT_MEASURABLE
        return Finding.NOT_MEASURABLE if measurement.value is None else self.judge(measurement.value)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many supporting pieces must say attack to leave a doubt, and to be an attack together."""

    doubt: int = 2
    attack: int = 3

    def __post_init__(self) -> None:
        if not 1 <= self.doubt <= self.attack:
            raise ValueError("a doubt takes at least one that agrees, and an attack no fewer")


@dataclass(frozen=True, slots=True)
class PadPolicy:
    """A named, versioned set of rules. Refuses to be without a gate: it would let everything pass."""

    name: str
    version: str
    rules: Mapping[str, EvidenceRule]
    agreement: Agreement = Agreement()

    def __post_init__(self) -> None:
        if not any(rule.weight is Weight.GATES for rule in self.rules.values()):
            raise ValueError(f"the policy {self.name!r} has no evidence that decides")

    @property
    def identity(self) -> str:
        """Name and version, as they stand in a verdict."""
        return f"{self.name}-{self.version}"

    def require_fit_for_production(self) -> None:
        """Raise PadPolicyUnfit where what must decide about people only informs, or no version is named."""
        soft = [
            name
            for name in NEEDED_IN_PRODUCTION
            if name not in self.rules or self.rules[name].weight is not Weight.GATES
        ]
        if soft or not self.version:
            raise PadPolicyUnfit(
                f"The policy {self.identity} is not for judging people: "
                + (f"{', '.join(soft)} must gate. " if soft else "it has no version. ")
                + "Use `standard` or `strict`."
            )

    @classmethod
    def load(cls, name: str = "standard") -> Self:
        """Read a policy that ships with the package. Raises UnknownPadPolicy, ValueError."""
        text = resources.files("liveness.pad").joinpath("policy.toml").read_text(encoding="utf-8")
        policies: dict[str, Any] = tomllib.loads(text)
        if name not in policies:
            raise UnknownPadPolicy(f"There is no policy {name!r}; there are: {', '.join(policies)}.")
        return cls.parse(name, _inherited(policies, name))

    @classmethod
    def parse(cls, name: str, table: Mapping[str, Any]) -> Self:
        """Build a policy from its table. Raises ValueError where it is empty or wrong."""
        rules = {
            evidence: EvidenceRule(
                weight=Weight(rule["weight"]),
                worse=Worse(rule["worse"]),
                attack=None if rule["attack"] == NEVER else float(rule["attack"]),
                doubtful=float(rule["doubtful"]),
            )
            for evidence, rule in table.get("evidence", {}).items()
        }
        agreement = Agreement(**table["agreement"]) if "agreement" in table else Agreement()
        return cls(name=name, version=str(table.get("version", "")), rules=rules, agreement=agreement)


def _inherited(policies: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The table of a policy that says only how it differs from another, in full."""
    table: dict[str, Any] = policies[name]
    if "from" not in table:
        return table
    base: Mapping[str, Any] = _inherited(
        {key: value for key, value in policies.items() if key != name}, table["from"]
    )
    evidence = {key: dict(rule) for key, rule in base["evidence"].items()}
    for key, changes in table.get("evidence", {}).items():
        evidence[key] = {**evidence.get(key, {}), **changes}
    return {**base, **table, "evidence": evidence}
