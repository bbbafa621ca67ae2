"""What costs much and needs no account is limited by address."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.bootstrap import Services
from api.errors import TooManyRequests
from api.limits import PublicLimits, household
from tests.api.conftest import PASSWORD, Clock, fresh_key


@pytest.fixture(autouse=True)
def few(services: Services, clock: Clock) -> None:
    services.part("public_limits", lambda _: PublicLimits(times=2, clock=clock))


def at(app: FastAPI, address: str) -> TestClient:
    return TestClient(app, base_url="http://127.0.0.1:8000", client=(address, 50000))


def verify(client: TestClient) -> int:
    status: int = client.post("/v1/seal-verifications", content=b"").status_code
    return status


def test_seals_are_verified_only_so_often_for_one_address(app: FastAPI) -> None:
    # 503: no seals were set up here; the limit comes before.
    assert [verify(at(app, "192.0.2.1")) for _ in range(3)] == [503, 503, 429]
    assert verify(at(app, "192.0.2.2")) == 503


def test_refusal_says_when_to_come_again(app: FastAPI) -> None:
    answers = [at(app, "192.0.2.1").post("/v1/seal-verifications", content=b"") for _ in range(3)]
    assert answers[-1].json()["code"] == "request.too_many"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 900


def test_accounts_are_opened_only_so_often_from_one_address(app: FastAPI) -> None:
    def open_account(number: int) -> int:
        body = {"username": f"user.{number}", "password": PASSWORD}
        answer = at(app, "192.0.2.1").post("/v1/accounts", json=body, headers=fresh_key())
        status: int = answer.status_code
        return status

    assert [open_account(number) for number in range(3)] == [201, 201, 429]


def test_kinds_are_counted_apart(clock: Clock) -> None:
    limits = PublicLimits(times=1, clock=clock)
    limits.count("accounts", "192.0.2.1")
    limits.count("seal-verifications", "192.0.2.1")
    with pytest.raises(TooManyRequests):
        limits.count("accounts", "192.0.2.1")


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
    ],
)
def test_ipv6_addresses_of_one_network_count_as_one(address: str, counted: str) -> None:
    assert household(address) == counted
