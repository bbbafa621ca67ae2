from collections.abc import Callable

import pyotp
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.auth.accounts import Role
from api.bootstrap import Services
from api.dependencies import SIGN_IN_COOKIE
from api.store.tables.accounts import accounts, sign_ins
from tests.api.conftest import PASSWORD, Clock, browser, fresh_key, signed_in_applicant


def code_of(client: TestClient) -> str:
    return str(client.cookies[SIGN_IN_COOKIE])


def test_applicant_opens_an_account_signs_in_and_out(client: TestClient) -> None:
    credentials = {"username": "Wang.Fang", "password": PASSWORD}
    opened = client.post("/v1/accounts", json=credentials, headers=fresh_key())
    assert opened.status_code == 201
    assert opened.json()["role"] == "applicant"
    assert client.get("/v1/accounts/me").status_code == 401

    signed_in = client.post("/v1/sign-ins", json=credentials)
    assert signed_in.status_code == 200
    assert client.get("/v1/accounts/me").json()["username"] == "wang.fang"

    token = code_of(client)
    assert client.delete("/v1/sign-ins/current").status_code == 204
    client.cookies.set(SIGN_IN_COOKIE, token)
    assert client.get("/v1/accounts/me").status_code == 401


def test_sign_in_cookie_is_out_of_reach_of_scripts_and_other_sites(client: TestClient) -> None:
    credentials = {"username": "wang.fang", "password": PASSWORD}
    client.post("/v1/accounts", json=credentials, headers=fresh_key())
    cookie = client.post("/v1/sign-ins", json=credentials).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_only_hashes_of_password_and_token_are_stored(applicant: TestClient, services: Services) -> None:
    with services.reading() as db:
        stored = db.execute(select(accounts.c.password_hash)).scalar_one()
        tokens = db.execute(select(sign_ins.c.token_hash)).scalars().all()
    assert stored.startswith("$argon2id$")
    assert code_of(applicant) not in tokens


@pytest.mark.parametrize("password", ["short", "password1234", "aaaaaaaaaaaaaaaa", "wang.fang-123456"])
def test_weak_password_is_refused(client: TestClient, password: str) -> None:
    answer = client.post(
        "/v1/accounts", json={"username": "wang.fang", "password": password}, headers=fresh_key()
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "account.password_too_weak")


def test_username_is_taken_whatever_its_case(client: TestClient) -> None:
    for username, status in (("wang.fang", 201), ("WANG.fang", 409)):
        answer = client.post(
            "/v1/accounts", json={"username": username, "password": PASSWORD}, headers=fresh_key()
        )
        assert answer.status_code == status


def test_wrong_password_and_unknown_name_get_the_same_answer(applicant: TestClient, app: FastAPI) -> None:
    other = browser(app)
    wrong = other.post("/v1/sign-ins", json={"username": "wang.fang", "password": "not the password"})
    unknown = other.post("/v1/sign-ins", json={"username": "li.na", "password": "not the password"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json()["code"] == unknown.json()["code"]


def test_sign_in_ends_after_half_an_hour_without_requests(applicant: TestClient, clock: Clock) -> None:
    for _ in range(3):
        clock.move(minutes=20)
        assert applicant.get("/v1/accounts/me").status_code == 200
    clock.move(minutes=31)
    assert applicant.get("/v1/accounts/me").status_code == 401


def test_sign_in_ends_after_twelve_hours_in_any_case(applicant: TestClient, clock: Clock) -> None:
    for _ in range(47):
        clock.move(minutes=15)
        assert applicant.get("/v1/accounts/me").status_code == 200
    clock.move(minutes=15)
    assert applicant.get("/v1/accounts/me").status_code == 401


def test_signing_in_again_ends_the_sign_in_it_replaces(applicant: TestClient, app: FastAPI) -> None:
    old = code_of(applicant)
    applicant.post("/v1/sign-ins", json={"username": "wang.fang", "password": PASSWORD}).raise_for_status()
    assert code_of(applicant) != old
    thief = browser(app)
    thief.cookies.set(SIGN_IN_COOKIE, old)
    assert thief.get("/v1/accounts/me").status_code == 401


def test_too_many_attempts_lock_out_only_the_place_they_come_from(
    applicant: TestClient, app: FastAPI
) -> None:
    stranger = TestClient(app, base_url="http://127.0.0.1:8000", client=("203.0.113.9", 1))
    guess = {"username": "wang.fang", "password": "not the password"}
    statuses = [stranger.post("/v1/sign-ins", json=guess).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    refused = stranger.post("/v1/sign-ins", json=guess)
    assert int(refused.headers["retry-after"]) > 0
    own = browser(app).post("/v1/sign-ins", json={"username": "wang.fang", "password": PASSWORD})
    assert own.status_code == 200


def test_one_time_password_must_be_changed_before_anything_else(app: FastAPI, services: Services) -> None:
    _, one_time = services.sign_ins.create_staff(username="zhou", role=Role.REVIEWER, organ_id="organ-a")
    client = browser(app)
    view = client.post("/v1/sign-ins", json={"username": "zhou", "password": one_time}).json()
    assert view["next_step"] == "change_password"
    assert client.post("/v1/accounts/me/totp").json()["code"] == "account.password_change_required"
    changed = client.post("/v1/accounts/me/password", json={"current": one_time, "new": PASSWORD})
    assert changed.json()["next_step"] == "enrol_second_factor"
    assert (
        browser(app).post("/v1/sign-ins", json={"username": "zhou", "password": one_time}).status_code == 401
    )


def test_administrator_needs_the_second_factor_for_the_routes_of_the_role(
    app: FastAPI, services: Services, clock: Clock
) -> None:
    _, one_time = services.sign_ins.create_staff(username="root.lin", role=Role.ADMINISTRATOR, organ_id=None)
    client = browser(app)
    client.post("/v1/sign-ins", json={"username": "root.lin", "password": one_time})
    client.post("/v1/accounts/me/password", json={"current": one_time, "new": PASSWORD})
    new = {"username": "zhou", "role": "reviewer", "organ_id": "organ-a"}
    assert (
        client.post("/v1/staff-accounts", json=new, headers=fresh_key()).json()["code"]
        == "account.second_factor_required"
    )

    secret = client.post("/v1/accounts/me/totp").json()["secret"]
    code = pyotp.TOTP(secret).at(clock())
    assert client.put("/v1/accounts/me/totp", json={"code": code}).status_code == 200
    opened = client.post("/v1/staff-accounts", json=new, headers=fresh_key())
    assert opened.status_code == 201
    assert opened.json()["account"]["next_step"] == "change_password"


def test_code_works_once_and_is_needed_at_sign_in(app: FastAPI, services: Services, clock: Clock) -> None:
    _, one_time = services.sign_ins.create_staff(username="zhou", role=Role.REVIEWER, organ_id="organ-a")
    client = browser(app)
    client.post("/v1/sign-ins", json={"username": "zhou", "password": one_time})
    client.post("/v1/accounts/me/password", json={"current": one_time, "new": PASSWORD})
    totp = pyotp.TOTP(client.post("/v1/accounts/me/totp").json()["secret"])
    used = totp.at(clock())
    client.put("/v1/accounts/me/totp", json={"code": used}).raise_for_status()

    credentials = {"username": "zhou", "password": PASSWORD}
    assert browser(app).post("/v1/sign-ins", json=credentials).status_code == 401
    assert browser(app).post("/v1/sign-ins", json={**credentials, "totp": used}).status_code == 401
    clock.move(seconds=30)
    fresh = {**credentials, "totp": totp.at(clock())}
    assert browser(app).post("/v1/sign-ins", json=fresh).status_code == 200
    assert browser(app).post("/v1/sign-ins", json=fresh).status_code == 401


def test_confirmed_second_factor_cannot_be_replaced_by_its_session(staff: Callable[..., TestClient]) -> None:
    assert staff(Role.REVIEWER).post("/v1/accounts/me/totp").status_code == 422


def test_applicant_may_not_open_staff_accounts(applicant: TestClient) -> None:
    new = {"username": "zhou", "role": "operator"}
    answer = applicant.post("/v1/staff-accounts", json=new, headers=fresh_key())
    assert answer.json()["code"] == "account.not_allowed"


def test_an_administrator_cannot_become_two(staff: Callable[..., TestClient]) -> None:
    """Or one person would propose a seal and approve it: such accounts are opened on the machine."""
    new = {"username": "admin.two", "role": "administrator"}
    answer = staff(Role.ADMINISTRATOR, None).post("/v1/staff-accounts", json=new, headers=fresh_key())
    assert (answer.status_code, answer.json()["code"]) == (400, "account.administrators_elsewhere")
    assert "novisit accounts add" in answer.text


def test_totp_secret_is_sealed_in_the_database(staff: Callable[..., TestClient], services: Services) -> None:
    staff(Role.REVIEWER)
    with services.reading() as db:
        assert db.execute(select(accounts.c.totp_secret)).scalar_one().startswith("v1.k")


def test_new_password_ends_the_other_sign_ins(app: FastAPI) -> None:
    first = signed_in_applicant(app, "li.na")
    second = browser(app)
    second.post("/v1/sign-ins", json={"username": "li.na", "password": PASSWORD}).raise_for_status()
    second.post(
        "/v1/accounts/me/password", json={"current": PASSWORD, "new": "another quiet river"}
    ).raise_for_status()
    assert first.get("/v1/accounts/me").status_code == 401
    assert second.get("/v1/accounts/me").status_code == 200


def test_codes_are_not_guessed_from_many_addresses(app: FastAPI, staff: Callable[..., TestClient]) -> None:
    staff(Role.REVIEWER, username="li.reviewer")

    def guess(address: str, password: str) -> int:
        body = {"username": "li.reviewer", "password": password, "totp": "000000"}
        client = TestClient(app, base_url="http://127.0.0.1:8000", client=(address, 1))
        status: int = client.post("/v1/sign-ins", json=body).status_code
        return status

    assert [guess(f"203.0.113.{n}", PASSWORD) for n in range(11)] == [401] * 10 + [429]
    # Who lacks the password neither gets so far nor learns that others did.
    assert guess("203.0.113.99", "not the password") == 401


def test_a_stranger_without_the_password_locks_no_second_factor(
    app: FastAPI, staff: Callable[..., TestClient]
) -> None:
    staff(Role.REVIEWER, username="li.reviewer")
    body = {"username": "li.reviewer", "password": "not the password", "totp": "000000"}
    for n in range(12):
        TestClient(app, base_url="http://127.0.0.1:8000", client=(f"203.0.113.{n}", 1)).post(
            "/v1/sign-ins", json=body
        )
    right = browser(app).post("/v1/sign-ins", json=body | {"password": PASSWORD})
    assert right.status_code == 401  # a wrong code, and not a lock
