"""Proof that a person was verified for one case: bound to person, account, case and party, and expiring."""

import hmac
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from filing.errors import (
    AssuranceTooLow,
    VerificationExpired,
    VerificationNotBound,
    VerificationOfAnotherPerson,
)

PROFILES = ("ordered", "timed")
"""Assurance profiles of a challenge, the weaker first."""


@dataclass(frozen=True, slots=True)
class Verification:
    """A passed verification of one person, by one account, for a case and there for a party or the applicant.

    `person_digest` and `name_digest` come from PersonDigests; the person's number and name are not kept here.
    """

    id: str
    account_id: str
    person_digest: str
    name_digest: str
    case_id: str
    party_id: str | None
    profile: str
    verified_at: datetime
    expires_at: datetime

    def __post_init__(self) -> None:
        if not all((self.id, self.account_id, self.person_digest, self.name_digest, self.case_id)):
            raise ValueError("a verification names its id, account, person, name and case")
        if self.profile not in PROFILES:
            raise ValueError("a verification names a known assurance profile")
        if self.verified_at.tzinfo is None or self.expires_at.tzinfo is None:
            raise ValueError("times are aware")
        if self.expires_at <= self.verified_at:
            raise ValueError("a verification expires after it was made")

    def require_bound_to(self, case_id: str, *, party_id: str | None, account_id: str | None) -> None:
        """Raise VerificationNotBound unless it was made for this case, party and account."""
        if (self.case_id, self.party_id, self.account_id) != (case_id, party_id, account_id):
            raise VerificationNotBound

    def require_person(self, person_digest: str) -> None:
        """Raise VerificationOfAnotherPerson unless it is of this person."""
        if not hmac.compare_digest(self.person_digest, person_digest):
            raise VerificationOfAnotherPerson

    def require_valid(self, *, at: datetime) -> None:
        """Raise VerificationExpired where its time is over, or has not begun."""
        if not self.verified_at <= at < self.expires_at:
            raise VerificationExpired

    def require_assurance(self, needed: str) -> None:
        """Raise AssuranceTooLow unless its profile is at least the one needed."""
        require_profile(self.profile, needed)


def require_profile(profile: str, needed: str) -> None:
    """Raise AssuranceTooLow unless a verification of this profile is worth at least the one needed."""
    if PROFILES.index(profile) < PROFILES.index(needed):
        raise AssuranceTooLow


class KeyedDigest(Protocol):
    """A digest under an installation's secret: HMAC-SHA-256 over purpose and parts, hexadecimal."""

    def __call__(self, purpose: str, /, *parts: str) -> str: ...


class PersonDigests:
    """Digests of persons: equal for equal persons, blind to all who lack the installation's secret.

    A document number is low in entropy, so that its plain hash could be guessed.
    """

    def __init__(self, keyed: KeyedDigest) -> None:
        self._keyed = keyed

    def person(self, document_type: str, number: str) -> str:
        """Digest of the bearer of a document, blind to the width of its characters, spaces and case."""
        return self._keyed("person", document_type, _compact(number).upper())

    def name(self, name: str) -> str:
        """Digest of a name, blind to width, spaces, middle dots and case."""
        return self._keyed("name", _compact(name).casefold())


def _compact(text: str) -> str:
    normal = unicodedata.normalize("NFKC", text)
    return "".join(c for c in normal if not c.isspace() and c not in "·・•‧-")
