"""What can go wrong between a document and its seal.

SealingError
├── KeyUnavailable
│   ├── JournalDamaged
│   ├── KeyExhausted
│   ├── KeyMissing
│   ├── KeyPassphraseWrong
│   ├── KeyRevoked
│   └── SignerAway
├── SignerUnsafe
├── CertificateRefused
│   ├── CertificateExpired
│   ├── CertificateNotYetValid
│   ├── CertificateRevoked
│   ├── CertificateUnfit
│   ├── DemonstrationRefused
│   ├── OrganMismatch
│   └── RevocationUnknown
├── ProposalError
│   ├── OwnProposal
│   ├── ProposalClosed
│   ├── ProposalExpired
│   ├── ProposalOpen
│   └── ProposalUnfit
├── TimeStampUnavailable
├── TimeStampRefused
├── SealRefused
│   └── SealTextUnclear
├── SealUnfit
├── EmblemRefused
├── SealMalformed
├── PackageRefused
├── TypesettingFailed
│   └── GlyphMissing
├── AnchorsUnreadable
├── ProofRefused
│   └── HeadRefused
├── LogRangeInvalid
├── LogEntryNotFound
├── LogHeadNotFound
└── LogBroken

A seal that does not hold is a result of the verification, not an error of this tree.
"""


class SealingError(Exception):
    """A seal could not be made."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class KeyUnavailable(SealingError):
    """A signing key could not be used."""


class KeyMissing(KeyUnavailable):
    """The key store holds no key under this name."""


class KeyExhausted(KeyUnavailable):
    """The key has made as many signatures as it may."""

    code = "seal.key_exhausted"


class KeyRevoked(KeyUnavailable):
    """The key is revoked and signs no more."""

    code = "seal.key_revoked"


class SignerAway(KeyUnavailable):
    """The signer does not answer; it may do so again in a while."""

    code = "seal.signer_away"


class JournalDamaged(KeyUnavailable):
    """The journal of keys is not as it was written; no key signs until it has been looked into."""


class KeyPassphraseWrong(KeyUnavailable):
    """The passphrase does not open the key, or the key file is damaged."""


class SignerUnsafe(SealingError):
    """The signer cannot serve safely."""


class CertificateRefused(SealingError):
    """The seal's certificate is expired, revoked, not yet valid or not made for seals."""


class CertificateExpired(CertificateRefused):
    """A certificate has run out. Ask the authority for a new one and import it."""


class CertificateNotYetValid(CertificateRefused):
    """A certificate does not hold yet."""


class CertificateRevoked(CertificateRefused):
    """A certificate was revoked by its authority."""


class CertificateUnfit(CertificateRefused):
    """The certificate was not made for this use, or does not lead to its root."""


class OrganMismatch(CertificateRefused):
    """The certificate speaks for another organ."""


class RevocationUnknown(CertificateRefused):
    """There is no current revocation list of an authority; without one nothing is sealed."""


class DemonstrationRefused(CertificateRefused):
    """The certificate comes from a demonstration authority. Production needs a licensed one."""


class ProposalError(SealingError):
    """The proposal of a seal cannot go on."""

    code = "proposal.closed"


class OwnProposal(ProposalError):
    """Nobody decides on what they proposed; another administrator must."""

    code = "proposal.own"


class ProposalClosed(ProposalError):
    """The proposal is decided or withdrawn already, or another's to withdraw."""


class ProposalExpired(ProposalError):
    """Nobody decided on the proposal in time; propose the seal anew."""

    code = "proposal.expired"


class ProposalOpen(ProposalError):
    """Another proposal for this organ waits for its decision."""

    code = "proposal.open"


class ProposalUnfit(ProposalError):
    """The seal cannot be proposed so; `code` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__()


class TimeStampUnavailable(SealingError):
    """The time-stamp authority gave no usable answer."""

    def __init__(self, message: str | None = None, *, fault: str = "refused") -> None:
        self.fault = fault
        super().__init__(message)


class TimeStampRefused(SealingError):
    """The time stamp does not prove a time for what it was found with."""


class SealRefused(SealingError):
    """This document cannot be sealed."""


class SealTextUnclear(SealRefused):
    """The text that the seal goes to is not in the document, or more than once."""

    code = "seal.text_unclear"


class SealUnfit(SealingError):
    """The words of a seal do not fit on it legibly."""

    code = "seal.unfit"


class EmblemRefused(SealingError):
    """The emblem's file cannot stand on a seal."""


class SealMalformed(SealingError):
    """The seal is not in the form of GB/T 38540."""


class PackageRefused(SealingError):
    """The file is no OFD package that can be trusted to look the same to every reader."""


class TypesettingFailed(SealingError):
    """A page could not be typeset."""


class GlyphMissing(TypesettingFailed):
    """The font has no glyph for a character; without it the page would silently lose it."""

    def __init__(self, characters: str) -> None:
        self.characters = characters
        super().__init__(
            f"The font has no glyph for {characters!r}; install one that has it or correct the text."
        )


class AnchorsUnreadable(SealingError):
    """The file holds no certificate that can serve as a trust anchor (PEM or DER)."""


class ProofRefused(SealingError):
    """The proof does not lead from the entry, or from the older tree, to the root of the log."""


class HeadRefused(ProofRefused):
    """The signature of the tree head does not hold under the key of the log."""


class LogRangeInvalid(SealingError):
    """The log has no such range; sizes run from 1 to that of the newest tree head."""

    code = "log.range"


class LogEntryNotFound(SealingError):
    """The log holds no such entry under its newest tree head."""

    code = "log.entry_not_found"


class LogHeadNotFound(SealingError):
    """The log has signed no tree head of this size."""

    code = "log.head_not_found"


class LogBroken(SealingError):
    """The log is not what its signed tree head says: entries are missing or were changed."""

    code = "log.broken"
