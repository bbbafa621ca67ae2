"""Signing in: server-side sessions under a random token of which only the hash is kept.

A token ends after a time without requests, after a fixed time, at sign-out, and whenever the account's
standing changes (new password, new second factor): a new one is given out then.
"""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import Connection, Engine

from api import db
from api.auth import second_factor
from api.auth.accounts import Account, Role, SignIn
from api.auth.passwords import Passwords, one_time_password, require_strong
from api.errors import SecondFactorRefused, SignInRefused, TooManyRequests
from api.evidence.fields import FieldCipher
from api.identifiers import IdSource
from api.store.accounts import AccountStore, SignInStore

TOKEN_BYTES = 32
WINDOW_MINUTES = 15
SECOND_FACTOR = "second factor"
"""What codes are counted under; no username has a space."""


@dataclass(frozen=True, slots=True)
class SignInLimits:
    """How long a sign-in lasts, and how many may be tried in a quarter of an hour."""

    idle: timedelta
    absolute: timedelta
    attempts: int


@dataclass(frozen=True, slots=True)
class SignInParts:
    """What signing in is made of."""

    engine: Engine
    cipher: FieldCipher
    passwords: Passwords
    clock: Callable[[], datetime]
    new_id: IdSource
    random_bytes: Callable[[int], bytes]


class SignIns:
    """Makes accounts, signs them in and out, and finds who is asking."""

    def __init__(self, parts: SignInParts, limits: SignInLimits) -> None:
        self._parts = parts
        self._limits = limits
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._per_place = RateLimitItemPerMinute(limits.attempts, WINDOW_MINUTES)
        self._per_address = RateLimitItemPerMinute(limits.attempts * 10, WINDOW_MINUTES)

    def create_applicant(self, connection: Connection, *, username: str, password_hash: str) -> Account:
        """Add an account for a member of the public. Raises UsernameTaken."""
        account = Account(self._parts.new_id(), normal_username(username), Role.APPLICANT, None, False, None)
        self._accounts(connection).add(account, password_hash=password_hash, created_at=self._parts.clock())
        return account

    def hash_new_password(self, password: str, *, username: str) -> str:
        """Hash a password that is strong enough. Raises PasswordTooWeak."""
        require_strong(password, username=username)
        return self._parts.passwords.hash(password)

    def new_one_time_password(self) -> tuple[str, str]:
        """Make a one-time password and its hash."""
        password = one_time_password(self._parts.random_bytes)
        return password, self._parts.passwords.hash(password)

    def add_staff(
        self, connection: Connection, *, username: str, role: Role, organ_id: str | None, password_hash: str
    ) -> Account:
        """Add a staff account whose password must be changed. Raises UsernameTaken."""
        account = Account(self._parts.new_id(), normal_username(username), role, organ_id, True, None)
        self._accounts(connection).add(account, password_hash=password_hash, created_at=self._parts.clock())
        return account

    def create_staff(self, *, username: str, role: Role, organ_id: str | None) -> tuple[Account, str]:
        """Add a staff account with a one-time password, which is returned and nowhere kept."""
        password, password_hash = self.new_one_time_password()
        with db.transaction(self._parts.engine) as connection:
            account = self.add_staff(
                connection, username=username, role=role, organ_id=organ_id, password_hash=password_hash
            )
        return account, password

    def sign_in(
        self, *, username: str, password: str, totp: str | None, address: str, replaces: str | None
    ) -> tuple[SignIn, str]:
        """Sign in and give the new token. Raises SignInRefused or TooManyRequests.

        Attempts are counted by account and address together, so that a stranger locks nobody out. Codes of
        the second factor are counted by account alone: only who has the password comes to them, and from
        many addresses six digits could else be guessed.
        """
        name = normal_username(username)
        self._count_attempt(name, address)
        with db.reading(self._parts.engine) as connection:
            found = self._accounts(connection).by_username(name)
        account, password_hash = found or (None, None)
        if not self._parts.passwords.verify(password, password_hash) or account is None:
            raise SignInRefused
        if account.has_second_factor:
            self._count(self._per_place, SECOND_FACTOR, name)
        newer = None
        if password_hash and self._parts.passwords.is_outdated(password_hash):
            newer = self._parts.passwords.hash(password)
        with db.transaction(self._parts.engine) as connection:
            shown = False
            if account.has_second_factor:
                shown = self._use_code(connection, account.id, totp or "")
                if not shown:
                    raise SignInRefused
            if newer:
                self._accounts(connection).replace_hash(account.id, newer)
            if replaces:
                SignInStore(connection).remove(token_hash(replaces))
            made = self._issue(connection, account, second_factor=shown)
        self._limiter.clear(self._per_place, name, address)
        self._limiter.clear(self._per_place, SECOND_FACTOR, name)
        return made

    def find(self, token: str) -> SignIn | None:
        """Give the sign-in of a token, or None where it has ended."""
        now = self._parts.clock()
        with db.reading(self._parts.engine) as connection:
            found = SignInStore(connection).find(token_hash(token), at=now, idle=self._limits.idle)
        if found is None:
            return None
        sign_in, is_due = found
        if is_due:
            with db.transaction(self._parts.engine) as connection:
                SignInStore(connection).seen(sign_in.token_hash, at=now)
        return sign_in

    def end(self, token: str) -> None:
        """Sign out."""
        with db.transaction(self._parts.engine) as connection:
            SignInStore(connection).remove(token_hash(token))

    def change_password(self, sign_in: SignIn, *, current: str, new: str, address: str) -> tuple[SignIn, str]:
        """Change the password, end every sign-in of the account, and give a new one."""
        account = sign_in.account
        self._count_attempt(account.username, address)
        with db.reading(self._parts.engine) as connection:
            found = self._accounts(connection).by_username(account.username)
        if not self._parts.passwords.verify(current, found[1] if found else None):
            raise SignInRefused
        new_hash = self.hash_new_password(new, username=account.username)
        with db.transaction(self._parts.engine) as connection:
            self._accounts(connection).set_password(account.id, new_hash)
            changed = replace(account, must_change_password=False)
            return self._issue(connection, changed, second_factor=sign_in.second_factor)

    def enrol_second_factor(self, account: Account) -> str:
        """Make a new secret for an account whose second factor is not confirmed, and give it once."""
        if account.has_second_factor:
            raise SecondFactorRefused
        secret = second_factor.new_secret(self._parts.random_bytes)
        with db.transaction(self._parts.engine) as connection:
            self._accounts(connection).set_totp_secret(account.id, secret)
        return secret

    def confirm_second_factor(self, sign_in: SignIn, *, code: str, address: str) -> tuple[SignIn, str]:
        """Confirm the secret by its first code, and give a new token. Raises SecondFactorRefused."""
        self._count_attempt(f"totp:{sign_in.account.username}", address)
        now = self._parts.clock()
        with db.transaction(self._parts.engine) as connection:
            if not self._use_code(connection, sign_in.account.id, code):
                raise SecondFactorRefused
            self._accounts(connection).confirm_totp(sign_in.account.id, at=now)
            SignInStore(connection).remove(sign_in.token_hash)
            confirmed = replace(sign_in.account, totp_confirmed_at=now)
            return self._issue(connection, confirmed, second_factor=True)

    def _use_code(self, connection: Connection, account_id: str, code: str) -> bool:
        store = self._accounts(connection)
        known = store.totp(account_id)
        if known is None:
            return False
        secret, last_step = known
        step = second_factor.matching_step(secret, code, now=self._parts.clock(), after_step=last_step)
        if step is None:
            return False
        store.use_totp_step(account_id, step)
        return True

    def _issue(self, connection: Connection, account: Account, *, second_factor: bool) -> tuple[SignIn, str]:
        token = self._parts.random_bytes(TOKEN_BYTES).hex()
        now = self._parts.clock()
        SignInStore(connection).add(
            account.id,
            token_hash=token_hash(token),
            second_factor=second_factor,
            at=now,
            expires_at=now + self._limits.absolute,
        )
        return SignIn(account, token_hash(token), second_factor), token

    def _count_attempt(self, name: str, address: str) -> None:
        self._count(self._per_place, name, address)
        self._count(self._per_address, address)

    def _count(self, limit: RateLimitItem, *key: str) -> None:
        if not self._limiter.hit(limit, *key):
            wait = self._limiter.get_window_stats(limit, *key).reset_time - self._parts.clock().timestamp()
            raise TooManyRequests(max(1, math.ceil(wait)))

    def _accounts(self, connection: Connection) -> AccountStore:
        return AccountStore(connection, self._parts.cipher)


def normal_username(username: str) -> str:
    """Usernames are compared without case or outer blanks."""
    return username.strip().casefold()


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
