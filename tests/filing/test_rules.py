from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.rules import (
    UNDECIDED,
    Comparison,
    Condition,
    Forbids,
    Limit,
    Requires,
    Truth,
    all_of,
    evaluate,
)

ONLINE = Condition("online", (True,))
OWN_SHOP = Condition("own_shop", (True,))


def codes(rule, answers) -> list[tuple[str, str]]:
    return [(finding.code, finding.field) for finding in evaluate([rule], answers)]


@given(st.lists(st.sampled_from(Truth)))
def test_a_no_decides_and_an_unknown_never_becomes_a_yes(truths: list[Truth]) -> None:
    if Truth.NO in truths:
        assert all_of(truths) is Truth.NO
    elif Truth.UNKNOWN in truths:
        assert all_of(truths) is Truth.UNKNOWN
    else:
        assert all_of(truths) is Truth.YES


def test_a_condition_tells_true_from_one() -> None:
    assert ONLINE.truth({"online": 1}) is Truth.NO
    assert Condition("seats", (1,)).truth({"seats": True}) is Truth.NO


def test_a_condition_on_a_table_holds_for_any_row_and_is_unknown_for_a_gap() -> None:
    condition = Condition("rows.type", ("aggregate",))
    assert condition.truth({"rows": ({"type": "flexible"}, {"type": "aggregate"})}) is Truth.YES
    assert condition.truth({"rows": ({"type": "flexible"},)}) is Truth.NO
    assert condition.truth({"rows": ({"type": "flexible"}, {})}) is Truth.UNKNOWN


def test_requires_follows_its_conditions() -> None:
    rule = Requires("x.needed", "screenshot", (ONLINE, OWN_SHOP))
    assert codes(rule, {"online": False}) == []
    assert codes(rule, {"online": True, "own_shop": True}) == [("x.needed", "screenshot")]
    assert codes(rule, {"online": True, "own_shop": True, "screenshot": "s"}) == []
    assert codes(rule, {"online": True}) == [(UNDECIDED, "own_shop")]
    assert codes(rule, {}) == [(UNDECIDED, "online"), (UNDECIDED, "own_shop")]


def test_forbids_refuses_the_value_and_the_silence() -> None:
    rule = Forbids("x.no_kitchen", "kitchen", (True,), (Condition("type", ("sale",)),))
    assert codes(rule, {"type": "sale", "kitchen": True}) == [("x.no_kitchen", "kitchen")]
    assert codes(rule, {"type": "sale", "kitchen": False}) == []
    assert codes(rule, {"type": "catering", "kitchen": True}) == []
    assert codes(rule, {"type": "sale"}) == [(UNDECIDED, "kitchen")]
    assert codes(rule, {"kitchen": True}) == [(UNDECIDED, "type")]


def test_forbids_without_values_forbids_any_answer() -> None:
    rule = Forbids("x.none", "posts", (), (Condition("asked", (False,)),))
    assert codes(rule, {"asked": False}) == []
    assert codes(rule, {"asked": False, "posts": ({"post": "p"},)}) == [("x.none", "posts")]


@given(st.decimals(min_value=0, max_value=1000, places=2))
def test_below_150_is_exactly_below_150(area: Decimal) -> None:
    rule = Limit("x.too_large", "area", Comparison.BELOW, Decimal(150), "", ())
    assert (codes(rule, {"area": area}) == []) == (area < Decimal("150.00"))


@pytest.mark.parametrize("answers", [{}, {"area": "149"}, {"area": True}])
def test_a_figure_that_is_not_known_refuses(answers) -> None:
    rule = Limit("x.too_large", "area", Comparison.BELOW, Decimal(150), "", ())
    assert codes(rule, answers) == [(UNDECIDED, "area")]


def test_a_limit_by_another_field_needs_that_field() -> None:
    rule = Limit("x.more", "checked", Comparison.AT_MOST, None, "staff", ())
    assert codes(rule, {"checked": 4, "staff": 4}) == []
    assert codes(rule, {"checked": 5, "staff": 4}) == [("x.more", "checked")]
    assert codes(rule, {"checked": 4}) == [(UNDECIDED, "staff")]


@given(
    st.dictionaries(
        st.sampled_from(["online", "own_shop", "type", "kitchen", "area"]),
        st.one_of(st.booleans(), st.integers(0, 200), st.just("sale"), st.decimals(0, 300, places=2)),
    )
)
def test_nothing_is_found_only_where_everything_is_known(answers) -> None:
    rule = Forbids("x.no", "kitchen", (True,), (ONLINE, OWN_SHOP))
    if codes(rule, answers) == []:
        known_no = [
            answers[name] is not True for name in ("online", "own_shop", "kitchen") if name in answers
        ]
        assert any(known_no)
