"""What can go wrong at the edge, and the one table from any error to an HTTP answer.

ApiError
├── ConfigurationError
│   ├── AddressUnusable
│   ├── PortTaken
│   ├── SchemaOutdated
│   ├── SettingsInvalid
│   └── UnsafeForProduction
├── RequestError
│   ├── NotSignedIn
│   ├── SignInRefused
│   ├── NotAllowed
│   ├── SecondFactorRequired
│   ├── SecondFactorRefused
│   ├── PasswordChangeRequired
│   ├── PasswordTooWeak
│   ├── UsernameTaken
│   ├── TooManyRequests
│   ├── ForeignOrigin
│   ├── NotFound
│   ├── BodyTooLarge
│   ├── IdempotencyKeyMissing
│   ├── IdempotencyKeyReused
│   ├── RequestInProgress
│   └── PortraitOfRegister
├── EvidenceError
│   ├── EvidenceNotFound
│   ├── EvidenceDamaged
│   └── KeyUnavailable
├── StreamError
│   ├── StreamsFull
│   ├── StreamTooSlow
│   └── StreamOutOfPlace
├── UploadError
│   ├── UploadMalformed
│   ├── UploadVersionUnknown
│   ├── UploadMediaTypeUnknown
│   ├── UploadOutOfPlace
│   ├── UploadInTooManyParts
│   ├── UploadChecksumWrong
│   └── UploadTooSlow
└── JobError
    ├── UnknownJob
    ├── UnknownJobHandler
    ├── WorkerLost
    └── WorkTimedOut
"""

from collections.abc import Iterable
from dataclasses import dataclass

from filing import errors as filing_errors
from liveness import errors as liveness_errors
from models import errors as models_errors
from signing import errors as signing_errors


class ApiError(Exception):
    """The service could not do what was asked."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class ConfigurationError(ApiError):
    """The service is not set up to run."""


class AddressUnusable(ConfigurationError):
    """The service cannot listen on this address."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"无法在 {address} 上监听；请用 --host 指定本机的地址。\n"
            f"Cannot listen on {address}; give an address of this machine by --host."
        )


class PortTaken(ConfigurationError):
    """Another program listens on the port."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"端口 {port} 已被占用；请换一个：novisit serve --port {port + 1}\n"
            f"Port {port} is taken by another program; choose another by --port {port + 1}."
        )


class SchemaOutdated(ConfigurationError):
    """The tables of the database are not those of this version. Run `novisit db upgrade`."""


class SettingsInvalid(ConfigurationError):
    """Settings could not be read."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("Settings could not be read:" + "".join(f"\n  - {fault}" for fault in self.faults))


class UnsafeForProduction(ConfigurationError):
    """These settings are refused when NOVISIT_ENV=production."""

    def __init__(self, refusals: Iterable[str]) -> None:
        self.refusals = tuple(refusals)
        listed = "".join(f"\n  - {refusal}" for refusal in self.refusals)
        super().__init__(f"NOVISIT_ENV=production refuses these settings:{listed}")


class RequestError(ApiError):
    """The request cannot be answered as it stands."""


class NotSignedIn(RequestError):
    """Sign in first."""


class SignInRefused(RequestError):
    """The username, the password or the one-time code is wrong."""


class NotAllowed(RequestError):
    """This account may not do that."""


class SecondFactorRequired(RequestError):
    """This account needs a confirmed authenticator app before it can be used."""


class SecondFactorRefused(RequestError):
    """The one-time code is wrong or has been used."""


class PasswordChangeRequired(RequestError):
    """The one-time password must be changed first."""


class PasswordTooWeak(RequestError):
    """The password is too short or too common."""


class UsernameTaken(RequestError):
    """This username is taken."""


class TooManyRequests(RequestError):
    """Too many attempts. Wait and try again."""

    def __init__(self, retry_after_seconds: int) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__()


class ForeignOrigin(RequestError):
    """The request was sent from another site's page."""


class NotFound(RequestError):
    """There is no such thing, or it is not yours to see."""


class BodyTooLarge(RequestError):
    """The body of the request is too large."""


class IdempotencyKeyMissing(RequestError):
    """A request that creates something needs the header Idempotency-Key."""


class IdempotencyKeyReused(RequestError):
    """This Idempotency-Key was used for another request."""


class RequestInProgress(RequestError):
    """The same request is still being answered."""


class PortraitOfRegister(RequestError):
    """The register holds a portrait of this person; a demonstration's picture does not take its place."""


class EvidenceError(ApiError):
    """Evidence could not be stored or read."""


class EvidenceNotFound(EvidenceError):
    """There is no such evidence, or it was deleted."""


class EvidenceDamaged(EvidenceError):
    """Evidence is not what was stored; it was altered, cut or reordered."""


class KeyUnavailable(EvidenceError):
    """The key that this evidence needs is not in the keyring."""


class StreamError(ApiError):
    """The stream cannot go on."""


class StreamsFull(StreamError):
    """As many videos as this service can judge at once are being recorded."""


class StreamTooSlow(StreamError):
    """The video came too slowly, or took too long."""


class StreamOutOfPlace(StreamError):
    """The stream does not go on where the service has its last byte."""


class UploadError(ApiError):
    """The upload cannot go on like this."""


class UploadMalformed(UploadError):
    """The upload's headers are not those of tus 1.0."""


class UploadVersionUnknown(UploadError):
    """Only version 1.0.0 of tus is spoken here."""


class UploadMediaTypeUnknown(UploadError):
    """Bytes of an upload are sent as application/offset+octet-stream."""


class UploadOutOfPlace(UploadError):
    """The upload is at another place than these bytes. Ask where it is and go on from there."""


class UploadInTooManyParts(UploadError):
    """The upload came in too many small parts. Begin a new one."""


class UploadChecksumWrong(UploadError):
    """The bytes are not those of the checksum. Send them again."""


class UploadTooSlow(UploadError):
    """The time for this upload is over."""


class JobError(ApiError):
    """Background work could not be done."""


class UnknownJob(JobError):
    """There is no such job."""


class UnknownJobHandler(JobError):
    """No handler is registered for this kind of job."""


class WorkerLost(JobError):
    """The process that did this work ended before it was done."""


class WorkTimedOut(JobError):
    """The work took longer than it may."""


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
    signing_errors.GlyphMissing: Answer(422, "seal.glyph_missing"),
    signing_errors.CertificateRefused: Answer(503, "seal.certificate_refused"),
    signing_errors.KeyUnavailable: Answer(503, "seal.key_unavailable"),
    signing_errors.TimeStampUnavailable: Answer(503, "seal.time_stamp_unavailable"),
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
