"""What keeps a filing from going on.

FilingError                     (code: stable key into the message catalogue)
├── CatalogueError              (file, field: where a matter's data is wrong)
│   ├── MatterFileInvalid
│   ├── MatterNotFound
│   └── MatterVersionMissing
├── MatterClosed                (where_to_go)
├── OrganError
│   ├── OrganNotFound
│   └── MatterNotOffered
├── CaseError
│   ├── CaseNotFound
│   ├── CaseChangedMeanwhile
│   ├── WrongCaseState          (state, action)
│   ├── UnknownField            (field)
│   ├── FormTooLarge
│   ├── UnknownMaterial         (name)
│   └── CaseHasFindings         (findings)
│       ├── MaterialRefused
│       └── NotReadyToSubmit
├── VerificationError
│   ├── VerificationMissing
│   ├── VerificationExpired
│   ├── VerificationNotBound
│   ├── VerificationOfAnotherPerson
│   └── AssuranceTooLow
├── PartyError
│   ├── MatterTakesNoParties
│   ├── UnknownRole
│   ├── TooManyParties
│   ├── NameInvalid
│   ├── ShareInvalid
│   ├── PartyNotFound
│   ├── InvitationNotFound
│   ├── InvitationExpired
│   ├── InvitationTaken
│   └── TextChanged
├── ReviewError
│   ├── ClaimedByAnother
│   ├── NotClaimed
│   ├── OwnFiling
│   └── ReasonMissing
├── NumberError
│   ├── NumberInvalid
│   └── NumbersExhausted
├── CertificateError
│   ├── CertificateNotFound
│   │   └── CertificateFormMissing
│   ├── CertificateNotReserved
│   ├── CertificateEnded
│   └── SuccessorInvalid
├── CalendarError
│   └── NoWorkingDayFound
└── IdentifierInvalid           (code names what is wrong; never the identifier itself)

A refusal of an ineligible filing and a rejection by a reviewer are results, not errors. No message carries a
personal datum.
"""

from filing.errors.cases import (
    AssuranceTooLow,
    CaseChangedMeanwhile,
    CaseError,
    CaseHasFindings,
    CaseNotFound,
    ClaimedByAnother,
    FormTooLarge,
    IdentifierInvalid,
    InvitationExpired,
    InvitationNotFound,
    InvitationTaken,
    MaterialRefused,
    MatterTakesNoParties,
    NameInvalid,
    NotClaimed,
    NotReadyToSubmit,
    OwnFiling,
    PartyError,
    PartyNotFound,
    ReasonMissing,
    ReviewError,
    ShareInvalid,
    TextChanged,
    TooManyParties,
    UnknownField,
    UnknownMaterial,
    UnknownRole,
    VerificationError,
    VerificationExpired,
    VerificationMissing,
    VerificationNotBound,
    VerificationOfAnotherPerson,
    WrongCaseState,
)
from filing.errors.office import (
    CalendarError,
    CatalogueError,
    CertificateEnded,
    CertificateError,
    CertificateFormMissing,
    CertificateNotFound,
    CertificateNotReserved,
    FilingError,
    MatterClosed,
    MatterFileInvalid,
    MatterNotFound,
    MatterNotOffered,
    MatterVersionMissing,
    NoWorkingDayFound,
    NumberError,
    NumberInvalid,
    NumbersExhausted,
    OrganError,
    OrganNotFound,
    SuccessorInvalid,
)

__all__ = [
    "AssuranceTooLow",
    "CalendarError",
    "CaseChangedMeanwhile",
    "CaseError",
    "CaseHasFindings",
    "CaseNotFound",
    "CatalogueError",
    "CertificateEnded",
    "CertificateError",
    "CertificateFormMissing",
    "CertificateNotFound",
    "CertificateNotReserved",
    "ClaimedByAnother",
    "FilingError",
    "FormTooLarge",
    "IdentifierInvalid",
    "InvitationExpired",
    "InvitationNotFound",
    "InvitationTaken",
    "MaterialRefused",
    "MatterClosed",
    "MatterFileInvalid",
    "MatterNotFound",
    "MatterNotOffered",
    "MatterTakesNoParties",
    "MatterVersionMissing",
    "NameInvalid",
    "NoWorkingDayFound",
    "NotClaimed",
    "NotReadyToSubmit",
    "NumberError",
    "NumberInvalid",
    "NumbersExhausted",
    "OrganError",
    "OrganNotFound",
    "OwnFiling",
    "PartyError",
    "PartyNotFound",
    "ReasonMissing",
    "ReviewError",
    "ShareInvalid",
    "SuccessorInvalid",
    "TextChanged",
    "TooManyParties",
    "UnknownField",
    "UnknownMaterial",
    "UnknownRole",
    "VerificationError",
    "VerificationExpired",
    "VerificationMissing",
    "VerificationNotBound",
    "VerificationOfAnotherPerson",
    "WrongCaseState",
]
