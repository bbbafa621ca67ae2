"""A rate and what its few trials can prove."""

import math
from dataclasses import dataclass
from typing import Final

from scipy.stats import binomtest

CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` of `of` independent trials. Without a trial the value is NaN and the interval is everything."""

    count: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.count <= self.of:
            raise ValueError("a rate counts between none and all of its trials")

    @property
    def value(self) -> float:
        """The share that was counted."""
        return self.count / self.of if self.of else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Exact two-sided interval of 95 % (Clopper and Pearson, 1934)."""
        if not self.of:
            return (0.0, 1.0)
        exact = binomtest(self.count, self.of).proportion_ci(confidence_level=CONFIDENCE, method="exact")
        return (float(exact.low), float(exact.high))
