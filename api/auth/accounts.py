"""Accounts and their roles."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What an account may do."""

    APPLICANT = "applicant"
    REVIEWER = "reviewer"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"

    @property
    def is_staff(self) -> bool:
        """Whether this role needs a confirmed second factor."""
        return self is not Role.APPLICANT


@dataclass(frozen=True, slots=True)
class Account:
    """One person's (or one operator's) account. `organ_id` limits staff to one organ."""

    id: str
    username: str
    role: Role
    organ_id: str | None
    must_change_password: bool
    totp_confirmed_at: datetime | None

    def __post_init__(self) -> None:
        if self.role in (Role.REVIEWER, Role.SUPERVISOR) and not self.organ_id:
            raise ValueError(f"a {self.role} belongs to an organ")

    @property
    def has_second_factor(self) -> bool:
        return self.totp_confirmed_at is not None


@dataclass(frozen=True, slots=True)
class SignIn:
    """An account that is signed in just now. `second_factor` tells whether a one-time code was shown."""

    account: Account
    token_hash: str
    second_factor: bool
