"""Accounts and sign-ins in SQL."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from api.auth.accounts import Account, Role, SignIn
from api.errors import UsernameTaken
from api.evidence.fields import FieldCipher, field_context
from api.store.tables.accounts import accounts, sign_ins

SEEN_GRAIN = timedelta(minutes=1)
"""How old the record of the last request may get before it is written again."""


class AccountStore:
    """Reads and writes accounts in a transaction of the caller's."""

    def __init__(self, db: Connection, cipher: FieldCipher) -> None:
        self._db = db
        self._cipher = cipher

    def add(self, account: Account, *, password_hash: str, created_at: datetime) -> None:
        """Add an account. Raises UsernameTaken."""
        try:
            with self._db.begin_nested():
                self._db.execute(
                    insert(accounts).values(
                        id=account.id,
                        username=account.username,
                        password_hash=password_hash,
                        must_change_password=account.must_change_password,
                        role=account.role.value,
                        organ_id=account.organ_id,
                        totp_last_step=0,
                        created_at=created_at,
                    )
                )
        except IntegrityError:
            raise UsernameTaken from None

    def by_username(self, username: str) -> tuple[Account, str] | None:
        """Give an account that may sign in and its password hash, or None."""
        row = self._db.execute(
            select(accounts).where(accounts.c.username == username, accounts.c.disabled_at.is_(None))
        ).one_or_none()
        return (_account(row), row.password_hash) if row else None

    def set_password(self, account_id: str, password_hash: str) -> None:
        """Change the password and end every sign-in of the account."""
        self._db.execute(
            update(accounts)
            .where(accounts.c.id == account_id)
            .values(password_hash=password_hash, must_change_password=False)
        )
        self._db.execute(delete(sign_ins).where(sign_ins.c.account_id == account_id))

    def replace_hash(self, account_id: str, password_hash: str) -> None:
        """Keep the same password under a newer hash."""
        self._db.execute(
            update(accounts).where(accounts.c.id == account_id).values(password_hash=password_hash)
        )

    def set_totp_secret(self, account_id: str, secret: str) -> None:
        """Keep a secret that is not confirmed yet."""
        sealed = self._cipher.seal(secret, context=field_context(accounts.c.totp_secret, account_id))
        self._db.execute(
            update(accounts)
            .where(accounts.c.id == account_id, accounts.c.totp_confirmed_at.is_(None))
            .values(totp_secret=sealed, totp_last_step=0)
        )

    def totp(self, account_id: str) -> tuple[str, int] | None:
        """Give the secret and the last step that was used, or None where there is no secret."""
        row = self._db.execute(
            select(accounts.c.totp_secret, accounts.c.totp_last_step)
            .where(accounts.c.id == account_id)
            .with_for_update()
        ).one()
        if row.totp_secret is None:
            return None
        context = field_context(accounts.c.totp_secret, account_id)
        return self._cipher.open(row.totp_secret, context=context), row.totp_last_step

    def use_totp_step(self, account_id: str, step: int) -> None:
        """Remember the step of a code so that the code does not work again."""
        self._db.execute(update(accounts).where(accounts.c.id == account_id).values(totp_last_step=step))

    def confirm_totp(self, account_id: str, *, at: datetime) -> None:
        self._db.execute(update(accounts).where(accounts.c.id == account_id).values(totp_confirmed_at=at))


class SignInStore:
    """Reads and writes sign-ins; only the hash of a token is kept."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def add(
        self, account_id: str, *, token_hash: str, second_factor: bool, at: datetime, expires_at: datetime
    ) -> None:
        self._db.execute(
            insert(sign_ins).values(
                token_hash=token_hash,
                account_id=account_id,
                second_factor=second_factor,
                created_at=at,
                seen_at=at,
                expires_at=expires_at,
            )
        )

    def find(self, token_hash: str, *, at: datetime, idle: timedelta) -> tuple[SignIn, bool] | None:
        """Give a sign-in that is still good, and whether `seen` is due; None where there is none."""
        row = self._db.execute(
            select(accounts, sign_ins.c.token_hash, sign_ins.c.second_factor, sign_ins.c.seen_at)
            .join(sign_ins, sign_ins.c.account_id == accounts.c.id)
            .where(
                sign_ins.c.token_hash == token_hash,
                sign_ins.c.expires_at > at,
                sign_ins.c.seen_at > at - idle,
                accounts.c.disabled_at.is_(None),
            )
        ).one_or_none()
        if row is None:
            return None
        return SignIn(_account(row), row.token_hash, row.second_factor), at - row.seen_at > SEEN_GRAIN

    def seen(self, token_hash: str, *, at: datetime) -> None:
        self._db.execute(update(sign_ins).where(sign_ins.c.token_hash == token_hash).values(seen_at=at))

    def remove(self, token_hash: str) -> None:
        self._db.execute(delete(sign_ins).where(sign_ins.c.token_hash == token_hash))

    def remove_expired(self, *, at: datetime) -> int:
        return self._db.execute(delete(sign_ins).where(sign_ins.c.expires_at <= at)).rowcount


def _account(row: Row[tuple[object, ...]]) -> Account:
    return Account(
        id=row.id,
        username=row.username,
        role=Role(row.role),
        organ_id=row.organ_id,
        must_change_password=row.must_change_password,
        totp_confirmed_at=row.totp_confirmed_at,
    )
