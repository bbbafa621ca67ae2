"""What keeps a case and the persons in it: answers, proofs of identity, parties, review."""

from typing import TYPE_CHECKING, ClassVar

from filing.errors.office import FilingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from filing.findings import Finding


class CaseError(FilingError):
    """The case does not allow this."""

    code = "case.error"


class CaseNotFound(CaseError):
    """There is no such case, or it is not yours to see."""

    code = "case.not_found"


class CaseChangedMeanwhile(CaseError):
    """The case was changed by someone else in the meantime. Load it again."""

    code = "case.changed_meanwhile"


class WrongCaseState(CaseError):
    """The case is in another state than this step needs."""

    code = "case.wrong_state"

    def __init__(self, state: str, action: str) -> None:
        self.state, self.action = state, action
        super().__init__(f"A case that is {state} does not allow: {action}.")


class UnknownField(CaseError):
    """The form has no such field."""

    code = "case.unknown_field"

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__()


class FormTooLarge(CaseError):
    """The answers to the form are too long to be kept."""

    code = "case.form_too_large"


class UnknownMaterial(CaseError):
    """The matter asks for no such material."""

    code = "case.unknown_material"

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__()


class CaseHasFindings(CaseError):
    """Something must be put right first."""

    code = "case.findings"

    def __init__(self, findings: "Sequence[Finding]") -> None:
        self.findings = tuple(findings)
        super().__init__(f"{type(self).__doc__} ({', '.join(f.code for f in self.findings)})")


class MaterialRefused(CaseHasFindings):
    """The file cannot be taken as this material."""

    code = "case.material_refused"


class NotReadyToSubmit(CaseHasFindings):
    """The case cannot be submitted yet."""

    code = "case.not_ready"


class VerificationError(FilingError):
    """The proof of identity does not serve this step."""

    code = "verification.error"


class VerificationMissing(VerificationError):
    """Prove who you are first: nobody submits or consents unverified."""

    code = "verification.missing"


class VerificationExpired(VerificationError):
    """The proof of identity has expired. Verify again."""

    code = "verification.expired"


class VerificationNotBound(VerificationError):
    """This proof of identity was made for another person, case or party."""

    code = "verification.not_bound"


class VerificationOfAnotherPerson(VerificationError):
    """This case was begun by another person; only that person may verify for it."""

    code = "verification.another_person"


class AssuranceTooLow(VerificationError):
    """This matter needs a verification of higher assurance."""

    code = "verification.assurance_too_low"


class PartyError(FilingError):
    """The party cannot do this."""

    code = "party.error"


class MatterTakesNoParties(PartyError):
    """This matter takes no parties."""

    code = "party.not_taken"


class UnknownRole(PartyError):
    """This matter knows no party in that role."""

    code = "party.unknown_role"


class TooManyParties(PartyError):
    """No more parties may be added in that role."""

    code = "party.too_many"


class NameInvalid(PartyError):
    """A party's name has 1 to 60 characters."""

    code = "party.name_invalid"


class ShareInvalid(PartyError):
    """A share is above 0 and at most 100, and only roles that hold shares have one."""

    code = "party.share_invalid"


class PartyNotFound(PartyError):
    """There is no such party, or it is not yours to see."""

    code = "party.not_found"


class InvitationNotFound(PartyError):
    """This invitation does not exist. Ask the applicant for a new link."""

    code = "invitation.not_found"


class InvitationExpired(PartyError):
    """This invitation has expired. Ask the applicant for a new link."""

    code = "invitation.expired"


class InvitationTaken(PartyError):
    """This invitation was accepted by another account."""

    code = "invitation.taken"


class TextChanged(PartyError):
    """The text has changed since it was shown. Read it again before consenting."""

    code = "party.text_changed"


class ReviewError(FilingError):
    """The review cannot go on."""

    code = "review.error"


class ClaimedByAnother(ReviewError):
    """Another reviewer has claimed this case."""

    code = "review.claimed_by_another"


class NotClaimed(ReviewError):
    """Claim the case before deciding it; a claim lasts for a limited time."""

    code = "review.not_claimed"


class OwnFiling(ReviewError):
    """Nobody reviews a filing in which they take part."""

    code = "review.own_filing"


class ReasonMissing(ReviewError):
    """Give a reason: the applicant must know what to do."""

    code = "review.reason_missing"


class IdentifierInvalid(FilingError):
    """This is not a valid identifier."""

    code = "identifier.invalid"
    codes: ClassVar[frozenset[str]] = frozenset(
        {
            "identifier.length",
            "identifier.characters",
            "identifier.check_digit",
            "identifier.region",
            "identifier.birth_date",
        }
    )

    def __init__(self, code: str) -> None:
        if code not in self.codes:
            raise ValueError(f"unknown code {code}")
        self.code = code
        super().__init__()
