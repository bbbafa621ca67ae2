"""A matter (事项): one thing that can be filed, in one version, with everything that governs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from string import Template

from filing.errors import MatterClosed, MatterTakesNoParties, UnknownMaterial, UnknownRole
from filing.findings import Finding
from filing.forms import Form
from filing.materials import MaterialRequirement
from filing.numbers import NumberScheme
from filing.rules import UNDECIDED, Rule, Values, evaluate
from filing.texts import Text
from signing.seal import SealPlacement


class CatalogueProfile(StrEnum):
    """Which law counts: that of the pilot of 2018, or that of today."""

    PILOT_2018 = "pilot-2018"
    CURRENT = "current"


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """A rule the matter rests on. `effective_until` is its last day in force, None while that is open."""

    title: Text
    clause: str
    effective_from: date
    effective_until: date | None = None

    def __post_init__(self) -> None:
        if self.effective_until is not None and self.effective_until < self.effective_from:
            raise ValueError("a legal basis ends after it begins")

    def is_in_force(self, day: date) -> bool:
        return self.effective_from <= day and (self.effective_until is None or day <= self.effective_until)


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """How the national catalogue of government services describes the matter; field names are its own."""

    catalog_code: str
    task_code: str
    task_name: Text
    task_type: str
    task_state: str
    by_law: str
    accept_condition: Text
    anticipate_day: int
    promise_day: int
    project_type: str
    use_level: str
    limit_scene_num: int
    handle_flow: Text
    is_fee: bool
    is_schedule: bool
    is_online: bool
    result_type: str
    link_way: str
    supervise_way: str
    plan_effective_date: date
    plan_cancel_date: date | None

    def __post_init__(self) -> None:
        if not 0 < self.promise_day <= self.anticipate_day:
            raise ValueError("promise_day is at least 1 and at most anticipate_day")


@dataclass(frozen=True, slots=True)
class PartyRole:
    """A role that parties of a case may have."""

    id: str
    label: Text
    minimum: int
    maximum: int
    must_consent: bool
    holds_share: bool

    def __post_init__(self) -> None:
        if not 0 <= self.minimum <= self.maximum:
            raise ValueError("minimum is at most maximum")


@dataclass(frozen=True, slots=True)
class PartyPolicy:
    """Who must take part, and the text all consent to; `$parties` and form fields are its placeholders."""

    roles: tuple[PartyRole, ...]
    consent_text: Text
    shares_total: Decimal | None

    def __post_init__(self) -> None:
        if not any(role.must_consent for role in self.roles):
            raise ValueError("at least one role must consent")

    def role(self, role_id: str) -> PartyRole:
        """Find a role. Raises UnknownRole."""
        for role in self.roles:
            if role.id == role_id:
                return role
        raise UnknownRole

    @property
    def placeholders(self) -> frozenset[str]:
        texts = (self.consent_text.zh, self.consent_text.en)
        return frozenset(name for text in texts for name in Template(text).get_identifiers())


@dataclass(frozen=True, slots=True)
class CertificateTemplate:
    """What the certificate of this matter is called and shows, and how it is numbered."""

    title: Text
    holder_field: str
    valid_years_field: str
    valid_years: int | None
    lines: tuple[tuple[Text, str], ...]
    notes: tuple[Text, ...]
    number: NumberScheme
    seal: SealPlacement = field(default_factory=SealPlacement)


@dataclass(frozen=True, slots=True)
class Matter:
    """One version of a matter. A case keeps the version it was begun under."""

    id: str
    version: str
    entry: CatalogueEntry
    legal_basis: tuple[LegalBasis, ...]
    where_to_go: Text
    assurance: str
    form: Form
    materials: tuple[MaterialRequirement, ...]
    questions: tuple[str, ...]
    eligibility: tuple[Rule, ...]
    certificate: CertificateTemplate
    parties: PartyPolicy | None
    texts: Mapping[str, Text]
    digest: str

    @property
    def name(self) -> Text:
        return self.entry.task_name

    def material(self, name: str) -> MaterialRequirement:
        """Find a material. Raises UnknownMaterial."""
        for requirement in self.materials:
            if requirement.name == name:
                return requirement
        raise UnknownMaterial(name)

    def party_policy(self) -> PartyPolicy:
        """Give the policy for parties. Raises MatterTakesNoParties."""
        if self.parties is None:
            raise MatterTakesNoParties
        return self.parties

    def is_open(self, profile: CatalogueProfile, day: date) -> bool:
        """Say whether it is filed on this day. The pilot's profile keeps the law of 2018."""
        return profile is CatalogueProfile.PILOT_2018 or all(
            basis.is_in_force(day) for basis in self.legal_basis
        )

    def require_open(self, profile: CatalogueProfile, day: date) -> None:
        """Raise MatterClosed, which says where to go instead, where the legal basis is not in force."""
        if not self.is_open(profile, day):
            raise MatterClosed(self.where_to_go)

    def ineligible_because(self, values: Values) -> tuple[Finding, ...]:
        """Say why a filing with these answers is not eligible; empty only where it is. Unknown refuses."""
        open_questions = [Finding(UNDECIDED, name) for name in self.questions if name not in values]
        named = {finding.field for finding in open_questions}
        ruled = [f for f in evaluate(self.eligibility, values) if f.code != UNDECIDED or f.field not in named]
        return (*open_questions, *ruled)
