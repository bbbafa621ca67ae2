"""Accounts, signing in and out, passwords and the second factor."""

from typing import Annotated, Self

import segno
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from api.auth import second_factor
from api.auth.accounts import Account, Role, SignIn
from api.dependencies import (
    SIGN_IN_COOKIE,
    AddressDep,
    Db,
    ServicesDep,
    SignInDep,
    current_account,
    set_sign_in_cookie,
)
from api.errors import RequestError
from api.idempotency import IdempotentRoute, idempotent
from api.limits import limited
from api.problems import problem_responses

router = APIRouter(prefix="/v1", tags=["accounts"], route_class=IdempotentRoute)

Username = Annotated[str, Field(min_length=3, max_length=64, pattern=r"^[\w.@-]+$", examples=["wang.fang"])]
Password = Annotated[SecretStr, Field(max_length=256, examples=["three-quiet-rivers"])]
Code = Annotated[str, Field(pattern=r"^\d{3} ?\d{3}$", examples=["492039"])]


class Body(BaseModel):
    """A body that takes no field it does not know."""

    model_config = ConfigDict(extra="forbid")


class NewAccount(Body):
    """An account to be opened."""

    username: Username
    password: Password


class NewSignIn(Body):
    """Who signs in; `totp` where an authenticator app is confirmed."""

    username: Username
    password: Password
    totp: Code | None = None


class NewPassword(Body):
    """A change of password."""

    current: Password
    new: Password


class TotpCode(Body):
    """A code of the authenticator app."""

    code: Code


class AdministratorsElsewhere(RequestError):
    """An administrator who opened another's account would be two, and bring a seal in force alone."""

    code = "account.administrators_elsewhere"


class NewStaff(Body):
    """A staff account to be opened."""

    username: Username
    role: Role = Field(examples=["reviewer"])
    organ_id: str | None = Field(default=None, max_length=64, examples=["jiangan-approval"])

    @model_validator(mode="after")
    def _belongs(self) -> Self:
        if not self.role.is_staff:
            raise ValueError("applicants open their own accounts")
        if self.role in (Role.REVIEWER, Role.SUPERVISOR) and not self.organ_id:
            raise ValueError("belongs to an organ")
        return self


class AccountView(BaseModel):
    """An account as its owner sees it; `next_step` says what is due before it can be used."""

    id: str
    username: str
    role: Role
    organ_id: str | None
    second_factor: bool
    next_step: str | None = Field(examples=[None, "change_password", "enrol_second_factor"])

    @classmethod
    def of(cls, account: Account) -> "AccountView":
        next_step = None
        if account.must_change_password:
            next_step = "change_password"
        elif account.role.is_staff and not account.has_second_factor:
            next_step = "enrol_second_factor"
        return cls(
            id=account.id,
            username=account.username,
            role=account.role,
            organ_id=account.organ_id,
            second_factor=account.has_second_factor,
            next_step=next_step,
        )


class TotpSecret(BaseModel):
    """A new secret for an authenticator app, shown once; `qr` is an SVG."""

    secret: str
    uri: str
    qr: str


class StaffView(BaseModel):
    """A new staff account with its one-time password, shown once."""

    account: AccountView
    one_time_password: str


def hash_new_password(body: NewAccount, services: ServicesDep) -> str:
    """Hash the password before the transaction begins: it takes long, and SQLite has one writer."""
    return services.sign_ins.hash_new_password(body.password.get_secret_value(), username=body.username)


@router.post(
    "/accounts",
    status_code=201,
    dependencies=[Depends(limited("accounts")), Depends(hash_new_password), Depends(idempotent)],
    responses=problem_responses(400, 409, 422, 429),
    summary="注册账号 Open an account",
)
def open_account(
    body: NewAccount,
    db: Db,
    services: ServicesDep,
    password_hash: Annotated[str, Depends(hash_new_password)],
) -> AccountView:
    """Open an applicant's account. It is not signed in yet."""
    return AccountView.of(
        services.sign_ins.create_applicant(db, username=body.username, password_hash=password_hash)
    )


@router.get(
    "/accounts/me", responses=problem_responses(401), summary="当前账号 The account that is signed in"
)
def read_account(sign_in: SignInDep) -> AccountView:
    """Tell who is signed in and what is due next."""
    return AccountView.of(sign_in.account)


@router.post("/sign-ins", responses=problem_responses(401, 422, 429), summary="登录 Sign in")
def sign_in(
    body: NewSignIn, request: Request, response: Response, services: ServicesDep, address: AddressDep
) -> AccountView:
    """Sign in; the token is set as a cookie that scripts cannot read."""
    made, token = services.sign_ins.sign_in(
        username=body.username,
        password=body.password.get_secret_value(),
        totp=body.totp,
        address=address,
        replaces=request.cookies.get(SIGN_IN_COOKIE),
    )
    return _signed_in(response, services, made, token)


@router.delete("/sign-ins/current", status_code=204, summary="退出 Sign out")
def sign_out(request: Request, response: Response, services: ServicesDep) -> None:
    """Sign out. Doing so twice is harmless."""
    token = request.cookies.get(SIGN_IN_COOKIE)
    if token:
        services.sign_ins.end(token)
    response.delete_cookie(SIGN_IN_COOKIE, path="/")


@router.post(
    "/accounts/me/password",
    responses=problem_responses(401, 422, 429),
    summary="修改密码 Change the password",
)
def change_password(
    body: NewPassword, response: Response, sign_in: SignInDep, services: ServicesDep, address: AddressDep
) -> AccountView:
    """Change the password; every other sign-in of the account ends."""
    made, token = services.sign_ins.change_password(
        sign_in,
        current=body.current.get_secret_value(),
        new=body.new.get_secret_value(),
        address=address,
    )
    return _signed_in(response, services, made, token)


@router.post(
    "/accounts/me/totp",
    responses=problem_responses(401, 403, 422),
    summary="绑定动态验证码 Enrol an authenticator app",
)
def enrol_totp(account: Annotated[Account, Depends(current_account())], services: ServicesDep) -> TotpSecret:
    """Give a new secret; it counts once a code of it is confirmed."""
    secret = services.sign_ins.enrol_second_factor(account)
    uri = second_factor.provisioning_uri(secret, username=account.username)
    return TotpSecret(secret=secret, uri=uri, qr=segno.make(uri).svg_inline(scale=4))


@router.put(
    "/accounts/me/totp",
    responses=problem_responses(401, 422, 429),
    summary="确认动态验证码 Confirm the authenticator app",
)
def confirm_totp(
    body: TotpCode, response: Response, sign_in: SignInDep, services: ServicesDep, address: AddressDep
) -> AccountView:
    """Confirm the secret by its first code."""
    made, token = services.sign_ins.confirm_second_factor(sign_in, code=body.code, address=address)
    return _signed_in(response, services, made, token)


def new_one_time_password(services: ServicesDep) -> tuple[str, str]:
    """Make a one-time password and its hash before the transaction begins."""
    return services.sign_ins.new_one_time_password()


@router.post(
    "/staff-accounts",
    status_code=201,
    dependencies=[
        Depends(current_account(Role.ADMINISTRATOR)),
        Depends(new_one_time_password),
        Depends(idempotent),
    ],
    responses=problem_responses(400, 401, 403, 409, 422),
    summary="开设工作人员账号 Open a staff account",
)
def open_staff_account(
    body: NewStaff,
    db: Db,
    services: ServicesDep,
    password: Annotated[tuple[str, str], Depends(new_one_time_password)],
) -> StaffView:
    """Open an account for staff; its one-time password is shown here and nowhere else.

    Administrators are opened on the machine (`novisit accounts add`): two of them bring a seal in force.
    """
    if body.role is Role.ADMINISTRATOR:
        raise AdministratorsElsewhere
    account = services.sign_ins.add_staff(
        db, username=body.username, role=body.role, organ_id=body.organ_id, password_hash=password[1]
    )
    return StaffView(account=AccountView.of(account), one_time_password=password[0])


def _signed_in(response: Response, services: ServicesDep, made: SignIn, token: str) -> AccountView:
    set_sign_in_cookie(response, token, services)
    return AccountView.of(made.account)
