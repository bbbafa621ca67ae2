"""The root of the tree, and what stops the office: catalogue, organs, numbers, certificates, calendar."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from filing.texts import Text


class FilingError(Exception):
    """The filing could not go on."""

    code: str = "filing.error"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class CatalogueError(FilingError):
    """The catalogue of matters cannot be used."""

    code = "catalogue.error"


class MatterFileInvalid(CatalogueError):
    """A file of the catalogue is wrong."""

    code = "catalogue.file_invalid"

    def __init__(self, file: "Path", field: str, problem: str) -> None:
        self.file, self.field, self.problem = file, field, problem
        super().__init__(f"{file}: {field}: {problem}" if field else f"{file}: {problem}")


class MatterNotFound(CatalogueError):
    """There is no such matter."""

    code = "matter.not_found"


class MatterVersionMissing(CatalogueError):
    """The version of the matter that this case was filed under is no longer in the catalogue."""

    code = "matter.version_missing"


class MatterClosed(FilingError):
    """This matter is no longer filed here."""

    code = "matter.closed"

    def __init__(self, where_to_go: "Text") -> None:
        self.where_to_go = where_to_go
        super().__init__()


class OrganError(FilingError):
    """The office does not take this."""

    code = "organ.error"


class OrganNotFound(OrganError):
    """There is no such office."""

    code = "organ.not_found"


class MatterNotOffered(OrganError):
    """This office does not take this matter."""

    code = "organ.matter_not_offered"


class NumberError(FilingError):
    """The certificate number cannot be made or read."""

    code = "number.error"


class NumberInvalid(NumberError):
    """This is no certificate number of this scheme."""

    code = "number.invalid"


class NumbersExhausted(NumberError):
    """The scheme has no number left."""

    code = "number.exhausted"


class CertificateError(FilingError):
    """The certificate cannot be issued or found."""

    code = "certificate.error"


class CertificateNotFound(CertificateError):
    """There is no certificate of this number."""

    code = "certificate.not_found"


class CertificateFormMissing(CertificateNotFound):
    """The certificate did not leave in this form."""

    code = "certificate.form_missing"


class CertificateNotReserved(CertificateError):
    """No number was reserved for this case: it was not approved."""

    code = "certificate.not_reserved"


class CertificateEnded(CertificateError):
    """The certificate was revoked or replaced already."""

    code = "certificate.ended"


class SuccessorInvalid(CertificateError):
    """The certificate that shall take its place was not issued by the same organ, or holds no more."""

    code = "certificate.successor_invalid"


class CalendarError(FilingError):
    """The calendar cannot answer."""

    code = "calendar.error"


class NoWorkingDayFound(CalendarError):
    """The calendar shows no working day within two months."""

    code = "calendar.no_working_day"
