from datetime import UTC, datetime, timedelta, timezone

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from signing import der


@given(st.integers(min_value=0, max_value=2**200))
def test_integers_are_written_as_others_write_them(value: int):
    assert der.integer(value) == core.Integer(value).dump()


@given(st.binary(max_size=70_000))
def test_octets_of_every_length(value: bytes):
    assert der.octets(value) == core.OctetString(value).dump()


@given(st.integers(0, 2), st.integers(0, 39), st.lists(st.integers(0, 2**40), max_size=8))
def test_object_identifiers(first: int, second: int, rest: list[int]):
    dotted = ".".join(str(arc) for arc in (first, second, *rest))
    assert der.oid(dotted) == core.ObjectIdentifier(dotted).dump()


@given(st.lists(st.binary(max_size=20)))
def test_a_set_stands_in_the_order_of_its_bytes(values: list[bytes]):
    items = [der.octets(value) for value in values]
    assert der.set_of(items) == der.element(der.SET, *sorted(items))
    assert len(core.Set.load(der.set_of(reversed(items))).contents) == sum(map(len, items))


def test_a_time_is_told_in_utc_to_the_second():
    east = timezone(timedelta(hours=8))
    moment = datetime(2026, 3, 2, 7, 30, 15, 999, tzinfo=east)
    assert (
        der.generalized_time(moment)
        == core.GeneralizedTime(datetime(2026, 3, 1, 23, 30, 15, tzinfo=UTC)).dump()
    )


def test_what_would_be_wrong_is_refused():
    with pytest.raises(ValueError, match="negative"):
        der.integer(-1)
