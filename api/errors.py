"""What can go wrong at the edge.

ApiError
├── ConfigurationError
│   ├── AddressUnusable
│   ├── PortTaken
│   ├── SchemaOutdated
│   ├── SettingsInvalid
│   ├── SignerLost
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
├── LogUnreachable
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
    ├── BatchRunning
    ├── UnknownJob
    ├── UnknownJobHandler
    ├── WorkerLost
    └── WorkTimedOut
"""

from collections.abc import Iterable


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


class SignerLost(ConfigurationError):
    """The signer could not be started."""

    def __init__(self) -> None:
        super().__init__(
            "签章进程没有启动，原因见上方日志；可用 novisit signer 单独运行查看。\n"
            "The signer did not start; the lines above say why. Run `novisit signer` by itself to see it."
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


class LogUnreachable(ApiError):
    """The log of seals could not be read over the network."""

    def __init__(self, cause: str) -> None:
        super().__init__(
            f"无法从该地址读取公开日志（{cause}），请检查地址和网络。\n"
            f"The public log could not be read there ({cause}): check the address and the network."
        )


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


class BatchRunning(JobError):
    """Another batch of certificates is being sealed here; wait until it has ended."""


class WorkerLost(JobError):
    """The process that did this work ended before it was done."""


class WorkTimedOut(JobError):
    """The work took longer than it may."""
