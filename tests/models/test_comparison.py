from dataclasses import replace

import pytest

from models.comparison import Comparison, Match

MATCH = Comparison(Match.MATCHED, 0.61, 0.40, 0.0009, "sface", "request-1")


@pytest.mark.parametrize(
    "changes",
    [
        {"score": 0.39},
        {"score": float("nan")},
        {"score": float("inf")},
        {"threshold": float("nan")},
        {"threshold": float("-inf")},
    ],
)
def test_no_backend_can_call_it_a_match_without_a_score_that_is_one(changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="score"):
        replace(MATCH, **changes)  # type: ignore[arg-type]  # the tests name real fields


def test_a_backend_may_refuse_above_its_threshold() -> None:
    assert replace(MATCH, match=Match.NOT_MATCHED).match is Match.NOT_MATCHED
