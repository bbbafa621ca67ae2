"""A register of portraits in a folder, whose file names tell nothing of the people in it."""

import hashlib
import hmac
import os
import tempfile
import unicodedata
from pathlib import Path

from models.comparison import IdentityClaim
from models.errors import PersonUnknown

MIN_SECRET_BYTES = 16


def one_spelling(word: str) -> str:
    """One spelling for full-width and half-width, upper and lower case, with or without blanks."""
    return "".join(unicodedata.normalize("NFKC", word).split()).upper()


class PortraitFolder:
    """Portraits as files that only their owner can read, named by a keyed digest of the claim.

    Number, name and document type all go into the digest: a right number with a wrong name finds nobody.
    """

    def __init__(self, folder: Path, *, secret: bytes) -> None:
        if len(secret) < MIN_SECRET_BYTES:
            raise ValueError(f"the secret of a register needs at least {MIN_SECRET_BYTES} bytes")
        self.folder = folder
        self._secret = secret

    def __repr__(self) -> str:
        return f"PortraitFolder({str(self.folder)!r})"

    def portrait(self, claim: IdentityClaim) -> bytes:
        """Give the encoded portrait of the claimed person. Raises PersonUnknown."""
        try:
            return self._place(claim).read_bytes()
        except FileNotFoundError:
            raise PersonUnknown(
                "The register of portraits knows no person with this name and document number."
            ) from None

    def add(self, claim: IdentityClaim, portrait: bytes) -> None:
        """Keep a portrait, in place of an earlier one of the same person."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self.folder, prefix=".new-")  # mode 0600
        with os.fdopen(descriptor, "wb") as file:
            file.write(portrait)
        Path(name).replace(self._place(claim))

    def remove(self, claim: IdentityClaim) -> None:
        """Forget a portrait. Raises PersonUnknown."""
        try:
            self._place(claim).unlink()
        except FileNotFoundError:
            raise PersonUnknown from None

    def _place(self, claim: IdentityClaim) -> Path:
        words = (claim.document_type.value, claim.document_number, claim.name)
        text = "\x1f".join(one_spelling(word) for word in words)
        return self.folder / hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()
