"""The format of encrypted objects: chunks of AES-256-GCM, each bound to its object, its owner and its place.

A data key serves one object only, so the number of the chunk is its nonce. The associated data name the
format, the owner, the object, the number of the chunk and whether it is the last: a chunk that is altered,
moved, taken from another object or followed by nothing does not open.
"""

from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.errors import EvidenceDamaged

FORMAT = 1
KEY_BYTES = 32
CHUNK_BYTES = 1 << 20
TAG_BYTES = 16
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the chunks of an object of `size` clear bytes lie. Nothing is one empty chunk."""

    size: int

    @property
    def chunks(self) -> int:
        return max(1, -(-self.size // CHUNK_BYTES))

    @property
    def stored_size(self) -> int:
        return self.size + self.chunks * TAG_BYTES

    def stored_range(self, index: int) -> tuple[int, int]:
        """Give the bytes from..up to which hold a sealed chunk."""
        start = index * SEALED_CHUNK_BYTES
        return start, min(start + SEALED_CHUNK_BYTES, self.stored_size)


class ChunkCipher:
    """Seals and opens the chunks of one object."""

    def __init__(self, key: bytes, *, evidence_id: str, owner: str) -> None:
        self._cipher = AESGCM(key)
        self._bound_to = f"novisit-evidence-{FORMAT}\x1f{owner}\x1f{evidence_id}"

    def seal(self, chunk: bytes, *, index: int, chunks_known: int | None = None) -> bytes:
        """Encrypt a chunk; it is the last one where `chunks_known`, the number of all of them, says so."""
        return self._cipher.encrypt(_nonce(index), chunk, self._associated(index, chunks_known))

    def open(self, sealed: bytes, *, index: int, chunks_known: int) -> bytes:
        """Decrypt a chunk of an object of so many. Raises EvidenceDamaged."""
        try:
            return self._cipher.decrypt(_nonce(index), sealed, self._associated(index, chunks_known))
        except InvalidTag:
            raise EvidenceDamaged from None

    def _associated(self, index: int, chunks_known: int | None) -> bytes:
        place = "last" if index + 1 == chunks_known else "more"
        return f"{self._bound_to}\x1f{index}\x1f{place}".encode()


def _nonce(index: int) -> bytes:
    return index.to_bytes(12, "big")
