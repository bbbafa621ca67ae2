import pytest

from api.liveness_desk import network_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:0:7::1", "2001:db8:0:7:ffff:ffff:ffff:ffff"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::2%eth0"),
    ],
)
def test_one_subscriber_is_one_address(one: str, other: str) -> None:
    assert network_of(one) == network_of(other)


@pytest.mark.parametrize(
    ("one", "other"), [("192.0.2.7", "192.0.2.8"), ("2001:db8:0:7::1", "2001:db8:0:8::1"), ("::1", "unknown")]
)
def test_others_are_others(one: str, other: str) -> None:
    assert network_of(one) != network_of(other)
