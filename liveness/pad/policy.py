"""Which evidence decides about an attack, and which only informs: a table of data, never code."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Any, Self

from liveness.errors import UnknownPadPolicy


class Weight(StrEnum):
    """What a piece of evidence may do."""

    GATES = "gates"
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


@dataclass(frozen=True, slots=True)
class EvidenceRule:
    """Thresholds and weight of one piece of evidence."""

    weight: Weight
    worse: Worse
    attack: float
    doubtful: float

    def __post_init__(self) -> None:
        ordered = self.attack <= self.doubtful if self.worse is Worse.BELOW else self.doubtful <= self.attack
        if not ordered:
            raise ValueError("the doubtful range lies before the attack")

    def judge(self, measured: float) -> Finding:
        """Place a measured value; what is no number leaves a doubt."""
        if math.isnan(measured):
            return Finding.DOUBTFUL
        sign = -1.0 if self.worse is Worse.BELOW else 1.0
        if sign * measured >= sign * self.attack:
            return Finding.ATTACK
        return Finding.DOUBTFUL if sign * measured >= sign * self.doubtful else Finding.CLEAR


@dataclass(frozen=True, slots=True)
class PadPolicy:
    """A named, versioned set of rules. Refuses to be without a gate: it would let everything pass."""

    name: str
    version: str
    rules: Mapping[str, EvidenceRule]

    def __post_init__(self) -> None:
        if not any(rule.weight is Weight.GATES for rule in self.rules.values()):
            raise ValueError(f"the policy {self.name!r} has no evidence that decides")

    @property
    def identity(self) -> str:
        """Name and version, as they stand in a verdict."""
        return f"{self.name}-{self.version}"

    @classmethod
    def load(cls, name: str = "standard") -> Self:
        """Read a policy that ships with the package. Raises UnknownPadPolicy, ValueError."""
        text = resources.files("liveness.pad").joinpath("policy.toml").read_text(encoding="utf-8")
        policies: dict[str, Any] = tomllib.loads(text)
        if name not in policies:
            raise UnknownPadPolicy(f"There is no policy {name!r}; there are: {', '.join(policies)}.")
        return cls.parse(name, policies[name])

    @classmethod
    def parse(cls, name: str, table: Mapping[str, Any]) -> Self:
        """Build a policy from its table. Raises ValueError where it is empty or wrong."""
        rules = {
            evidence: EvidenceRule(
                weight=Weight(rule["weight"]),
                worse=Worse(rule["worse"]),
                attack=float(rule["attack"]),
                doubtful=float(rule["doubtful"]),
            )
            for evidence, rule in table.get("evidence", {}).items()
        }
        return cls(name=name, version=str(table.get("version", "")), rules=rules)
