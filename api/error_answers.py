"""The one table from any error to an HTTP answer."""

from dataclasses import dataclass

from api.errors import (
    BodyTooLarge,
    EvidenceError,
    EvidenceNotFound,
    ForeignOrigin,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    NotAllowed,
    NotFound,
    NotSignedIn,
    PasswordChangeRequired,
    PasswordTooWeak,
    PortraitOfRegister,
    RequestError,
    RequestInProgress,
    SecondFactorRefused,
    SecondFactorRequired,
    SignInRefused,
    StreamError,
    StreamOutOfPlace,
    StreamsFull,
    StreamTooSlow,
    TooManyRequests,
    UnknownJob,
    UploadChecksumWrong,
    UploadError,
    UploadInTooManyParts,
    UploadMediaTypeUnknown,
    UploadOutOfPlace,
    UploadTooSlow,
    UploadVersionUnknown,
    UsernameTaken,
    WorkerLost,
    WorkTimedOut,
)
from filing import errors as filing_errors
from liveness import errors as liveness_errors
from models import errors as models_errors
from signing import errors as signing_errors


@dataclass(frozen=True, slots=True)
class Answer:
    """How an error is told over HTTP; `code` is a stable key of the message catalogue."""

    status: int
    code: str


UNEXPECTED = Answer(500, "server.unexpected")

ANSWERS: dict[type[Exception], Answer] = {
    NotSignedIn: Answer(401, "account.not_signed_in"),
    SignInRefused: Answer(401, "account.sign_in_refused"),
    NotAllowed: Answer(403, "account.not_allowed"),
    SecondFactorRequired: Answer(403, "account.second_factor_required"),
    SecondFactorRefused: Answer(422, "account.second_factor_refused"),
    PasswordChangeRequired: Answer(403, "account.password_change_required"),
    PasswordTooWeak: Answer(422, "account.password_too_weak"),
    UsernameTaken: Answer(409, "account.username_taken"),
    TooManyRequests: Answer(429, "request.too_many"),
    ForeignOrigin: Answer(403, "request.foreign_origin"),
    NotFound: Answer(404, "request.not_found"),
    BodyTooLarge: Answer(413, "request.body_too_large"),
    IdempotencyKeyMissing: Answer(400, "idempotency.key_missing"),
    IdempotencyKeyReused: Answer(422, "idempotency.key_reused"),
    RequestInProgress: Answer(409, "idempotency.in_progress"),
    PortraitOfRegister: Answer(409, "portrait.of_register"),
    RequestError: Answer(400, "request.invalid"),
    EvidenceNotFound: Answer(404, "evidence.not_found"),
    EvidenceError: Answer(500, "evidence.unreadable"),
    UploadVersionUnknown: Answer(412, "upload.version"),
    UploadMediaTypeUnknown: Answer(415, "upload.media_type"),
    UploadOutOfPlace: Answer(409, "upload.out_of_place"),
    UploadInTooManyParts: Answer(400, "upload.too_many_parts"),
    UploadChecksumWrong: Answer(460, "upload.checksum"),
    UploadTooSlow: Answer(408, "upload.too_slow"),
    UploadError: Answer(400, "upload.malformed"),
    StreamsFull: Answer(503, "stream.full"),
    StreamTooSlow: Answer(408, "stream.too_slow"),
    StreamOutOfPlace: Answer(409, "stream.out_of_place"),
    StreamError: Answer(400, "stream.unreadable"),
    UnknownJob: Answer(404, "request.not_found"),
    WorkerLost: Answer(503, "work.lost"),
    WorkTimedOut: Answer(503, "work.timed_out"),
    # liveness: its errors carry their own codes
    liveness_errors.VideoTooLarge: Answer(413, liveness_errors.VideoTooLarge.code),
    liveness_errors.UnsupportedCodec: Answer(415, liveness_errors.UnsupportedCodec.code),
    liveness_errors.NotAVideo: Answer(415, liveness_errors.NotAVideo.code),
    liveness_errors.VideoError: Answer(422, liveness_errors.VideoError.code),
    liveness_errors.ConsentVersionUnknown: Answer(409, liveness_errors.ConsentVersionUnknown.code),
    liveness_errors.ConsentMissing: Answer(403, liveness_errors.ConsentMissing.code),
    liveness_errors.SessionNotFound: Answer(404, liveness_errors.SessionNotFound.code),
    liveness_errors.SessionExpired: Answer(410, liveness_errors.SessionExpired.code),
    liveness_errors.SessionAlreadyUsed: Answer(409, liveness_errors.SessionAlreadyUsed.code),
    liveness_errors.TooManyAttempts: Answer(429, liveness_errors.TooManyAttempts.code),
    liveness_errors.TooFewActions: Answer(422, liveness_errors.TooFewActions.code),
    liveness_errors.StreamNeeded: Answer(409, liveness_errors.StreamNeeded.code),
    liveness_errors.ConflictingSessionState: Answer(409, liveness_errors.ConflictingSessionState.code),
    liveness_errors.LivenessError: Answer(422, liveness_errors.LivenessError.code),
    # filing: its errors carry their own codes
    filing_errors.FilingError: Answer(422, filing_errors.FilingError.code),
    filing_errors.CatalogueError: Answer(500, filing_errors.CatalogueError.code),
    filing_errors.MatterNotFound: Answer(404, filing_errors.MatterNotFound.code),
    filing_errors.MatterClosed: Answer(410, filing_errors.MatterClosed.code),
    filing_errors.OrganNotFound: Answer(404, filing_errors.OrganNotFound.code),
    filing_errors.CaseNotFound: Answer(404, filing_errors.CaseNotFound.code),
    filing_errors.CaseChangedMeanwhile: Answer(409, filing_errors.CaseChangedMeanwhile.code),
    filing_errors.WrongCaseState: Answer(409, filing_errors.WrongCaseState.code),
    filing_errors.FormTooLarge: Answer(413, filing_errors.FormTooLarge.code),
    filing_errors.UnknownMaterial: Answer(404, filing_errors.UnknownMaterial.code),
    filing_errors.MaterialRefused: Answer(415, filing_errors.MaterialRefused.code),
    filing_errors.VerificationError: Answer(403, filing_errors.VerificationError.code),
    filing_errors.PartyNotFound: Answer(404, filing_errors.PartyNotFound.code),
    filing_errors.InvitationNotFound: Answer(404, filing_errors.InvitationNotFound.code),
    filing_errors.InvitationExpired: Answer(410, filing_errors.InvitationExpired.code),
    filing_errors.InvitationTaken: Answer(409, filing_errors.InvitationTaken.code),
    filing_errors.TextChanged: Answer(409, filing_errors.TextChanged.code),
    filing_errors.ClaimedByAnother: Answer(409, filing_errors.ClaimedByAnother.code),
    filing_errors.NotClaimed: Answer(409, filing_errors.NotClaimed.code),
    filing_errors.OwnFiling: Answer(403, filing_errors.OwnFiling.code),
    filing_errors.NumbersExhausted: Answer(503, filing_errors.NumbersExhausted.code),
    filing_errors.CertificateEnded: Answer(409, filing_errors.CertificateEnded.code),
    filing_errors.SuccessorInvalid: Answer(422, filing_errors.SuccessorInvalid.code),
    filing_errors.CertificateNotFound: Answer(404, filing_errors.CertificateNotFound.code),
    filing_errors.CertificateNotReserved: Answer(409, filing_errors.CertificateNotReserved.code),
    # models
    models_errors.ComparatorUnavailable: Answer(503, "comparison.unavailable"),
    models_errors.PersonUnknown: Answer(422, "comparison.person_unknown"),
    models_errors.PortraitUnavailable: Answer(422, "comparison.no_portrait"),
    models_errors.ComparisonUndecided: Answer(503, "comparison.undecided"),
    models_errors.PictureUnreadable: Answer(422, "portrait.unreadable"),
    models_errors.FaceNotFound: Answer(422, "portrait.no_face"),
    models_errors.SeveralFaces: Answer(422, "portrait.several_faces"),
    models_errors.WeightsError: Answer(503, "weights.unusable"),
    # signing
    signing_errors.SealUnfit: Answer(422, "seal.unfit"),
    signing_errors.GlyphMissing: Answer(422, "seal.glyph_missing"),
    signing_errors.CertificateExpired: Answer(503, "seal.certificate_expired"),
    signing_errors.CertificateNotYetValid: Answer(503, "seal.certificate_not_yet_valid"),
    signing_errors.CertificateRevoked: Answer(503, "seal.certificate_revoked"),
    signing_errors.CertificateUnfit: Answer(503, "seal.certificate_unfit"),
    signing_errors.DemonstrationRefused: Answer(503, "seal.demonstration_refused"),
    signing_errors.OrganMismatch: Answer(503, "seal.other_organ"),
    signing_errors.RevocationUnknown: Answer(503, "seal.revocation_unknown"),
    signing_errors.CertificateRefused: Answer(503, "seal.certificate_refused"),
    signing_errors.KeyUnavailable: Answer(503, "seal.key_unavailable"),
    signing_errors.OwnProposal: Answer(403, signing_errors.OwnProposal.code),
    signing_errors.ProposalExpired: Answer(410, signing_errors.ProposalExpired.code),
    signing_errors.ProposalUnfit: Answer(422, "proposal.key_unknown"),
    signing_errors.ProposalError: Answer(409, signing_errors.ProposalError.code),
    signing_errors.TimeStampUnavailable: Answer(503, "seal.time_stamp_unavailable"),
    signing_errors.LogRangeInvalid: Answer(422, signing_errors.LogRangeInvalid.code),
    signing_errors.LogEntryNotFound: Answer(404, signing_errors.LogEntryNotFound.code),
    signing_errors.LogHeadNotFound: Answer(404, signing_errors.LogHeadNotFound.code),
    signing_errors.LogBroken: Answer(503, signing_errors.LogBroken.code),
    signing_errors.SealingError: Answer(503, "seal.failed"),
}
"""Error class to answer; the nearest class in an error's own line of bases counts."""


def answer_for(error: Exception) -> Answer:
    """Find the answer for an error; UNEXPECTED where the table does not know it.

    An error with a `code` of its own keeps that code, so that a subclass need not stand in the table.
    """
    for base in type(error).__mro__:
        if base in ANSWERS:
            known = ANSWERS[base]
            own = getattr(error, "code", None)
            return Answer(known.status, own) if isinstance(own, str) and own else known
    return UNEXPECTED
