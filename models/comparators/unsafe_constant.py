"""A comparator for tests of everything around it: it looks at no face and always answers the same."""

import logging
from enum import StrEnum

from models.comparison import Comparison, IdentityClaim, Match, Probe
from models.errors import ComparatorMisconfigured, ComparisonUndecided, PersonUnknown
from models.registry import ComparatorConfig

logger = logging.getLogger(__name__)


class Answer(StrEnum):
    """What the constant is."""

    MATCHED = "matched"
    NOT_MATCHED = "not_matched"
    UNDECIDED = "undecided"
    UNKNOWN = "unknown"


class UnsafeConstantComparator:
    """Answers every comparison alike. Refused in production; it says so in the log whenever it is built."""

    name = "unsafe-constant"
    safe_in_production = False

    def __init__(self, config: ComparatorConfig) -> None:
        given = config.only("answer").get("answer", Answer.MATCHED)
        try:
            self._answer = Answer(given)
        except ValueError:
            known = ", ".join(Answer)
            raise ComparatorMisconfigured(f"answer must be one of {known}, not {given!r}.") from None
        self._new_id = config.new_id
        logger.warning(
            "UNSAFE: every face comparison will be answered %r without looking", self._answer.value
        )

    def compare(self, probe: Probe, claim: IdentityClaim) -> Comparison:
        """Give the constant. Raises ComparisonUndecided or PersonUnknown where that is the constant."""
        del probe, claim
        if self._answer is Answer.UNDECIDED:
            raise ComparisonUndecided
        if self._answer is Answer.UNKNOWN:
            raise PersonUnknown
        return Comparison(
            match=Match(self._answer.value),
            score=1.0 if self._answer is Answer.MATCHED else 0.0,
            threshold=0.5,
            fmr=1.0,
            backend=self.name,
            request_id=self._new_id(),
        )

    def check(self) -> None:
        """Always ready."""


def build(config: ComparatorConfig) -> UnsafeConstantComparator:
    """Build from the option `answer`: matched, not_matched, undecided or unknown."""
    return UnsafeConstantComparator(config)
