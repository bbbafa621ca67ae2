"""What stands in the log: one leaf for each issue, revocation or replacement of a certificate.

A leaf is public and tells who sealed something, when, and what happened to it. Which certificate and which
files it is about stands in it as salted digests only: whoever holds the certificate holds the salt and opens
them, nobody else learns a number or recognises a file.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Self

from signing.transparency.merkle import leaf_hash

FORMAT: Final = "novisit-seal-log-1"
SALT_BYTES: Final = 32
_DIGEST_LENGTH: Final = 64
_LARGEST_LEAF: Final = 4096


class LogEvent(StrEnum):
    """What happened to a certificate."""

    ISSUED = "issued"
    REVOKED = "revoked"
    REPLACED = "replaced"


class DocumentForm(StrEnum):
    """The file format in which a certificate left."""

    PDF = "pdf"
    OFD = "ofd"


MEDIA_TYPES: Final = {DocumentForm.PDF: "application/pdf", DocumentForm.OFD: "application/ofd"}


@dataclass(frozen=True, slots=True)
class LoggedDocument:
    """One sealed file of a certificate: its format and the SHA-256 of its bytes, hexadecimal."""

    form: DocumentForm
    sha256: str

    def __post_init__(self) -> None:
        _require_digest(self.sha256)


@dataclass(frozen=True, slots=True)
class Leaf:
    """The public entry. `certificate`, `documents` and `successor` are salted digests, hexadecimal.

    `certificate` is the same in every entry about one certificate; `successor` is that of the certificate
    which took its place, or empty.
    """

    event: LogEvent
    organ_id: str
    at: datetime
    certificate: str
    documents: tuple[tuple[DocumentForm, str], ...]
    successor: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("times are aware")
        if not self.organ_id or not self.documents:
            raise ValueError("an entry names its organ and at least one file")
        if list(self.documents) != sorted(set(self.documents)) or len(dict(self.documents)) != len(
            self.documents
        ):
            raise ValueError("the files of an entry stand once each, in the order of their formats")
        if (self.event is LogEvent.REPLACED) != bool(self.successor):
            raise ValueError("an entry names a successor exactly where a certificate was replaced")
        for digest in (self.certificate, *(digest for _, digest in self.documents)):
            _require_digest(digest)
        if self.successor:
            _require_digest(self.successor)

    @property
    def text(self) -> str:
        """The one spelling of this entry; the tree hashes its UTF-8."""
        plain = {
            "format": FORMAT,
            "event": self.event.value,
            "organ": self.organ_id,
            "at": self.at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z",
            "certificate": self.certificate,
            "documents": {form.value: digest for form, digest in self.documents},
            "successor": self.successor,
        }
        return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @property
    def hash(self) -> bytes:
        """The hash of the leaf in the tree."""
        return leaf_hash(self.text.encode())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an entry that `text` wrote. Raises ValueError for any other spelling."""
        try:
            leaf = cls._of(json.loads(text[: _LARGEST_LEAF + 1]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"this is not an entry of the log: {error}") from None
        if leaf.text != text:
            raise ValueError("this is not an entry of the log: it has one spelling only")
        return leaf

    @classmethod
    def _of(cls, plain: Any) -> Self:  # noqa: ANN401  whatever stood in the text
        return cls(
            event=LogEvent(plain["event"]),
            organ_id=str(plain["organ"]),
            at=datetime.fromisoformat(plain["at"]),
            certificate=str(plain["certificate"]),
            documents=tuple((DocumentForm(form), str(digest)) for form, digest in plain["documents"].items()),
            successor=str(plain["successor"]),
        )


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens the digests of a leaf, kept with the certificate: its number, its files, the salt."""

    number: str
    documents: tuple[LoggedDocument, ...]
    salt: str

    def __post_init__(self) -> None:
        if not self.number or not self.documents:
            raise ValueError("an opening names its certificate and at least one file")
        if len(bytes.fromhex(self.salt)) != SALT_BYTES:
            raise ValueError("a salt has 32 bytes, hexadecimal")

    def __repr__(self) -> str:
        return f"Opening(number={self.number!r})"

    @property
    def certificate(self) -> str:
        """The salted digest by which the log knows the certificate."""
        return _commit(self.salt, "certificate", self.number)

    def leaf(self, event: LogEvent, *, organ_id: str, at: datetime, successor: str = "") -> Leaf:
        """The public entry of something that happened to the certificate."""
        return Leaf(event, organ_id, at, self.certificate, self._digests(), successor)

    def opens(self, leaf: Leaf) -> bool:
        """Say whether the entry is about this certificate and exactly these files."""
        return leaf == replace(leaf, certificate=self.certificate, documents=self._digests())

    def _digests(self) -> tuple[tuple[DocumentForm, str], ...]:
        return tuple(
            (document.form, _commit(self.salt, f"document-{document.form}", document.sha256))
            for document in sorted(self.documents, key=lambda document: document.form)
        )


def _commit(salt: str, purpose: str, value: str) -> str:
    """Digest a value so that nobody without the salt can find it by guessing."""
    spelled = json.dumps([FORMAT, salt, purpose, value], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(spelled.encode()).hexdigest()


def _require_digest(digest: str) -> None:
    if len(digest) != _DIGEST_LENGTH or digest != digest.lower() or not _is_hex(digest):
        raise ValueError("a digest is 64 lower-case hexadecimal digits")


def _is_hex(text: str) -> bool:
    return not text.strip("0123456789abcdef")
