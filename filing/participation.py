"""Taking part in somebody's case: invitation, acceptance, consent."""

from dataclasses import dataclass, replace
from decimal import Decimal

from filing.cases import WITH_APPLICANT, Case
from filing.docket import Actor, ActorRole, DocketKind
from filing.errors import (
    InvitationExpired,
    InvitationTaken,
    NameInvalid,
    PartyNotFound,
    ShareInvalid,
    TextChanged,
    TooManyParties,
    VerificationMissing,
)
from filing.findings import Finding
from filing.office import Office
from filing.parties import (
    FULL_SHARE,
    MAX_NAME,
    TOKEN_BYTES,
    Consent,
    ConsentText,
    Party,
    consent_text,
    missing_from_parties,
    token_hash,
)
from filing.ports import AsApplicant, AsParty


@dataclass(frozen=True, slots=True)
class Invitation:
    """A new party and the token of its link, which is shown once and kept nowhere."""

    party: Party
    token: str

    def __repr__(self) -> str:
        return f"Invitation(party={self.party!r})"


@dataclass(frozen=True, slots=True)
class PartyView:
    """What one party sees of a case: the text and their own place in it."""

    case: Case
    party: Party
    text: ConsentText

    @property
    def has_consented(self) -> bool:
        return self.party.has_consented_to(self.text.digest)


class PartyService:
    """What the applicant and the parties of a case do with each other."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def invite(
        self, account_id: str, case_id: str, *, role_id: str, display_name: str, share: Decimal | None
    ) -> Invitation:
        """Add a party and make the token of its link.

        Raises CaseNotFound, WrongCaseState, MatterTakesNoParties, UnknownRole, TooManyParties, NameInvalid,
        ShareInvalid.
        """
        office = self._office
        case = self._own(account_id, case_id, "invite")
        role = office.matter_of(case).party_policy().role(role_id)
        if sum(party.role == role_id for party in case.parties) >= role.maximum:
            raise TooManyParties
        name = display_name.strip()
        if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
            raise NameInvalid
        if role.holds_share != (share is not None) or not _is_share(share):
            raise ShareInvalid
        token = office.random_bytes(TOKEN_BYTES).hex()
        now = office.now()
        party = Party(
            id=office.new_id(),
            role=role_id,
            display_name=name,
            share=share,
            token_hash=token_hash(token),
            invited_at=now,
            expires_at=now + office.terms.invitation,
        )
        changed = replace(case, parties=(*case.parties, party))
        facts = {"party": party.id, "role": role_id, "name": name, "share": str(share)}
        office.record(changed, DocketKind.PARTY_INVITED, Actor(ActorRole.APPLICANT, account_id), facts)
        return Invitation(party, token)

    def remove(self, account_id: str, case_id: str, party_id: str) -> Case:
        """Take a party out again; the text changes, so that everybody else consents anew."""
        case = self._own(account_id, case_id, "remove")
        gone = case.party(party_id)
        changed = replace(case, parties=tuple(party for party in case.parties if party.id != gone.id))
        actor = Actor(ActorRole.APPLICANT, account_id)
        return self._office.record(changed, DocketKind.PARTY_REMOVED, actor, {"party": party_id})

    def look(self, token: str) -> PartyView:
        """Show the text to whoever has the link.

        Raises InvitationNotFound, InvitationExpired, InvitationTaken.
        """
        case = self._office.cases.find_by_invitation(token_hash(token))
        party = _invited(case, token)
        if party.account_id is not None:
            raise InvitationTaken
        if self._office.now() >= party.expires_at:
            raise InvitationExpired
        return PartyView(case, party, self.text_of(case))

    def accept(self, account_id: str, token: str) -> PartyView:
        """Bind an invitation to the account that has it: once, for one person; repeating it changes nothing.

        Raises InvitationNotFound, InvitationExpired, InvitationTaken, WrongCaseState.
        """
        office = self._office
        case = office.cases.hold_by_invitation(token_hash(token))
        party = _invited(case, token)
        if party.account_id == account_id:
            return PartyView(case, party, self.text_of(case))
        accepted = party.accepted_by(account_id, at=office.now())
        case.require_state(WITH_APPLICANT, "accept")
        actor = Actor(ActorRole.PARTY, account_id)
        changed = office.record(
            case.with_party(accepted), DocketKind.PARTY_ACCEPTED, actor, {"party": party.id}
        )
        return PartyView(changed, accepted, self.text_of(changed))

    def view(self, account_id: str, case_id: str, party_id: str) -> PartyView:
        """Show a party their own place. Raises CaseNotFound, PartyNotFound."""
        case = self._office.cases.find(case_id, AsParty(account_id))
        return PartyView(case, _own_party(case, party_id, account_id), self.text_of(case))

    def consent(self, account_id: str, case_id: str, party_id: str, *, text_digest: str) -> PartyView:
        """Consent to the text whose digest was shown, as a verified person.

        Raises CaseNotFound, PartyNotFound, WrongCaseState, VerificationMissing, VerificationExpired,
        VerificationNotBound, AssuranceTooLow, TextChanged.
        """
        office = self._office
        case = office.cases.hold(case_id, AsParty(account_id))
        party = _own_party(case, party_id, account_id)
        case.require_state(WITH_APPLICANT, "consent")
        proof = party.verification
        if proof is None:
            raise VerificationMissing
        proof.require_bound_to(case.id, party_id=party.id, account_id=account_id)
        proof.require_valid(at=office.now())
        proof.require_assurance(office.matter_of(case).assurance)
        text = self.text_of(case)
        if text.digest != text_digest:
            raise TextChanged
        given = replace(party, consent=Consent(text.digest, proof.id, office.now()))
        facts = {"party": party.id, "text": text.digest, "person": proof.person_digest}
        actor = Actor(ActorRole.PARTY, account_id)
        changed = office.record(case.with_party(given), DocketKind.PARTY_CONSENTED, actor, facts)
        office.notify(changed, "notice.party_consented")
        return PartyView(changed, given, text)

    def missing(self, case: Case) -> tuple[Finding, ...]:
        """Say who is missing and what their next step is, not their data."""
        policy = self._office.matter_of(case).parties
        if policy is None:
            return ()
        return missing_from_parties(policy, case.parties, self.text_of(case).digest)

    def text_of(self, case: Case) -> ConsentText:
        """The text for the present answers and parties. Raises MatterTakesNoParties."""
        matter = self._office.matter_of(case)
        values = matter.form.read(case.form, today=self._office.today()).values
        return consent_text(matter.party_policy(), matter.form, values, case.parties)

    def _own(self, account_id: str, case_id: str, action: str) -> Case:
        case = self._office.cases.hold(case_id, AsApplicant(account_id))
        case.require_state(WITH_APPLICANT, action)
        return case


def _invited(case: Case, token: str) -> Party:
    hashed = token_hash(token)
    for party in case.parties:
        if party.token_hash == hashed:
            return party
    raise PartyNotFound


def _is_share(share: Decimal | None) -> bool:
    return share is None or (share.is_finite() and 0 < share <= FULL_SHARE)


def _own_party(case: Case, party_id: str, account_id: str) -> Party:
    party = case.party(party_id)
    if party.account_id != account_id:
        raise PartyNotFound
    return party
