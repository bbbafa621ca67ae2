"""Parties of a case: invited by a link, verified by their own phone, consenting to the same text."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from string import Template

from filing.canonical import sha256_hex
from filing.errors import InvitationExpired, InvitationTaken
from filing.findings import Finding
from filing.forms import Form
from filing.matters import PartyPolicy
from filing.rules import Values
from filing.texts import Language
from filing.verification import Verification

MAX_NAME = 60
FULL_SHARE = Decimal(100)
TOKEN_BYTES = 32


def token_hash(token: str) -> str:
    """What is kept of an invitation's token: its SHA-256. The token itself is in the link alone."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Consent:
    """A party's consent to one text. `text_digest` is the SHA-256 of that text in Chinese."""

    text_digest: str
    verification_id: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class Party:
    """One person who takes part. `share` is a percentage; `account_id` is set by the acceptance."""

    id: str
    role: str
    display_name: str
    share: Decimal | None
    token_hash: str
    invited_at: datetime
    expires_at: datetime
    account_id: str | None = None
    verification: Verification | None = None
    consent: Consent | None = None

    def __post_init__(self) -> None:
        if not self.display_name.strip() or len(self.display_name) > MAX_NAME:
            raise ValueError(f"a party's name has 1 to {MAX_NAME} characters")
        if self.share is not None and not 0 < self.share <= FULL_SHARE:
            raise ValueError("a share is above 0 and at most 100")
        if self.verification is not None and self.account_id is None:
            raise ValueError("a party accepts before it is verified")

    def __repr__(self) -> str:
        return f"Party(id={self.id!r}, role={self.role!r})"

    def accepted_by(self, account_id: str, *, at: datetime) -> "Party":
        """Bind the invitation to one account. Raises InvitationTaken, InvitationExpired."""
        if self.account_id is not None and self.account_id != account_id:
            raise InvitationTaken
        if at >= self.expires_at and self.account_id is None:
            raise InvitationExpired
        return replace(self, account_id=account_id)

    def has_consented_to(self, text_digest: str) -> bool:
        return self.consent is not None and self.consent.text_digest == text_digest


@dataclass(frozen=True, slots=True)
class ConsentText:
    """The text that every party consents to, and its digest, which is taken over the Chinese text."""

    zh: str
    en: str

    @property
    def digest(self) -> str:
        return sha256_hex(self.zh.encode())


def consent_text(policy: PartyPolicy, form: Form, values: Values, parties: Sequence[Party]) -> ConsentText:
    """Write the text for the present answers and parties. An unanswered field appears as a line to fill."""

    def written(language: Language) -> str:
        shown = {
            name: form.field(name).show(values[name], language) if name in values else "________"
            for name in policy.placeholders - {"parties"}
        }
        listed = "\n".join(_listed(policy, party, language) for party in parties)
        template = Template(policy.consent_text.in_language(language))
        return template.substitute(shown | {"parties": listed})

    return ConsentText(written("zh"), written("en"))


def _listed(policy: PartyPolicy, party: Party, language: Language) -> str:
    role = policy.role(party.role).label.in_language(language)
    share = f"，{party.share}%" if language == "zh" else f", {party.share} %"
    separator = "：" if language == "zh" else ": "
    return f"{role}{separator}{party.display_name}{share if party.share is not None else ''}"


def missing_from_parties(
    policy: PartyPolicy, parties: Sequence[Party], text_digest: str
) -> tuple[Finding, ...]:
    """Say what is missing: persons in a role, shares that do not add up, each party's next step."""
    findings: list[Finding] = []
    for role in policy.roles:
        if sum(party.role == role.id for party in parties) < role.minimum:
            words = {"role": role.label.zh, "role_en": role.label.en, "minimum": str(role.minimum)}
            findings.append(Finding("party.too_few", "", words))
    shares = [party.share for party in parties if party.share is not None]
    if policy.shares_total is not None and sum(shares, Decimal(0)) != policy.shares_total:
        findings.append(Finding("party.shares_total", "", {"total": str(policy.shares_total)}))
    for party in parties:
        if policy.role(party.role).must_consent:
            code = _next_step(party, text_digest)
            findings.extend([Finding(code, f"party:{party.id}")] if code else [])
    return tuple(findings)


def _next_step(party: Party, text_digest: str) -> str:
    if party.account_id is None:
        return "party.not_accepted"
    if party.verification is None:
        return "party.not_verified"
    return "" if party.has_consented_to(text_digest) else "party.not_consented"
