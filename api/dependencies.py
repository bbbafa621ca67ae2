"""What routes ask for: the services, a transaction, the account that is signed in, the device."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated

import anyio
from fastapi import Depends, Request, Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from api.auth.accounts import Account, Role, SignIn
from api.bootstrap import Services
from api.errors import NotAllowed, NotSignedIn, PasswordChangeRequired, SecondFactorRequired
from api.messages import Language
from api.problems import request_language

SIGN_IN_COOKIE = "novisit_sign_in"
DEVICE_COOKIE = "novisit_device"
DEVICE_DAYS = 400


def get_services(request: HTTPConnection) -> Services:
    """The services this application was made with."""
    services = request.app.state.services
    if not isinstance(services, Services):
        raise TypeError("the application was not made by create_app")
    return services


ServicesDep = Annotated[Services, Depends(get_services)]


def get_language(request: HTTPConnection) -> Language:
    """The language to answer in."""
    return request_language(request)


LanguageDep = Annotated[Language, Depends(get_language)]


def find_sign_in(request: HTTPConnection, services: ServicesDep) -> SignIn | None:
    """Whoever is signed in, or None. That they were seen is written now and then, so it comes before `Db`."""
    token = request.cookies.get(SIGN_IN_COOKIE, "")
    return services.sign_ins.find(token) if token else None


FoundSignIn = Annotated[SignIn | None, Depends(find_sign_in)]


async def get_db(services: ServicesDep, _before: FoundSignIn) -> AsyncIterator[Connection]:
    """One write transaction for the request, committed before the answer leaves; use it as `Db`.

    The gate lets as many requests in as can hold a transaction at once. Without it the threads that wait for
    SQLite's one writer would leave no thread for the writer itself.
    """
    async with services.write_gate():
        connection = await run_in_threadpool(services.engine.connect)
        try:
            await run_in_threadpool(connection.begin)
            yield connection
            await run_in_threadpool(connection.commit)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(connection.close)


Db = Annotated[Connection, Depends(get_db, scope="function")]
"""A write transaction. A route that streams a body must not ask for it: it would hold the database."""


def get_address(request: Request) -> str:
    """The address a request comes from, as the server in front of us says where that one is trusted."""
    return request.client.host if request.client else "unknown"


AddressDep = Annotated[str, Depends(get_address)]


def get_sign_in(found: FoundSignIn) -> SignIn:
    """Whoever is signed in, though a password or a second factor may still be due. Raises NotSignedIn."""
    if found is None:
        raise NotSignedIn
    return found


SignInDep = Annotated[SignIn, Depends(get_sign_in)]


def current_account(*roles: Role) -> Callable[[SignIn], Account]:
    """Make a dependency that gives the account that asks, with one of these roles where any are named.

    Routes for staff need a one-time code shown at sign-in. Raises NotSignedIn, PasswordChangeRequired,
    NotAllowed or SecondFactorRequired.
    """

    def account_with_role(sign_in: SignInDep) -> Account:
        account = sign_in.account
        if account.must_change_password:
            raise PasswordChangeRequired
        if roles and account.role not in roles:
            raise NotAllowed
        if roles and account.role.is_staff and not (account.has_second_factor and sign_in.second_factor):
            raise SecondFactorRequired
        return account

    return account_with_role


SignedIn = Annotated[Account, Depends(current_account())]
"""Anyone who is signed in."""


def get_device(request: Request, response: Response, services: ServicesDep) -> str:
    """A lasting name of the browser, made at its first request; limits hang on it too."""
    known = request.cookies.get(DEVICE_COOKIE, "")
    if len(known) == 32 and known.isalnum():
        return known
    device = services.random_bytes(16).hex()
    response.set_cookie(
        DEVICE_COOKIE,
        device,
        max_age=DEVICE_DAYS * 86_400,
        httponly=True,
        samesite="strict",
        secure=services.settings.is_https,
    )
    return device


DeviceDep = Annotated[str, Depends(get_device)]


def set_sign_in_cookie(response: Response, token: str, services: Services) -> None:
    """Give the browser its sign-in token, out of reach of scripts and of other sites."""
    response.set_cookie(
        SIGN_IN_COOKIE, token, httponly=True, samesite="strict", secure=services.settings.is_https, path="/"
    )
