"""From draft to submission: the applicant fills in, files materials, is verified, submits."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from filing.cases import WITH_APPLICANT, Case, CaseState
from filing.clock import Budget, Ledger
from filing.docket import Actor, ActorRole, DocketKind, Happening
from filing.errors import MatterNotOffered, NotReadyToSubmit, VerificationMissing, VerificationNotBound
from filing.findings import Finding
from filing.lettering import unprintable
from filing.materials import FiledMaterial, missing_materials
from filing.matters import Matter
from filing.office import Office
from filing.parties import Party, consent_text, missing_from_parties
from filing.ports import AsApplicant, AsParty, AsService, Page
from filing.rules import UNDECIDED
from filing.verification import Verification


@dataclass(frozen=True, slots=True)
class IdentityCheck:
    """Who wants to be verified for what, before it happens."""

    case_id: str
    party_id: str | None
    account_id: str
    person_digest: str
    name_digest: str


class CaseService:
    """What an applicant does with a case."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def create(self, account_id: str, *, matter_id: str, organ_id: str) -> Case:
        """Begin a draft under the newest version of a matter.

        Raises MatterNotFound, MatterClosed, OrganNotFound, MatterNotOffered.
        """
        office = self._office
        matter = office.catalogue.matter(matter_id)
        matter.require_open(office.catalogue.profile, office.today())
        organ = office.organs.organ(organ_id)
        if organ not in office.organs.organs_for(matter_id):
            raise MatterNotOffered
        now = office.now()
        draft = Case(
            id=office.new_id(),
            organ_id=organ.id,
            matter_id=matter.id,
            matter_version=matter.version,
            applicant_account_id=account_id,
            state=CaseState.DRAFT,
            salt=office.random_bytes(32).hex(),
            created_at=now,
            updated_at=now,
            form={},
        )
        facts = {"matter": matter.id, "version": matter.version, "matter_digest": matter.digest}
        case, entry = draft.recorded(Happening(DocketKind.CREATED, _applicant(account_id), now, facts))
        office.cases.add(case, entry)
        return case

    def find(self, account_id: str, case_id: str) -> Case:
        """Read one's own case. Raises CaseNotFound."""
        return self._office.cases.find(case_id, AsApplicant(account_id))

    def list(self, account_id: str, page: Page) -> tuple[Case, ...]:
        """List one's own cases."""
        return self._office.cases.cases_of(AsApplicant(account_id), page)

    def list_as_party(self, account_id: str, page: Page) -> tuple[Case, ...]:
        """List the cases in which this account takes part by invitation."""
        return self._office.cases.cases_of(AsParty(account_id), page)

    def fill(self, account_id: str, case_id: str, answers: Mapping[str, object]) -> Case:
        """Save answers as typed; None takes an answer back. What is wrong with them is told by `findings`.

        Raises CaseNotFound, WrongCaseState, UnknownField, FormTooLarge.
        """
        case = self._to_change(account_id, case_id, "fill")
        form = {name: answer for name, answer in {**case.form, **answers}.items() if answer is not None}
        matter = self._office.matter_of(case)
        matter.form.require_keepable({**answers, **form})
        filled = replace(case, form=form)
        return self._office.record(filled, DocketKind.FORM_SAVED, _applicant(account_id), {"form": form})

    def require_fileable(self, account_id: str, case_id: str, name: str) -> Case:
        """Say before an upload whether it may be filed. Raises as `attach` does."""
        case = self._office.cases.find(case_id, AsApplicant(account_id))
        case.require_state(WITH_APPLICANT, "attach")
        self._office.matter_of(case).material(name)
        return case

    def attach(self, account_id: str, case_id: str, filed: FiledMaterial) -> Case:
        """File a material; one of the same name takes its place.

        Raises CaseNotFound, WrongCaseState, UnknownMaterial.
        """
        case = self._to_change(account_id, case_id, "attach")
        self._office.matter_of(case).material(filed.name)
        facts = {"name": filed.name, "sha256": filed.sha256, "size": filed.size}
        changed = case.with_material(filed)
        return self._office.record(changed, DocketKind.MATERIAL_FILED, _applicant(account_id), facts)

    def require_verifiable(self, check: IdentityCheck) -> str:
        """Give the assurance profile that a verification for this purpose needs.

        Raises CaseNotFound, PartyNotFound, WrongCaseState, VerificationNotBound, VerificationOfAnotherPerson.
        """
        case = self._office.cases.find(check.case_id, AsService())
        self._require_purpose(case, check)
        return self._office.matter_of(case).assurance

    def record_verification(self, verification: Verification) -> Case:
        """Keep a passed verification with the case, for its applicant or one of its parties.

        Raises as `require_verifiable` does, and AssuranceTooLow, VerificationExpired.
        """
        office = self._office
        case = office.cases.hold(verification.case_id, AsService())
        self._require_purpose(
            case,
            IdentityCheck(
                verification.case_id,
                verification.party_id,
                verification.account_id,
                verification.person_digest,
                verification.name_digest,
            ),
        )
        verification.require_assurance(office.matter_of(case).assurance)
        verification.require_valid(at=office.now())
        facts = {"verification": verification.id, "person": verification.person_digest}
        if verification.party_id is None:
            changed = replace(case, verification=verification)
            actor = _applicant(verification.account_id)
            return office.record(changed, DocketKind.APPLICANT_VERIFIED, actor, facts)
        changed = case.with_party(replace(case.party(verification.party_id), verification=verification))
        actor = Actor(ActorRole.PARTY, verification.account_id)
        return office.record(changed, DocketKind.PARTY_VERIFIED, actor, facts)

    def findings(self, case: Case) -> tuple[Finding, ...]:
        """Say what keeps a case from being submitted, but for the applicant's verification."""
        return _what_is_missing(self._office, case)

    def submit(self, account_id: str, case_id: str) -> Case:
        """Hand the case to the office, for the first time or after a return.

        Raises CaseNotFound, WrongCaseState, MatterClosed, VerificationMissing, VerificationExpired,
        VerificationNotBound, AssuranceTooLow, NotReadyToSubmit.
        """
        office = self._office
        case = self._to_change(account_id, case_id, "submit")
        matter = office.matter_of(case)
        matter.require_open(office.catalogue.profile, office.today())
        verification = _required(case.verification)
        verification.require_bound_to(case.id, party_id=None, account_id=account_id)
        verification.require_valid(at=office.now())
        verification.require_assurance(matter.assurance)
        findings = self.findings(case)
        if findings:
            raise NotReadyToSubmit(findings)
        now = office.now()
        ledger = case.ledger.resumed(at=now) if case.ledger else _opened(matter, office)
        submitted = replace(
            case.moved(CaseState.SUBMITTED), ledger=ledger, claim=None, submitted_at=case.submitted_at or now
        )
        facts = {
            "form": dict(case.form),
            "materials": sorted(material.sha256 for material in case.materials),
            "verification": verification.id,
        }
        recorded = office.record(submitted, DocketKind.SUBMITTED, _applicant(account_id), facts)
        office.notify(recorded, "notice.case_submitted")
        return recorded

    def _to_change(self, account_id: str, case_id: str, action: str) -> Case:
        case = self._office.cases.hold(case_id, AsApplicant(account_id))
        case.require_state(WITH_APPLICANT, action)
        return case

    def _require_purpose(self, case: Case, check: IdentityCheck) -> None:
        party = case.party(check.party_id) if check.party_id is not None else None
        holder = party.account_id if party is not None else case.applicant_account_id
        # First of all: whoever the case does not concern learns nothing of it, not even where it stands.
        if check.account_id != holder:
            raise VerificationNotBound
        case.require_state(WITH_APPLICANT, "verify")
        if party is not None:
            self._require_party_is_person(case, party, check)
        former = party.verification if party is not None else case.verification
        if former is not None:
            former.require_person(check.person_digest)

    def _require_party_is_person(self, case: Case, party: Party, check: IdentityCheck) -> None:
        if self._office.person_digests.name(party.display_name) != check.name_digest:
            raise VerificationNotBound
        for other in case.parties:
            same_role = other.id != party.id and other.role == party.role
            if same_role and other.verification and other.verification.person_digest == check.person_digest:
                raise VerificationNotBound


def _applicant(account_id: str) -> Actor:
    return Actor(ActorRole.APPLICANT, account_id)


def _required(verification: Verification | None) -> Verification:
    if verification is None:
        raise VerificationMissing
    return verification


def _opened(matter: Matter, office: Office) -> Ledger:
    return Ledger(office.now(), Budget(matter.entry.promise_day, matter.entry.by_law))


def _what_is_missing(office: Office, case: Case) -> tuple[Finding, ...]:
    matter = office.matter_of(case)
    reading = matter.form.check(case.form, today=office.today())
    found = [
        *reading.findings,
        *matter.ineligible_because(reading.values),
        *unprintable(matter, reading.values),
        *missing_materials(matter.materials, case.materials, reading.values),
    ]
    if matter.parties is not None:
        text = consent_text(matter.parties, matter.form, reading.values, case.parties)
        found.extend(missing_from_parties(matter.parties, case.parties, text.digest))
    # One remark per field and code; a field at fault need not be told that it is undecided as well.
    at_fault = {finding.field for finding in found if finding.code != UNDECIDED}
    unique = {
        (finding.code, finding.field): finding
        for finding in found
        if finding.code != UNDECIDED or finding.field not in at_fault
    }
    return tuple(unique.values())
